"""What a unit's own type means in global terms goes with an incident that is handed over, and its word into the timeline.

It was taken for nothing at all, so that such an incident was of no kind from then on.
"""

from django.db import migrations

ACCEPT = r"""
SET LOCAL ROLE hub_guard;
CREATE OR REPLACE FUNCTION app.accept_hand_over(offer bigint, moment timestamptz) RETURNS text LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  taken public.incidents_handover;
  said text;
BEGIN
  PERFORM 1 FROM public.incidents_incident i
    JOIN public.incidents_handover h ON h.incident_id = i.id WHERE h.id = offer FOR UPDATE OF i;
  SELECT * INTO taken FROM public.incidents_handover h WHERE h.id = offer FOR UPDATE;
  IF NOT FOUND OR NOT taken.to_unit_id = ANY (app.units('incident.command')) THEN
    RAISE EXCEPTION 'accepting takes incident.command in the receiving unit' USING ERRCODE = '42501';
  END IF;
  IF taken.state <> 'offered' OR taken.expires_at <= moment OR taken.restricted THEN
    RAISE EXCEPTION 'the offer is no longer open' USING ERRCODE = '23514';
  END IF;
  SELECT string_agg(f.name || ': ' || v.words, '; ' ORDER BY f.position, f.id) INTO said
    FROM public.incidents_fieldvalue v JOIN public.tenants_localfield f ON f.id = v.field_id
   WHERE v.incident_id = taken.incident_id AND f.unit_id <> taken.to_unit_id;
{words}
  DELETE FROM public.incidents_fieldvalue v USING public.tenants_localfield f
   WHERE v.incident_id = taken.incident_id AND f.id = v.field_id AND f.unit_id <> taken.to_unit_id;
  UPDATE public.incidents_handover
     SET state = 'accepted', decided_at = moment, decided_by_id = app.uid() WHERE id = offer;
  UPDATE public.incidents_incident i
     SET unit_id = taken.to_unit_id,
         updated_at = moment,
{type}
   WHERE i.id = taken.incident_id;
  RETURN coalesce(said, '');
END $$;
RESET ROLE;
"""
# As of the day of the incident, as everywhere; what only overlaps with a global term, or is wider, is not said by it.
WORDS = """
  SELECT concat_ws('; ', said, 'Type: ' || t.name) INTO said
    FROM public.incidents_incident i
    LEFT JOIN public.tenants_term t ON t.id = i.incident_type_id AND t.unit_id IS NOT NULL
   WHERE i.id = taken.incident_id;"""
MEANING = """
         -- The giver's own words mean nothing in the receiving unit; what they stand for in global ones does.
         local_severity_id = NULL,
         incident_type_id = (SELECT r.term_id FROM app.resolution(i.incident_type_id, i.declared_at, moment) r
                              WHERE r.relation IN ('equal', 'narrower'))"""
NOTHING = """
         -- The giver's own words mean nothing in the receiving unit.
         local_severity_id = NULL,
         incident_type_id = (SELECT t.id FROM public.tenants_term t WHERE t.id = i.incident_type_id AND t.unit_id IS NULL)"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0026_routes"), ("tenants", "0007_taxonomy_rules")]

    operations = [
        migrations.RunSQL(
            ACCEPT.replace("{words}", WORDS).replace("{type}", MEANING),
            ACCEPT.replace("{words}", "").replace("{type}", NOTHING),
        ),
    ]
