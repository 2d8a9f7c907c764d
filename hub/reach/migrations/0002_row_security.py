from django.db import migrations

from hub.lib.policies import NOBODY, EnableRowSecurity, in_incident, in_units, scope_foreign_key

FUNCTIONS = r"""
GRANT INSERT, DELETE ON reach_wrongcode TO hub_guard;
GRANT USAGE ON SEQUENCE reach_wrongcode_id_seq TO hub_guard;
SET LOCAL ROLE hub_guard;

-- Whose call a code answers, for whoever gives it, signed in or not; null for a wrong one, which is counted. `is_refused`
-- says that there were too many of these: then the code is not looked at. Codes of calls made before `since` are void.
CREATE FUNCTION app.answered_code(digest text, guesser_digest text, since timestamptz, most integer, within interval)
RETURNS TABLE (is_refused boolean, call_id bigint, person_id bigint) LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(guesser_digest, 0));
  DELETE FROM public.reach_wrongcode w WHERE w.at < statement_timestamp() - within;
  IF (SELECT count(*) FROM public.reach_wrongcode w WHERE w.guesser = guesser_digest) >= most THEN
    RETURN QUERY SELECT true, NULL::bigint, NULL::bigint;
    RETURN;
  END IF;
  RETURN QUERY SELECT false, c.id, c.person_id FROM public.reach_call c
   WHERE digest <> '' AND c.code_digest = digest AND c.called_at >= since;
  IF NOT FOUND THEN
    INSERT INTO public.reach_wrongcode (guesser, at) VALUES (guesser_digest, statement_timestamp());
    RETURN QUERY SELECT false, NULL::bigint, NULL::bigint;
  END IF;
END
$$;

REVOKE EXECUTE ON FUNCTION app.answered_code(text, text, timestamptz, integer, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.answered_code(text, text, timestamptz, integer, interval) TO hub_app, hub_worker, hub_seed, hub_owner;
RESET ROLE;
"""
FUNCTIONS_BACK = """
SET LOCAL ROLE hub_guard;
DROP FUNCTION app.answered_code(text, text, timestamptz, integer, interval);
RESET ROLE;
"""

# What was called stays said: a person begins a run, stops it, and answers; the rest is the system's.
PRIVILEGES = """
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON reach_wrongcode FROM hub_app, hub_worker;
REVOKE UPDATE, DELETE, TRUNCATE ON reach_treerun, reach_call FROM hub_app;
REVOKE DELETE, TRUNCATE ON reach_treerun, reach_call FROM hub_worker;
REVOKE DELETE, TRUNCATE ON reach_phonetree FROM hub_app, hub_worker;
GRANT UPDATE (ended_at, ended_by_id, "end") ON reach_treerun TO hub_app;
GRANT UPDATE (state, reached_at) ON reach_call TO hub_app;
"""

VIEW = in_units("oncall.view")
WRITE = in_units("oncall.write")
OF_INCIDENT = in_incident("incident.view")
AT_WORK = in_incident("incident.respond")
OWN = "person_id = (SELECT app.uid())"
OWN_AND_OPEN = f"({OWN} AND (NOT restricted OR incident_id = ANY((SELECT app.granted())::bigint[])))"


class Migration(migrations.Migration):
    dependencies = [("reach", "0001_initial"), ("incidents", "0004_need_to_know")]

    operations = [
        migrations.RunSQL(FUNCTIONS, FUNCTIONS_BACK),
        migrations.RunSQL(
            "ALTER TABLE reach_treeplace ADD CONSTRAINT reach_treeplace_scope_fk FOREIGN KEY (tree_id, unit_id)"
            " REFERENCES reach_phonetree (id, unit_id) ON UPDATE CASCADE DEFERRABLE INITIALLY IMMEDIATE",
            "ALTER TABLE reach_treeplace DROP CONSTRAINT IF EXISTS reach_treeplace_scope_fk",
        ),
        migrations.RunSQL(*scope_foreign_key("reach_treerun")),
        migrations.RunSQL(*scope_foreign_key("reach_call", parent="reach_treerun", column="run_id")),
        migrations.RunSQL(PRIVILEGES, migrations.RunSQL.noop),
        EnableRowSecurity("reach_phonetree", select=VIEW, insert=WRITE, update=WRITE),
        EnableRowSecurity("reach_treeplace", select=VIEW, insert=WRITE, delete=WRITE),
        EnableRowSecurity("reach_treerun", select=OF_INCIDENT, insert=AT_WORK, update=AT_WORK),
        EnableRowSecurity("reach_call", select=f"{OF_INCIDENT} OR {OWN_AND_OPEN}", insert=AT_WORK, update=OWN_AND_OPEN),
        EnableRowSecurity("reach_wrongcode", select=NOBODY, worker=NOBODY),
    ]
