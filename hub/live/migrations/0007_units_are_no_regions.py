"""A role in a unit and the same role in the region of the same number are different rights.

The fingerprint left out what was not there, unit or region, and so took one for the other: their holders' feeds were
answered together, with what one of them may see.
"""

from django.db import migrations

RIGHTS_OF = """
SET LOCAL ROLE hub_guard;
CREATE OR REPLACE FUNCTION app.rights_of(people bigint[]) RETURNS TABLE (person_id bigint, rights text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT p.id, md5(
    coalesce((SELECT string_agg({right}, ';' ORDER BY a.role_id, a.unit_id, a.region_id)
                FROM public.tenants_roleassignment a JOIN public.tenants_role r ON r.id = a.role_id
               WHERE a.person_id = p.id AND a.valid_from <= statement_timestamp()
                 AND (a.valid_until IS NULL OR a.valid_until > statement_timestamp())), '')
    || '|' ||
    coalesce((SELECT string_agg(g.id::text, ',' ORDER BY g.id) FROM (
       SELECT i.content_object_id AS id FROM public.incidents_incidentpersongrant i
        WHERE i.user_id = p.id AND (i.valid_until IS NULL OR i.valid_until > statement_timestamp())
       UNION
       SELECT i.content_object_id FROM public.incidents_incidentgroupgrant i
         JOIN public.tenants_person_groups m ON m.group_id = i.group_id
        WHERE m.person_id = p.id AND (i.valid_until IS NULL OR i.valid_until > statement_timestamp())) g), ''))
    FROM public.tenants_person p
   WHERE p.id = ANY (people) AND p.is_active
$$;
RESET ROLE;
"""
BY_PLACE = "concat(r.permissions::text, ' unit ', a.unit_id, ' region ', a.region_id, ' all ', a.is_enterprise)"
BY_NUMBER = "concat_ws(':', r.permissions::text, a.unit_id, a.region_id, a.is_enterprise)"


class Migration(migrations.Migration):
    dependencies = [("live", "0006_patient_sequencer")]

    operations = [
        migrations.RunSQL(RIGHTS_OF.replace("{right}", BY_PLACE), RIGHTS_OF.replace("{right}", BY_NUMBER)),
    ]
