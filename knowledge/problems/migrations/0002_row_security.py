from django.db import migrations

from hub.lib.policies import ANYBODY_ACTIVE, EnableRowSecurity, in_incident, in_units, scope_foreign_key

SHARED = f"(shared AND {ANYBODY_ACTIVE})"
WRITE = in_units("knowledge.write")

# Who sees the incident, and reads the problem: neither tells of the other.
LINK_READ = f"{in_incident('incident.view')} AND ({SHARED} OR {in_units('knowledge.view', unit='problem_unit_id')})"
LINK_WRITE = (
    f"({in_incident('incident.view')} AND {in_units('knowledge.write', unit='problem_unit_id')})"
    f" OR ({in_incident('incident.respond')} AND {SHARED})"
)

PROBLEM_KEY = (
    "ALTER TABLE problems_problemincident ADD CONSTRAINT problems_problemincident_problem_fk"
    " FOREIGN KEY (problem_id, problem_unit_id, shared) REFERENCES problems_problem (id, unit_id, shared)"
    " ON UPDATE CASCADE DEFERRABLE INITIALLY IMMEDIATE",
    "ALTER TABLE problems_problemincident DROP CONSTRAINT IF EXISTS problems_problemincident_problem_fk",
)

# A policy sees the row before or after, never both: who reads a problem outside its unit is guarded here.
GUARD_SHARING = """
CREATE FUNCTION problems_problem_guard_sharing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.unit_id, NEW.number) IS DISTINCT FROM (OLD.id, OLD.unit_id, OLD.number) THEN
    RAISE EXCEPTION 'a problem keeps its unit and its number' USING ERRCODE = '23514';
  END IF;
  IF current_user = 'hub_app' AND NEW.shared <> OLD.shared
     AND NOT OLD.unit_id = ANY (app.units('knowledge.publish')) THEN
    RAISE EXCEPTION 'this takes somebody who may publish' USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_sharing BEFORE UPDATE ON problems_problem
  FOR EACH ROW EXECUTE FUNCTION problems_problem_guard_sharing();

REVOKE DELETE, TRUNCATE ON problems_problem FROM hub_app, hub_worker;
REVOKE UPDATE, TRUNCATE ON problems_problemincident FROM hub_app, hub_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("problems", "0001_initial"), ("incidents", "0010_maintenance_security")]

    operations = [
        migrations.RunSQL(*scope_foreign_key("problems_problemincident")),
        migrations.RunSQL(*PROBLEM_KEY),
        migrations.RunSQL(GUARD_SHARING, "DROP FUNCTION problems_problem_guard_sharing() CASCADE"),
        EnableRowSecurity(
            "problems_problem",
            select=f"{SHARED} OR {in_units('knowledge.view')}",
            insert=f"{WRITE} AND NOT shared",
            update=WRITE,
        ),
        EnableRowSecurity("problems_problemincident", select=LINK_READ, insert=LINK_WRITE, delete=LINK_WRITE),
    ]
