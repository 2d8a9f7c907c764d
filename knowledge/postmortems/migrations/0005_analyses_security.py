from django.db import migrations

from hub.lib.policies import ANYBODY_ACTIVE, EnableRowSecurity, in_incident

TABLES = (
    "postmortems_analysis",
    "postmortems_effect",
    "postmortems_causallink",
    "postmortems_evidence",
    "postmortems_gap",
)

READ = f"(shared AND {ANYBODY_ACTIVE}) OR {in_incident('knowledge.view')}"
WRITE = in_incident("knowledge.write")

KEYS = (
    ("effect", "effect_analysis_fk", "analysis_id, postmortem_id", "analysis", "id, postmortem_id"),
    ("causallink", "link_method_fk", "analysis_id, method", "analysis", "id, method"),
    ("causallink", "link_review_fk", "analysis_id, postmortem_id", "analysis", "id, postmortem_id"),
    ("causallink", "link_effect_fk", "effect_id, analysis_id", "effect", "id, analysis_id"),
    ("causallink", "link_cause_fk", "cause_id, analysis_id", "effect", "id, analysis_id"),
    ("evidence", "evidence_effect_fk", "effect_id, postmortem_id", "effect", "id, postmortem_id"),
)
"""What keeps a graph inside its analysis, and an analysis inside its review."""

# Whether an effect is open is worked out where its causes are written, so nobody can forget to.
OPEN = """
CREATE FUNCTION postmortems_effect_set_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.is_open := NEW.ended_because = ''
    AND NOT EXISTS (SELECT FROM postmortems_causallink WHERE effect_id = NEW.id AND role = 'why')
    AND NOT (EXISTS (SELECT FROM postmortems_causallink WHERE effect_id = NEW.id AND role = 'action')
             AND EXISTS (SELECT FROM postmortems_causallink WHERE effect_id = NEW.id AND role = 'condition'));
  RETURN NEW;
END $$;
CREATE TRIGGER set_open BEFORE INSERT OR UPDATE OF ended_because, is_open ON postmortems_effect
  FOR EACH ROW EXECUTE FUNCTION postmortems_effect_set_open();

CREATE FUNCTION postmortems_causallink_set_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE postmortems_effect SET is_open = is_open
   WHERE id IN (SELECT OLD.effect_id WHERE TG_OP <> 'INSERT' UNION SELECT NEW.effect_id WHERE TG_OP <> 'DELETE');
  RETURN NULL;
END $$;
CREATE TRIGGER set_open AFTER INSERT OR DELETE OR UPDATE OF effect_id, cause_id, role ON postmortems_causallink
  FOR EACH ROW EXECUTE FUNCTION postmortems_causallink_set_open();

-- A published review has no open branch: neither when it is let out, nor by what is changed in it later. The lock lets
-- the two wait for each other.
CREATE FUNCTION postmortems_effect_guard_published() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  its_status text;
BEGIN
  IF EXISTS (SELECT FROM postmortems_effect WHERE id = NEW.id AND is_open) THEN
    SELECT status INTO its_status FROM postmortems_postmortem WHERE id = NEW.postmortem_id FOR SHARE;
    IF its_status = 'published' THEN
      RAISE EXCEPTION 'a published review has no open branch' USING ERRCODE = '23514';
    END IF;
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER guard_published AFTER INSERT OR UPDATE OF ended_because, is_open ON postmortems_effect
  DEFERRABLE INITIALLY IMMEDIATE FOR EACH ROW EXECUTE FUNCTION postmortems_effect_guard_published();

CREATE FUNCTION postmortems_postmortem_guard_branches() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM postmortems_effect WHERE postmortem_id = NEW.id AND is_open) THEN
    RAISE EXCEPTION 'a published review has no open branch' USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_branches BEFORE UPDATE OF status ON postmortems_postmortem FOR EACH ROW
  WHEN (NEW.status = 'published' AND OLD.status <> 'published')
  EXECUTE FUNCTION postmortems_postmortem_guard_branches();
"""

OPEN_BACK = """
DROP FUNCTION postmortems_postmortem_guard_branches() CASCADE;
DROP FUNCTION postmortems_effect_guard_published() CASCADE;
DROP FUNCTION postmortems_causallink_set_open() CASCADE;
DROP FUNCTION postmortems_effect_set_open() CASCADE;
"""

# How it failed is a part of what a published review says.
GUARD_FAILURE_MODE = """
CREATE TRIGGER guard_failure_mode BEFORE UPDATE OF failure_mode_id ON postmortems_postmortem FOR EACH ROW
  WHEN (OLD.status = 'published' AND NEW.failure_mode_id IS DISTINCT FROM OLD.failure_mode_id)
  EXECUTE FUNCTION postmortems_postmortem_guard_publication();
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


def inner_key(table: str, name: str, columns: str, parent: str, keys: str) -> tuple[str, str]:
    return (
        f"ALTER TABLE postmortems_{table} ADD CONSTRAINT {name} FOREIGN KEY ({columns})"
        f" REFERENCES postmortems_{parent} ({keys}) DEFERRABLE INITIALLY IMMEDIATE",
        f"ALTER TABLE postmortems_{table} DROP CONSTRAINT IF EXISTS {name}",
    )


class Migration(migrations.Migration):
    dependencies = [("postmortems", "0004_analyses")]

    operations = [
        *(migrations.RunSQL(*scope_keys(table)) for table in TABLES),
        *(migrations.RunSQL(*inner_key(*key)) for key in KEYS),
        migrations.RunSQL(OPEN, OPEN_BACK),
        migrations.RunSQL(GUARD_FAILURE_MODE, "DROP TRIGGER guard_failure_mode ON postmortems_postmortem"),
        *(EnableRowSecurity(table, select=READ, insert=WRITE, update=WRITE, delete=WRITE) for table in TABLES),
    ]
