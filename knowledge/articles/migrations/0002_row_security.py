from django.db import migrations

from hub.lib.policies import ANYBODY_ACTIVE, EnableRowSecurity, in_units

READ = in_units("knowledge.view")
WRITE = in_units("knowledge.write")
SHARED = f"(shared AND {ANYBODY_ACTIVE})"
PUBLISHED_ONCE = "state IN ('current', 'superseded')"

REVISION_KEY = (
    "ALTER TABLE articles_articlerevision ADD CONSTRAINT articles_articlerevision_scope_fk"
    " FOREIGN KEY (article_id, unit_id, shared) REFERENCES articles_article (id, unit_id, shared)"
    " ON UPDATE CASCADE DEFERRABLE INITIALLY IMMEDIATE",
    "ALTER TABLE articles_articlerevision DROP CONSTRAINT IF EXISTS articles_articlerevision_scope_fk",
)

# A policy sees the row before or after, never both: what takes a second person, or one who publishes, is guarded here.
GUARDS = """
CREATE FUNCTION articles_article_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.unit_id, NEW.number) IS DISTINCT FROM (OLD.id, OLD.unit_id, OLD.number) THEN
    RAISE EXCEPTION 'an article keeps its unit and its number' USING ERRCODE = '23514';
  END IF;
  IF current_user = 'hub_app'
     AND (NEW.shared, NEW.current_id, NEW.retired_at) IS DISTINCT FROM (OLD.shared, OLD.current_id, OLD.retired_at)
     AND NOT OLD.unit_id = ANY (app.units('knowledge.publish')) THEN
    RAISE EXCEPTION 'this takes somebody who may publish' USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON articles_article
  FOR EACH ROW EXECUTE FUNCTION articles_article_guard();

CREATE FUNCTION articles_revision_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state <> 'proposed' AND (NEW.summary, NEW.text, NEW.questions, NEW.renews_training, NEW.reason, NEW.number)
     IS DISTINCT FROM (OLD.summary, OLD.text, OLD.questions, OLD.renews_training, OLD.reason, OLD.number) THEN
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
CREATE TRIGGER guard BEFORE UPDATE ON articles_articlerevision
  FOR EACH ROW EXECUTE FUNCTION articles_revision_guard();

REVOKE DELETE, TRUNCATE ON articles_article, articles_articlerevision FROM hub_app, hub_worker;
"""
GUARDS_BACK = "DROP FUNCTION articles_article_guard() CASCADE; DROP FUNCTION articles_revision_guard() CASCADE"


class Migration(migrations.Migration):
    dependencies = [("articles", "0001_initial"), ("postmortems", "0010_disclosures_security")]

    operations = [
        migrations.RunSQL(*REVISION_KEY),
        migrations.RunSQL(GUARDS, GUARDS_BACK),
        EnableRowSecurity(
            "articles_article", select=f"{SHARED} OR {READ}", insert=f"{WRITE} AND NOT shared", update=WRITE
        ),
        # What is only proposed, or was declined, is its unit's own.
        EnableRowSecurity(
            "articles_articlerevision",
            select=f"{READ} OR ({SHARED} AND {PUBLISHED_ONCE})",
            insert=f"{WRITE} AND state = 'proposed' AND proposed_by_id = (SELECT app.uid())",
            update=WRITE,
        ),
    ]
