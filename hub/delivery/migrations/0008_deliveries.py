from django.db import migrations

FUNCTIONS = r"""
SET LOCAL ROLE hub_guard;

-- How far each message about an incident has come, and every attempt: for who commands the incident, by a role in it
-- or in its unit, and for who owns it once it is restricted. Nothing of what a message says, nor where it was sent.
CREATE FUNCTION app.deliveries(wanted bigint) RETURNS TABLE (
  message_id bigint, person_id bigint, is_page boolean, status text, created_at timestamptz, sent_at timestamptz,
  seen_at timestamptz, acknowledged_at timestamptz, number int, channel text, state text, reason text, at timestamptz
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT m.id, m.person_id, m.is_page, m.status::text, m.created_at, m.sent_at, m.seen_at, m.acknowledged_at,
         r.number::int, r.channel::text, r.state::text, r.reason::text, r.at
    FROM public.delivery_message m LEFT JOIN public.delivery_receipt r ON r.message_id = m.id
   WHERE m.incident_id = wanted AND EXISTS (
     SELECT FROM public.incidents_incident i
      WHERE i.id = wanted AND m.unit_id = i.unit_id AND m.restricted = i.restricted AND (
        (NOT i.restricted AND i.unit_id = ANY (app.units('incident.view'))
          AND (i.commander_id = app.uid() OR i.unit_id = ANY (app.units('incident.command'))))
        OR (i.restricted AND i.id = ANY (app.granted())
          AND (i.commander_id = app.uid() OR i.id = ANY (app.owned())))))
   ORDER BY m.created_at, m.id, r.number, r.id
$$;

REVOKE EXECUTE ON FUNCTION app.deliveries(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.deliveries(bigint) TO hub_app, hub_seed;
RESET ROLE;
"""

FUNCTIONS_BACK = """
SET LOCAL ROLE hub_guard;
DROP FUNCTION app.deliveries(bigint);
RESET ROLE;
"""


class Migration(migrations.Migration):
    dependencies = [("delivery", "0007_phone_numbers_security"), ("incidents", "0010_maintenance_security")]

    operations = [migrations.RunSQL(FUNCTIONS, FUNCTIONS_BACK)]
