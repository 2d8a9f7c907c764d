from django.db import migrations

from hub.lib.policies import ANYBODY_ACTIVE, EnableRowSecurity, in_incident, scope_foreign_key

CHILDREN = (
    "postmortems_contributingcause",
    "postmortems_postmortemmoment",
    "postmortems_postmortemrevision",
    "postmortems_actionitem",
)

SECTIONS = ("title", "summary", "impact", "detection", "root_cause", "went_well", "went_badly", "lessons")

GUARDED = ("status", "audience", "cause_id", *SECTIONS)
SAID_BEFORE = ", ".join(f"OLD.{name}" for name in GUARDED)
SAID_AFTER = ", ".join(f"NEW.{name}" for name in GUARDED)

# What a review said before stays, whoever changes it and through whatever: an edit names its time, takes the next
# version, and leaves the former text of each section that it touched.
KEEP_HISTORY = f"""
CREATE FUNCTION postmortems_postmortem_keep_history() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  editor bigint := nullif(current_setting('app.uid', true), '')::bigint;
  before jsonb := to_jsonb(OLD);
  after jsonb := to_jsonb(NEW);
  part text;
BEGIN
  IF (NEW.id, NEW.incident_id, NEW.opened_at) IS DISTINCT FROM (OLD.id, OLD.incident_id, OLD.opened_at) THEN
    RAISE EXCEPTION 'a review keeps its incident and the time of its opening' USING ERRCODE = '23514';
  END IF;
  FOREACH part IN ARRAY ARRAY[{", ".join(f"'{name}'" for name in SECTIONS)}] LOOP
    CONTINUE WHEN before ->> part = after ->> part;
    IF NEW.version <> OLD.version + 1 OR NEW.edited_at < OLD.edited_at THEN
      RAISE EXCEPTION 'an edit takes the next version and says when it happened' USING ERRCODE = '23514';
    END IF;
    INSERT INTO postmortems_postmortemrevision
      (postmortem_id, unit_id, incident_id, restricted, shared, section, body, version, replaced_at, replaced_by_id)
    VALUES
      (OLD.id, OLD.unit_id, OLD.incident_id, OLD.restricted, OLD.shared, part, before ->> part, NEW.version,
       NEW.edited_at, editor);
  END LOOP;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_history BEFORE UPDATE ON postmortems_postmortem
  FOR EACH ROW EXECUTE FUNCTION postmortems_postmortem_keep_history();

-- A policy sees the row before or after, never both, so this is where publication is guarded: letting a review out,
-- taking it back, and changing what a published one says.
CREATE FUNCTION postmortems_postmortem_guard_publication() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_user = 'hub_app' AND NOT (CASE WHEN OLD.restricted THEN OLD.incident_id = ANY (app.granted())
                                            ELSE OLD.unit_id = ANY (app.units('knowledge.publish')) END) THEN
    RAISE EXCEPTION 'this takes somebody who may publish reviews' USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_publication BEFORE UPDATE ON postmortems_postmortem FOR EACH ROW
  WHEN ((OLD.status, NEW.status) <> ('draft', 'draft') AND ({SAID_BEFORE}) IS DISTINCT FROM ({SAID_AFTER}))
  EXECUTE FUNCTION postmortems_postmortem_guard_publication();

REVOKE DELETE, TRUNCATE ON postmortems_postmortem, postmortems_actionitem FROM hub_app, hub_worker;
REVOKE UPDATE, DELETE, TRUNCATE ON postmortems_postmortemrevision FROM hub_app, hub_worker;
"""

KEEP_HISTORY_BACK = """
DROP FUNCTION postmortems_postmortem_keep_history() CASCADE;
DROP FUNCTION postmortems_postmortem_guard_publication() CASCADE;
"""

IN_UNIT = in_incident("knowledge.view")
READ = f"(shared AND {ANYBODY_ACTIVE}) OR {IN_UNIT}"
WRITE = in_incident("knowledge.write")
PUBLISH = in_incident("knowledge.publish")
OWNED = "(NOT restricted AND owner_id = (SELECT app.uid()))"
OWNED_OR_WRITE = f"{OWNED} OR {WRITE}"


def child_scope(table: str) -> tuple[str, str]:
    """SQL (forwards, backwards) that ties a child's scope columns to its review's, as `scope_foreign_key` does.

    The incident has a key of its own: it may be null, and a composite key with a null is not checked at all.
    """
    return (
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_scope_fk FOREIGN KEY (postmortem_id, unit_id, restricted, shared)"
        " REFERENCES postmortems_postmortem (id, unit_id, restricted, shared)"
        " ON UPDATE CASCADE DEFERRABLE INITIALLY IMMEDIATE;"
        f" ALTER TABLE {table} ADD CONSTRAINT {table}_incident_fk FOREIGN KEY (postmortem_id, incident_id)"
        " REFERENCES postmortems_postmortem (id, incident_id) DEFERRABLE INITIALLY IMMEDIATE;"
        f" ALTER TABLE {table} ADD CONSTRAINT {table}_incident_known CHECK (NOT restricted OR incident_id IS NOT NULL)",
        f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {table}_scope_fk,"
        f" DROP CONSTRAINT IF EXISTS {table}_incident_fk, DROP CONSTRAINT IF EXISTS {table}_incident_known",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("postmortems", "0001_initial"),
        ("incidents", "0002_row_security"),
        ("tenants", "0002_row_security"),
    ]

    operations = [
        migrations.RunSQL(KEEP_HISTORY, KEEP_HISTORY_BACK),
        migrations.RunSQL(*scope_foreign_key("postmortems_postmortem")),
        *(migrations.RunSQL(*child_scope(table)) for table in CHILDREN),
        EnableRowSecurity(
            "postmortems_postmortem",
            select=READ,
            insert=f"{WRITE} AND (status <> 'published' OR {PUBLISH})",
            update=WRITE,
        ),
        EnableRowSecurity("postmortems_contributingcause", select=READ, insert=WRITE, delete=WRITE),
        EnableRowSecurity("postmortems_postmortemmoment", select=READ, insert=WRITE, update=WRITE, delete=WRITE),
        # What a review said on its way is for those who write it, also after the enterprise reads its last word.
        EnableRowSecurity("postmortems_postmortemrevision", select=IN_UNIT, insert=WRITE),
        EnableRowSecurity("postmortems_actionitem", select=f"{READ} OR {OWNED}", insert=WRITE, update=OWNED_OR_WRITE),
    ]
