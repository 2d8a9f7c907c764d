"""Whoever reads every unit is not compared with each of them, and thousands of grants are not sorted to be looked at."""

from collections.abc import Callable

from django.db import migrations

from hub.lib.policies import in_incident, in_units, in_units_or_everywhere

GRANTED = r"""
SET LOCAL ROLE hub_guard;
CREATE OR REPLACE FUNCTION app.granted() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE
SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(array_agg(g.id), '{}') FROM (
    SELECT p.content_object_id AS id FROM public.incidents_incidentpersongrant p
     WHERE p.user_id = app.uid() AND (p.valid_until IS NULL OR p.valid_until > statement_timestamp())
    %s
    SELECT p.content_object_id FROM public.incidents_incidentgroupgrant p
      JOIN public.tenants_person_groups m ON m.group_id = p.group_id
     WHERE m.person_id = app.uid() AND (p.valid_until IS NULL OR p.valid_until > statement_timestamp())
  ) g
  WHERE EXISTS (SELECT 1 FROM public.tenants_person u WHERE u.id = app.uid() AND u.is_active)
    AND (SELECT app.key()) IS NULL
$$;
RESET ROLE;
"""

COUNTED = {"incidents_incident": "id", "incidents_timelineentry": "incident_id"}
"""The tables that are counted in millions, and where their rows say the incident."""


def _policies(within: Callable[[str], str]) -> str:
    return ";\n".join(
        f"ALTER POLICY hub_select ON {table} USING ({in_incident('incident.view', incident=column, within=within)})"
        for table, column in COUNTED.items()
    )


class Migration(migrations.Migration):
    dependencies = [("incidents", "0010_maintenance_security"), ("tenants", "0013_reading_everywhere")]

    operations = [
        # Twice the same id does no harm where one of them is looked for.
        migrations.RunSQL(GRANTED % "UNION ALL", GRANTED % "UNION"),
        migrations.RunSQL(_policies(in_units_or_everywhere), _policies(in_units)),
    ]
