"""How often people were paged at night, for whoever sees their schedules: a number, and nothing about the pages."""

from django.db import migrations

FUNCTION = r"""
SET LOCAL ROLE hub_guard;

CREATE FUNCTION app.pages_at_night(since timestamptz, OUT person_id bigint, OUT pages bigint)
RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
  SELECT p.id, count(*)
    FROM public.delivery_message m
    JOIN public.tenants_person p ON p.id = m.person_id
   WHERE m.is_page AND NOT m.restricted AND m.created_at >= since
     AND p.id = ANY ((SELECT app.people_on_call('oncall.view'))::bigint[])
     AND (extract(hour FROM m.created_at AT TIME ZONE p.time_zone) >= 22
       OR extract(hour FROM m.created_at AT TIME ZONE p.time_zone) < 7)
   GROUP BY p.id
$$;

REVOKE EXECUTE ON FUNCTION app.pages_at_night(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.pages_at_night(timestamptz) TO hub_app, hub_worker, hub_seed, hub_owner;
RESET ROLE;
"""


class Migration(migrations.Migration):
    dependencies = [("oncall", "0006_row_security"), ("delivery", "0002_row_security")]

    operations = [migrations.RunSQL(FUNCTION, "DROP FUNCTION app.pages_at_night(timestamptz)")]
