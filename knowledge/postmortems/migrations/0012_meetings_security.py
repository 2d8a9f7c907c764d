from django.db import migrations

from hub.lib.policies import EnableRowSecurity, in_incident

MEETING, PARTICIPANT, SIGNATURE = (
    "postmortems_reviewmeeting",
    "postmortems_meetingparticipant",
    "postmortems_reviewsignature",
)

# Meetings and signatures are their unit's own, also after the enterprise reads the review.
READ = in_incident("knowledge.view")
WRITE = in_incident("knowledge.write")
OWN = "person_id = (SELECT app.uid())"
FACILITATES = "facilitator_id = (SELECT app.uid())"
OF_FACILITATOR = (
    f"EXISTS (SELECT 1 FROM {MEETING} held WHERE held.id = meeting_id AND held.facilitator_id = (SELECT app.uid()))"
)


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


PARTICIPANT_KEY = (
    f"ALTER TABLE {PARTICIPANT} ADD CONSTRAINT participant_meeting_fk FOREIGN KEY (meeting_id, postmortem_id)"
    f" REFERENCES {MEETING} (id, postmortem_id) DEFERRABLE INITIALLY IMMEDIATE",
    f"ALTER TABLE {PARTICIPANT} DROP CONSTRAINT participant_meeting_fk",
)

# People answer for themselves, sign for themselves, and what was said under a text stays.
GUARDS = f"""
CREATE FUNCTION {MEETING}_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.postmortem_id, NEW.planned_at, NEW.planned_by_id)
     IS DISTINCT FROM (OLD.postmortem_id, OLD.planned_at, OLD.planned_by_id) OR NEW.sequence < OLD.sequence THEN
    RAISE EXCEPTION 'a meeting stays its review''s, and its sequence rises' USING ERRCODE = '23514';
  END IF;
  IF OLD.state <> 'planned' AND (NEW.state, NEW.starts_at, NEW.facilitator_id)
     IS DISTINCT FROM (OLD.state, OLD.starts_at, OLD.facilitator_id) THEN
    RAISE EXCEPTION 'a meeting that is over stays what it was' USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON {MEETING} FOR EACH ROW EXECUTE FUNCTION {MEETING}_guard();

CREATE FUNCTION {PARTICIPANT}_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.meeting_id, NEW.postmortem_id, NEW.person_id)
     IS DISTINCT FROM (OLD.meeting_id, OLD.postmortem_id, OLD.person_id) THEN
    RAISE EXCEPTION 'an invitation stays its person''s' USING ERRCODE = '23514';
  END IF;
  IF current_user = 'hub_app' AND NEW.answer NOT IN (OLD.answer, 'waiting')
     AND NEW.person_id IS DISTINCT FROM app.uid() THEN
    RAISE EXCEPTION 'people answer invitations themselves' USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON {PARTICIPANT} FOR EACH ROW EXECUTE FUNCTION {PARTICIPANT}_guard();

CREATE FUNCTION {SIGNATURE}_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.postmortem_id, NEW.role, NEW.person_id, NEW.at, NEW.version, NEW.fingerprint, NEW.refused_because)
     IS DISTINCT FROM
     (OLD.postmortem_id, OLD.role, OLD.person_id, OLD.at, OLD.version, OLD.fingerprint, OLD.refused_because)
     OR (OLD.voided_at IS NOT NULL AND (NEW.voided_at, NEW.voided_by_id) IS DISTINCT FROM (OLD.voided_at, OLD.voided_by_id))
     OR (OLD.settled_at IS NOT NULL AND (NEW.settled_at, NEW.settled_by_id, NEW.settled_with)
         IS DISTINCT FROM (OLD.settled_at, OLD.settled_by_id, OLD.settled_with)) THEN
    RAISE EXCEPTION 'what was said under a review stays' USING ERRCODE = '23514';
  END IF;
  IF current_user = 'hub_app' AND NEW.settled_at IS DISTINCT FROM OLD.settled_at
     AND NEW.person_id IS DISTINCT FROM app.uid()
     AND NOT (CASE WHEN OLD.restricted THEN OLD.incident_id = ANY (app.granted())
                   ELSE OLD.unit_id = ANY (app.units('knowledge.publish')) END) THEN
    RAISE EXCEPTION 'a refusal is settled by who refused or who publishes' USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON {SIGNATURE} FOR EACH ROW EXECUTE FUNCTION {SIGNATURE}_guard();
REVOKE DELETE, TRUNCATE ON {MEETING}, {SIGNATURE} FROM hub_app, hub_worker;
"""
GUARDS_BACK = ";".join(f"DROP FUNCTION {table}_guard() CASCADE" for table in (MEETING, PARTICIPANT, SIGNATURE))

# What the policy wants holds also where somebody publishes a restricted review of a unit that they do not see.
WANTED = """
SET LOCAL ROLE hub_guard;
CREATE FUNCTION app.review_signers(wanted bigint) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce((SELECT review_signers::text[] FROM public.tenants_unitpolicy WHERE unit_id = wanted), '{}')
$$;
REVOKE EXECUTE ON FUNCTION app.review_signers(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.review_signers(bigint) TO hub_app, hub_worker, hub_seed, hub_owner;
RESET ROLE;
"""
WANTED_BACK = "SET LOCAL ROLE hub_guard; DROP FUNCTION app.review_signers(bigint); RESET ROLE"

# No draft is let out while a role that the policy wants has no signature that holds.
SIGNED = f"""
CREATE FUNCTION postmortems_postmortem_guard_signatures() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM unnest(app.review_signers(NEW.unit_id)) wanted (role)
     WHERE NOT EXISTS (
       SELECT 1 FROM {SIGNATURE} said
        WHERE said.postmortem_id = NEW.id AND said.role = wanted.role AND said.refused_because = ''
          AND said.voided_at IS NULL)) THEN
    RAISE EXCEPTION 'a signature is missing under this review' USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_signatures BEFORE UPDATE ON postmortems_postmortem FOR EACH ROW
  WHEN (OLD.status = 'draft' AND NEW.status = 'published' AND current_user <> 'hub_seed')
  EXECUTE FUNCTION postmortems_postmortem_guard_signatures();
"""


class Migration(migrations.Migration):
    dependencies = [("postmortems", "0011_meetings"), ("tenants", "0017_review_signers")]

    operations = [
        *(migrations.RunSQL(*scope_keys(table)) for table in (MEETING, PARTICIPANT, SIGNATURE)),
        migrations.RunSQL(*PARTICIPANT_KEY),
        migrations.RunSQL(GUARDS, GUARDS_BACK),
        migrations.RunSQL(WANTED, WANTED_BACK),
        migrations.RunSQL(SIGNED, "DROP FUNCTION postmortems_postmortem_guard_signatures() CASCADE"),
        EnableRowSecurity(
            MEETING,
            select=READ,
            insert=f"{WRITE} AND state = 'planned'",
            update=f"{WRITE} OR ({READ} AND {FACILITATES})",
        ),
        EnableRowSecurity(
            PARTICIPANT,
            select=READ,
            insert=WRITE,
            update=f"{WRITE} OR ({READ} AND ({OWN} OR {OF_FACILITATOR}))",
            delete=WRITE,
        ),
        EnableRowSecurity(
            SIGNATURE,
            select=READ,
            insert=f"{READ} AND {OWN} AND voided_at IS NULL AND settled_at IS NULL",
            update=f"{WRITE} OR ({READ} AND {OWN})",
        ),
    ]
