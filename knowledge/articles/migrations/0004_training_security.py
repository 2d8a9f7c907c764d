from django.db import migrations

from hub.lib.policies import ANYBODY_ACTIVE, EnableRowSecurity, in_units

READ = in_units("knowledge.view")
SHARED = f"(shared AND {ANYBODY_ACTIVE})"
OVERSEES = f"({in_units('knowledge.publish')} OR {in_units('people.administer')})"
OWN = "person_id = (SELECT app.uid())"

# What is asked of whom stays with its article, its training and its person.
KEYS = """
ALTER TABLE articles_training
  ADD CONSTRAINT articles_training_scope_fk FOREIGN KEY (article_id, unit_id, shared)
    REFERENCES articles_article (id, unit_id, shared) ON UPDATE CASCADE DEFERRABLE INITIALLY IMMEDIATE;
ALTER TABLE articles_trainingduty
  ADD CONSTRAINT articles_trainingduty_scope_fk FOREIGN KEY (training_id, unit_id)
    REFERENCES articles_training (id, unit_id) DEFERRABLE INITIALLY IMMEDIATE;
ALTER TABLE articles_trainingcompletion
  ADD CONSTRAINT articles_trainingcompletion_scope_fk FOREIGN KEY (duty_id, unit_id, person_id)
    REFERENCES articles_trainingduty (id, unit_id, person_id) DEFERRABLE INITIALLY IMMEDIATE;
"""
KEYS_BACK = """
ALTER TABLE articles_trainingcompletion DROP CONSTRAINT articles_trainingcompletion_scope_fk;
ALTER TABLE articles_trainingduty DROP CONSTRAINT articles_trainingduty_scope_fk;
ALTER TABLE articles_training DROP CONSTRAINT articles_training_scope_fk;
"""

# A policy sees the row before or after, never both. Nobody has gone through anything without a completion that says so,
# and of whom it is asked is the hub's to say.
GUARDS = """
CREATE FUNCTION articles_duty_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.training_id, NEW.person_id) IS DISTINCT FROM (OLD.id, OLD.training_id, OLD.person_id) THEN
    RAISE EXCEPTION 'a duty keeps its training and its person' USING ERRCODE = '23514';
  END IF;
  IF current_user = 'hub_app' THEN
    IF (NEW.since, NEW.ended_at) IS DISTINCT FROM (OLD.since, OLD.ended_at) THEN
      RAISE EXCEPTION 'of whom training is asked follows from who is there' USING ERRCODE = '42501';
    END IF;
    IF NEW.completed_at IS DISTINCT FROM OLD.completed_at AND (OLD.person_id <> app.uid() OR NOT EXISTS (
         SELECT FROM articles_trainingcompletion c WHERE c.duty_id = NEW.id AND c.completed_at = NEW.completed_at)) THEN
      RAISE EXCEPTION 'nobody has gone through this' USING ERRCODE = '42501';
    END IF;
    IF NEW.due_on IS DISTINCT FROM OLD.due_on AND NEW.completed_at IS NOT DISTINCT FROM OLD.completed_at
       AND NOT OLD.unit_id = ANY (app.units('knowledge.publish') || app.units('people.administer')) THEN
      RAISE EXCEPTION 'until when is not for who has to do it to say' USING ERRCODE = '42501';
    END IF;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON articles_trainingduty
  FOR EACH ROW EXECUTE FUNCTION articles_duty_guard();

REVOKE DELETE, TRUNCATE ON articles_training, articles_trainingduty, articles_trainingcompletion
  FROM hub_app, hub_worker;
REVOKE UPDATE ON articles_trainingcompletion FROM hub_app, hub_worker;
"""
GUARDS_BACK = "DROP FUNCTION articles_duty_guard() CASCADE"


class Migration(migrations.Migration):
    dependencies = [("articles", "0003_training"), ("oncall", "0006_row_security")]

    operations = [
        migrations.RunSQL(KEYS, KEYS_BACK),
        migrations.RunSQL(GUARDS, GUARDS_BACK),
        EnableRowSecurity("articles_training", select=f"{SHARED} OR {READ}", insert=OVERSEES, update=OVERSEES),
        EnableRowSecurity("articles_trainingduty", select=f"{OWN} OR {OVERSEES}", update=f"{OWN} OR {OVERSEES}"),
        EnableRowSecurity("articles_trainingcompletion", select=f"{OWN} OR {OVERSEES}", insert=OWN),
    ]
