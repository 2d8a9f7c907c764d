from django.db import migrations

from hub.lib.policies import EnableRowSecurity, in_incident

TABLES = ("postmortems_actionsquestion", "postmortems_seenagain")

# The question is its unit's own, also after the enterprise reads the review.
READ = in_incident("knowledge.view")
WRITE = in_incident("knowledge.write")

SEEN_KEY = (
    "ALTER TABLE postmortems_seenagain ADD CONSTRAINT seen_again_question_fk FOREIGN KEY (question_id, postmortem_id)"
    " REFERENCES postmortems_actionsquestion (id, postmortem_id) DEFERRABLE INITIALLY IMMEDIATE",
    "ALTER TABLE postmortems_seenagain DROP CONSTRAINT seen_again_question_fk",
)

# What was asked stays; people only answer.
GUARD = """
CREATE FUNCTION postmortems_actionsquestion_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.postmortem_id, NEW.failure_mode_id, NEW.opened_at)
     IS DISTINCT FROM (OLD.postmortem_id, OLD.failure_mode_id, OLD.opened_at) THEN
    RAISE EXCEPTION 'a question stays what it was' USING ERRCODE = '23514';
  END IF;
  IF OLD.answered_at IS NOT NULL AND (NEW.answered_at, NEW.verdict, NEW.answer, NEW.answered_by_id)
     IS DISTINCT FROM (OLD.answered_at, OLD.verdict, OLD.answer, OLD.answered_by_id) THEN
    RAISE EXCEPTION 'an answer stays' USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON postmortems_actionsquestion
  FOR EACH ROW EXECUTE FUNCTION postmortems_actionsquestion_guard();
REVOKE DELETE, TRUNCATE ON postmortems_actionsquestion, postmortems_seenagain FROM hub_app;
"""


def scope_keys(table: str) -> tuple[str, str]:
    """SQL (forwards, backwards) that ties the scope columns of a review's child to the review's."""
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
    dependencies = [("postmortems", "0007_questions")]

    operations = [
        *(migrations.RunSQL(*scope_keys(table)) for table in TABLES),
        migrations.RunSQL(*SEEN_KEY),
        migrations.RunSQL(GUARD, "DROP FUNCTION postmortems_actionsquestion_guard() CASCADE"),
        EnableRowSecurity("postmortems_actionsquestion", select=READ, update=WRITE),
        EnableRowSecurity("postmortems_seenagain", select=READ),
    ]
