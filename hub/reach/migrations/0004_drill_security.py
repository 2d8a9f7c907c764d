from importlib import import_module

from django.db import migrations

from hub.lib.policies import EnableRowSecurity, in_units

FORMER = import_module("hub.reach.migrations.0002_row_security").FUNCTIONS

FUNCTIONS = r"""
SET LOCAL ROLE hub_guard;
DROP FUNCTION app.answered_code(text, text, timestamptz, integer, interval);

-- What a code answers, a call or a drill's probe, for whoever gives it, signed in or not; null for a wrong one, which is
-- counted. `is_refused` says that there were too many of these: then the code is not looked at. Codes from before
-- `since` are void.
CREATE FUNCTION app.answered_code(digest text, guesser_digest text, since timestamptz, most integer, within interval)
RETURNS TABLE (is_refused boolean, call_id bigint, probe_id bigint, person_id bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(guesser_digest, 0));
  DELETE FROM public.reach_wrongcode w WHERE w.at < statement_timestamp() - within;
  IF (SELECT count(*) FROM public.reach_wrongcode w WHERE w.guesser = guesser_digest) >= most THEN
    RETURN QUERY SELECT true, NULL::bigint, NULL::bigint, NULL::bigint;
    RETURN;
  END IF;
  RETURN QUERY
    SELECT false, c.id, NULL::bigint, c.person_id FROM public.reach_call c
     WHERE digest <> '' AND c.code_digest = digest AND c.called_at >= since
    UNION ALL
    SELECT false, NULL::bigint, p.id, p.person_id FROM public.reach_probe p
      JOIN public.reach_drill d ON d.id = p.drill_id
     WHERE digest <> '' AND p.code_digest = digest AND d.started_at >= since
    LIMIT 1;
  IF NOT FOUND THEN
    INSERT INTO public.reach_wrongcode (guesser, at) VALUES (guesser_digest, statement_timestamp());
    RETURN QUERY SELECT false, NULL::bigint, NULL::bigint, NULL::bigint;
  END IF;
END
$$;

REVOKE EXECUTE ON FUNCTION app.answered_code(text, text, timestamptz, integer, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.answered_code(text, text, timestamptz, integer, interval)
  TO hub_app, hub_worker, hub_seed, hub_owner;
RESET ROLE;
"""

BACK = f"""
SET LOCAL ROLE hub_guard;
DROP FUNCTION app.answered_code(text, text, timestamptz, integer, interval);
RESET ROLE;
{FORMER}
"""

# A drill is a proof: what was sent is the system's to write, a person confirms, and nobody removes it.
PRIVILEGES = """
REVOKE UPDATE, DELETE, TRUNCATE ON reach_drill FROM hub_app;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON reach_probe FROM hub_app;
REVOKE DELETE, TRUNCATE ON reach_drill, reach_probe FROM hub_worker;
GRANT UPDATE (state, confirmed_at, sent_at) ON reach_probe TO hub_app;
"""

KEEP = in_units("unit.administer")
LEAD = in_units("oncall.write")
OWN = "person_id = (SELECT app.uid())"


class Migration(migrations.Migration):
    dependencies = [("reach", "0003_drills"), ("reach", "0002_row_security")]

    operations = [
        migrations.RunSQL(FUNCTIONS, BACK),
        migrations.RunSQL(
            "ALTER TABLE reach_probe ADD CONSTRAINT reach_probe_scope_fk FOREIGN KEY (drill_id, unit_id)"
            " REFERENCES reach_drill (id, unit_id) ON UPDATE CASCADE DEFERRABLE INITIALLY IMMEDIATE",
            "ALTER TABLE reach_probe DROP CONSTRAINT IF EXISTS reach_probe_scope_fk",
        ),
        migrations.RunSQL(PRIVILEGES, migrations.RunSQL.noop),
        EnableRowSecurity("reach_drill", select=LEAD, insert=KEEP),
        EnableRowSecurity("reach_probe", select=f"{LEAD} OR {OWN}", update=OWN),
    ]
