from django.db import migrations

from hub.lib.policies import EnableRowSecurity, in_incident, in_units

TABLE = "postmortems_disclosure"

READ = in_incident("knowledge.view")
PUBLISH = f"({READ} AND {in_units('knowledge.publish')})"
SIDES = f"({READ} AND ({in_units('disclosure.legal')} OR {in_units('disclosure.compliance')}))"

SCOPE = (
    f"ALTER TABLE {TABLE} ADD CONSTRAINT {TABLE}_scope_fk FOREIGN KEY (postmortem_id, unit_id, restricted, shared)"
    " REFERENCES postmortems_postmortem (id, unit_id, restricted, shared)"
    " ON UPDATE CASCADE DEFERRABLE INITIALLY IMMEDIATE;"
    f" ALTER TABLE {TABLE} ADD CONSTRAINT {TABLE}_incident_fk FOREIGN KEY (postmortem_id, incident_id)"
    " REFERENCES postmortems_postmortem (id, incident_id) DEFERRABLE INITIALLY IMMEDIATE;"
    f" ALTER TABLE {TABLE} ADD CONSTRAINT {TABLE}_incident_known CHECK (NOT restricted OR incident_id IS NOT NULL)",
    f"ALTER TABLE {TABLE} DROP CONSTRAINT IF EXISTS {TABLE}_scope_fk,"
    f" DROP CONSTRAINT IF EXISTS {TABLE}_incident_fk, DROP CONSTRAINT IF EXISTS {TABLE}_incident_known",
)

# What was approved is what is read: the text stays, and each side approves in its own name.
GUARD = """
CREATE FUNCTION postmortems_disclosure_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.postmortem_id, NEW.recipients, NEW.purpose, NEW.title, NEW.text, NEW.requested_by_id, NEW.requested_at)
     IS DISTINCT FROM
     (OLD.postmortem_id, OLD.recipients, OLD.purpose, OLD.title, OLD.text, OLD.requested_by_id, OLD.requested_at) THEN
    RAISE EXCEPTION 'a disclosure stays what was asked for' USING ERRCODE = '23514';
  END IF;
  IF OLD.state IN ('declined', 'withdrawn') AND (NEW.state, NEW.legal_by_id, NEW.compliance_by_id)
     IS DISTINCT FROM (OLD.state, OLD.legal_by_id, OLD.compliance_by_id) THEN
    RAISE EXCEPTION 'a disclosure that is over stays so' USING ERRCODE = '23514';
  END IF;
  IF current_user = 'hub_app' THEN
    IF NEW.legal_by_id IS DISTINCT FROM OLD.legal_by_id
       AND (OLD.legal_by_id IS NOT NULL OR NEW.legal_by_id IS DISTINCT FROM app.uid()
            OR NOT OLD.unit_id = ANY (app.units('disclosure.legal'))) THEN
      RAISE EXCEPTION 'legal approves in its own name' USING ERRCODE = '42501';
    END IF;
    IF NEW.compliance_by_id IS DISTINCT FROM OLD.compliance_by_id
       AND (OLD.compliance_by_id IS NOT NULL OR NEW.compliance_by_id IS DISTINCT FROM app.uid()
            OR NOT OLD.unit_id = ANY (app.units('disclosure.compliance'))) THEN
      RAISE EXCEPTION 'compliance approves in its own name' USING ERRCODE = '42501';
    END IF;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON postmortems_disclosure
  FOR EACH ROW EXECUTE FUNCTION postmortems_disclosure_guard();
REVOKE DELETE, TRUNCATE ON postmortems_disclosure FROM hub_app, hub_worker;
"""

# The only way to a released text without an account. It is gone with its withdrawal, and while its review is taken back
# or restricted.
FUNCTION = """
SET LOCAL ROLE hub_guard;
CREATE FUNCTION app.released_disclosure(wanted bigint, OUT title text, OUT text text, OUT unit text,
                                        OUT released_at timestamptz)
RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT d.title, d.text, u.name, d.released_at
    FROM public.postmortems_disclosure d
    JOIN public.postmortems_postmortem p ON p.id = d.postmortem_id AND p.status = 'published' AND NOT p.restricted
    JOIN public.tenants_businessunit u ON u.id = d.unit_id
   WHERE d.id = wanted AND d.state = 'released'
$$;
REVOKE EXECUTE ON FUNCTION app.released_disclosure(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.released_disclosure(bigint) TO hub_app, hub_worker, hub_seed, hub_owner;
RESET ROLE;
"""
FUNCTION_BACK = "SET LOCAL ROLE hub_guard; DROP FUNCTION app.released_disclosure(bigint); RESET ROLE"


class Migration(migrations.Migration):
    dependencies = [("postmortems", "0009_disclosures"), ("tenants", "0016_disclosure_roles")]

    operations = [
        migrations.RunSQL(*SCOPE),
        migrations.RunSQL(GUARD, "DROP FUNCTION postmortems_disclosure_guard() CASCADE"),
        migrations.RunSQL(FUNCTION, FUNCTION_BACK),
        EnableRowSecurity(
            TABLE,
            select=READ,
            insert=f"{PUBLISH} AND state = 'requested' AND requested_by_id = (SELECT app.uid())"
            " AND legal_by_id IS NULL AND compliance_by_id IS NULL",
            update=f"{PUBLISH} OR {SIDES} OR ({READ} AND requested_by_id = (SELECT app.uid()))",
        ),
    ]
