"""What is demanded, and what people are able to do, has a beginning and an end: so has what follows for who is on."""

from django.db import migrations, models
from django.db.models import F, Q

FUNCTIONS = r"""
SET LOCAL ROLE hub_guard;

-- When each person lacks something that the schedule beside them demands, without a beginning or an end where there is none.
-- Everybody who sees a schedule is answered alike, as about leave, also who does not see what people are able to do.
CREATE FUNCTION app.lacking_times(
  schedules bigint[], people bigint[],
  OUT schedule_id bigint, OUT person_id bigint, OUT starts_at timestamptz, OUT ends_at timestamptz
) RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH demanding AS MATERIALIZED (
    SELECT s.id, s.unit_id, key.value AS key, tstzrange(version.since, version.until) AS during
      FROM public.oncall_schedule s
      CROSS JOIN LATERAL (
        SELECT each.value -> 1 AS keys, (each.value ->> 0)::timestamptz AS since,
               lead((each.value ->> 0)::timestamptz) OVER (ORDER BY each.ordinality) AS until
          FROM jsonb_array_elements(
                 CASE WHEN s.demands = '[]' THEN jsonb_build_array(jsonb_build_array(NULL, to_jsonb(s.expertise)))
                      ELSE s.demands END) WITH ORDINALITY AS each
      ) version
      CROSS JOIN LATERAL jsonb_array_elements_text(version.keys) AS key
     WHERE s.id = ANY (schedules) AND (s.expertise <> '{}' OR s.demands <> '[]')
  ), short AS (
    SELECT d.id, asked.person,
           range_agg(tstzmultirange(d.during) - coalesce(
             (SELECT range_agg(tstzrange(e.valid_from, e.valid_until)) FROM public.oncall_expertise e
               WHERE e.person_id = asked.person AND e.unit_id = d.unit_id AND e.key = d.key), '{}')) AS times
      FROM (SELECT DISTINCT schedule, person FROM unnest(schedules, people) AS pair (schedule, person)) asked
      JOIN demanding d ON d.id = asked.schedule
     GROUP BY d.id, asked.person
  )
  SELECT short.id, short.person, lower(part), upper(part) FROM short CROSS JOIN LATERAL unnest(short.times) AS part
$$;

-- The same of one person in a schedule, and of everybody who stands in a layer, for lists that take it with each row.
CREATE FUNCTION app.lacking_of_person(schedule bigint, person bigint) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
  SELECT jsonb_agg(jsonb_build_array(t.person_id, t.starts_at, t.ends_at) ORDER BY t.starts_at)
    FROM app.lacking_times(ARRAY[schedule], ARRAY[person]) t
$$;

CREATE FUNCTION app.lacking_in_layer(layer bigint) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
  WITH places AS MATERIALIZED (
    SELECT l.schedule_id, m.person_id FROM public.oncall_layer l
      JOIN public.oncall_schedule s ON s.id = l.schedule_id AND (s.expertise <> '{}' OR s.demands <> '[]')
      JOIN public.oncall_rotation r ON r.layer_id = l.id JOIN public.oncall_rotationmember m ON m.rotation_id = r.id
     WHERE l.id = layer
    UNION
    SELECT l.schedule_id, f.person_id FROM public.oncall_layer l
      JOIN public.oncall_schedule s ON s.id = l.schedule_id AND (s.expertise <> '{}' OR s.demands <> '[]')
      JOIN public.oncall_fixedshift f ON f.layer_id = l.id
     WHERE l.id = layer
  )
  SELECT jsonb_agg(jsonb_build_array(t.person_id, t.starts_at, t.ends_at) ORDER BY t.person_id, t.starts_at)
    FROM app.lacking_times(
           ARRAY(SELECT schedule_id FROM places ORDER BY person_id),
           ARRAY(SELECT person_id FROM places ORDER BY person_id)) t
$$;

REVOKE EXECUTE ON FUNCTION app.lacking_times(bigint[], bigint[]), app.lacking_of_person(bigint, bigint),
  app.lacking_in_layer(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.lacking_times(bigint[], bigint[]), app.lacking_of_person(bigint, bigint),
  app.lacking_in_layer(bigint) TO hub_app, hub_worker, hub_seed, hub_owner;
RESET ROLE;
"""
FUNCTIONS_BACK = """
SET LOCAL ROLE hub_guard;
DROP FUNCTION app.lacking_in_layer(bigint), app.lacking_of_person(bigint, bigint),
  app.lacking_times(bigint[], bigint[]);
RESET ROLE;
"""

# What was demanded so far took nobody off, and what was stays as it was.
FROM_NOW = """
UPDATE oncall_schedule SET demands = jsonb_build_array(
    jsonb_build_array(NULL, '[]'::jsonb), jsonb_build_array(statement_timestamp(), to_jsonb(expertise)))
 WHERE expertise <> '{}'
"""

# On the way back there is one row for what somebody is able to do: the last.
ONCE = """
DELETE FROM oncall_expertise former USING oncall_expertise latest
 WHERE (latest.person_id, latest.unit_id, latest.key) = (former.person_id, former.unit_id, former.key)
   AND coalesce(latest.valid_from, '-infinity') > coalesce(former.valid_from, '-infinity')
"""


class Migration(migrations.Migration):
    dependencies = [("oncall", "0009_work_times")]

    operations = [
        migrations.AddField(
            model_name="schedule",
            name="demands",
            field=models.JSONField(
                blank=True,
                db_default=[],
                default=list,
                help_text="Since when what expertise is demanded, the earliest first; empty for always the same",
            ),
        ),
        migrations.AddField(
            model_name="expertise",
            name="valid_from",
            field=models.DateTimeField(blank=True, help_text="Empty for ever since", null=True),
        ),
        migrations.RemoveConstraint(model_name="expertise", name="expertise_once_a_unit"),
        migrations.RunSQL(migrations.RunSQL.noop, ONCE),
        migrations.AddConstraint(
            model_name="expertise",
            constraint=models.UniqueConstraint(
                fields=["person", "unit", "key", "valid_from"], name="expertise_begins_once", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="expertise",
            constraint=models.CheckConstraint(
                condition=Q(valid_until__gte=F("valid_from")), name="expertise_ends_after_it_begins"
            ),
        ),
        migrations.RunSQL(FROM_NOW, migrations.RunSQL.noop),
        migrations.RunSQL(FUNCTIONS, FUNCTIONS_BACK),
    ]
