"""A key that is narrower than its account opens no restricted incident: a grant names a person, not a part of them."""

from django.db import migrations

GRANTED = r"""
SET LOCAL ROLE hub_guard;
CREATE OR REPLACE FUNCTION app.granted() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE
SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(array_agg(g.id), '{}') FROM (
    SELECT p.content_object_id AS id FROM public.incidents_incidentpersongrant p
     WHERE p.user_id = app.uid() AND (p.valid_until IS NULL OR p.valid_until > statement_timestamp())
    UNION
    SELECT p.content_object_id FROM public.incidents_incidentgroupgrant p
      JOIN public.tenants_person_groups m ON m.group_id = p.group_id
     WHERE m.person_id = app.uid() AND (p.valid_until IS NULL OR p.valid_until > statement_timestamp())
  ) g
  WHERE EXISTS (SELECT 1 FROM public.tenants_person u WHERE u.id = app.uid() AND u.is_active)%s
$$;
RESET ROLE;
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0002_row_security"), ("tenants", "0005_roles_and_keys_security")]

    operations = [migrations.RunSQL(GRANTED % "\n    AND (SELECT app.key()) IS NULL", GRANTED % "")]
