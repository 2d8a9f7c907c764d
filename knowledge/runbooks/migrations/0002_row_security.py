from django.db import migrations

from hub.lib.policies import ANYBODY_ACTIVE, EnableRowSecurity, in_incident, in_units, scope_foreign_key

READ = in_units("knowledge.view")
WRITE = in_units("knowledge.write")
SHARED = f"(shared AND {ANYBODY_ACTIVE})"
IN_FORCE_ONCE = "state IN ('current', 'superseded')"

REVISION_KEY = (
    "ALTER TABLE runbooks_revision ADD CONSTRAINT runbooks_revision_scope_fk"
    " FOREIGN KEY (runbook_id, unit_id, shared) REFERENCES runbooks_runbook (id, unit_id, shared)"
    " ON UPDATE CASCADE DEFERRABLE INITIALLY IMMEDIATE",
    "ALTER TABLE runbooks_revision DROP CONSTRAINT IF EXISTS runbooks_revision_scope_fk",
)
STEP_KEY = (
    "ALTER TABLE runbooks_runbookrunstep ADD CONSTRAINT runbooks_runbookrunstep_run_fk FOREIGN KEY (run_id, incident_id)"
    " REFERENCES runbooks_runbookrun (id, incident_id) DEFERRABLE INITIALLY IMMEDIATE",
    "ALTER TABLE runbooks_runbookrunstep DROP CONSTRAINT IF EXISTS runbooks_runbookrunstep_run_fk",
)

# A policy sees the row before or after, never both: what takes a second person, or one who publishes, is guarded here.
GUARDS = """
CREATE FUNCTION runbooks_runbook_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.unit_id, NEW.number) IS DISTINCT FROM (OLD.id, OLD.unit_id, OLD.number) THEN
    RAISE EXCEPTION 'a runbook keeps its unit and its number' USING ERRCODE = '23514';
  END IF;
  IF current_user = 'hub_app'
     AND (NEW.shared, NEW.current_id, NEW.retired_at) IS DISTINCT FROM (OLD.shared, OLD.current_id, OLD.retired_at)
     AND NOT OLD.unit_id = ANY (app.units('knowledge.publish')) THEN
    RAISE EXCEPTION 'this takes somebody who may publish' USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON runbooks_runbook
  FOR EACH ROW EXECUTE FUNCTION runbooks_runbook_guard();

CREATE FUNCTION runbooks_revision_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state <> 'proposed' AND (NEW.purpose, NEW.steps, NEW.reason, NEW.number, NEW.proposed_by_id)
     IS DISTINCT FROM (OLD.purpose, OLD.steps, OLD.reason, OLD.number, OLD.proposed_by_id) THEN
    RAISE EXCEPTION 'a revision that was decided stays as it is' USING ERRCODE = '23514';
  END IF;
  IF current_user = 'hub_app' AND NEW.state <> OLD.state THEN
    IF NEW.state IN ('current', 'superseded') AND NOT OLD.unit_id = ANY (app.units('knowledge.publish')) THEN
      RAISE EXCEPTION 'this takes somebody who may publish' USING ERRCODE = '42501';
    END IF;
    IF NEW.state = 'current' AND (OLD.proposed_by_id = app.uid() OR NEW.decided_by_id <> app.uid()) THEN
      RAISE EXCEPTION 'nobody approves what they wrote' USING ERRCODE = '42501';
    END IF;
  END IF;
  IF current_user = 'hub_app' AND NEW.proposed_by_id IS DISTINCT FROM OLD.proposed_by_id THEN
    RAISE EXCEPTION 'who wrote a revision stays' USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON runbooks_revision
  FOR EACH ROW EXECUTE FUNCTION runbooks_revision_guard();

REVOKE DELETE, TRUNCATE ON runbooks_runbook, runbooks_revision, runbooks_runbookrun, runbooks_runbookrunstep
  FROM hub_app, hub_worker;
"""
GUARDS_BACK = "DROP FUNCTION runbooks_runbook_guard() CASCADE; DROP FUNCTION runbooks_revision_guard() CASCADE"


class Migration(migrations.Migration):
    dependencies = [("runbooks", "0001_initial"), ("incidents", "0010_maintenance_security")]

    operations = [
        migrations.RunSQL(*REVISION_KEY),
        migrations.RunSQL(*scope_foreign_key("runbooks_runbookrun")),
        migrations.RunSQL(*scope_foreign_key("runbooks_runbookrunstep")),
        migrations.RunSQL(*STEP_KEY),
        migrations.RunSQL(GUARDS, GUARDS_BACK),
        EnableRowSecurity(
            "runbooks_runbook", select=f"{SHARED} OR {READ}", insert=f"{WRITE} AND NOT shared", update=WRITE
        ),
        # What is only proposed, or was declined, is its unit's own.
        EnableRowSecurity(
            "runbooks_revision",
            select=f"{READ} OR ({SHARED} AND {IN_FORCE_ONCE})",
            insert=f"{WRITE} AND state = 'proposed' AND proposed_by_id = (SELECT app.uid())",
            update=WRITE,
        ),
        *(
            EnableRowSecurity(
                table,
                select=in_incident("incident.view"),
                insert=in_incident("incident.respond"),
                update=in_incident("incident.respond"),
            )
            for table in ("runbooks_runbookrun", "runbooks_runbookrunstep")
        ),
    ]
