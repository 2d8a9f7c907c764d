"""Of what somebody is able to do there is one row at a time, so that what ends has ended."""

import django.contrib.postgres.constraints
from django.db import migrations, models

import hub.oncall.models.schedules

# Rows of the same time become one, from the first beginning to the last end: nobody was able at another time.
ONE = """
WITH ordered AS (
  SELECT id, person_id, unit_id, key, valid_from, valid_until,
         coalesce(valid_from, '-infinity') >= coalesce(max(coalesce(valid_until, 'infinity')) OVER (
           PARTITION BY person_id, unit_id, key ORDER BY coalesce(valid_from, '-infinity'), id
           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), '-infinity') AS begins
    FROM oncall_expertise
), numbered AS (
  SELECT *, count(*) FILTER (WHERE begins OR first) OVER (
           PARTITION BY person_id, unit_id, key ORDER BY coalesce(valid_from, '-infinity'), id) AS island
    FROM (SELECT *, row_number() OVER (
            PARTITION BY person_id, unit_id, key ORDER BY coalesce(valid_from, '-infinity'), id) = 1 AS first
            FROM ordered) each
), islands AS (
  SELECT (array_agg(id ORDER BY coalesce(valid_from, '-infinity'), id))[1] AS kept, array_agg(id) AS ids,
         nullif(max(coalesce(valid_until, 'infinity')), 'infinity') AS ends
    FROM numbered GROUP BY person_id, unit_id, key, island HAVING count(*) > 1
), gone AS (
  DELETE FROM oncall_expertise e USING islands i WHERE e.id = ANY (i.ids) AND e.id <> i.kept
)
UPDATE oncall_expertise e SET valid_until = i.ends FROM islands i
 WHERE e.id = i.kept AND e.valid_until IS DISTINCT FROM i.ends
"""


class Migration(migrations.Migration):
    dependencies = [("oncall", "0010_expertise_in_time")]

    operations = [
        # Until the constraint holds nobody writes: the table is small.
        migrations.RunSQL("LOCK TABLE oncall_expertise IN SHARE ROW EXCLUSIVE MODE", migrations.RunSQL.noop),
        migrations.RunSQL(ONE, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="expertise",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                name="expertise_held_once_at_a_time",
                expressions=[
                    ("person", "="),
                    ("unit", "="),
                    ("key", "="),
                    (hub.oncall.models.schedules.Held(models.F("valid_from"), models.F("valid_until")), "&&"),
                ],
            ),
        ),
    ]
