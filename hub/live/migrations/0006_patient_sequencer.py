from django.db import migrations

# The sequencer waits for the next event in the database, where looking costs next to nothing: every three milliseconds
# for as long as its caller has patience. It keeps its lock meanwhile, which goes with the connection when it dies. The
# patience has a default for processes of the version before.
PATIENT = r"""
SET LOCAL ROLE hub_guard;
DROP FUNCTION app.sequence_events(integer);
CREATE FUNCTION app.sequence_events(most integer, patience interval DEFAULT '0') RETURNS integer LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  gives_up_at constant timestamptz := clock_timestamp() + patience;
  waiting bigint[];
  moved integer;
BEGIN
  IF NOT pg_try_advisory_xact_lock(7305808869231649) THEN RETURN -1; END IF;
  LOOP
    waiting := ARRAY(SELECT id FROM public.live_outboxentry ORDER BY id LIMIT most);
    EXIT WHEN cardinality(waiting) > 0;
    IF clock_timestamp() >= gives_up_at THEN RETURN 0; END IF;
    PERFORM pg_sleep(0.003);
  END LOOP;
"""

IMPATIENT = r"""
SET LOCAL ROLE hub_guard;
DROP FUNCTION app.sequence_events(integer, interval);
CREATE FUNCTION app.sequence_events(most integer) RETURNS integer LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  waiting bigint[];
  moved integer;
BEGIN
  IF NOT pg_try_advisory_xact_lock(7305808869231649) THEN RETURN -1; END IF;
  waiting := ARRAY(SELECT id FROM public.live_outboxentry ORDER BY id LIMIT most);
  IF cardinality(waiting) = 0 THEN RETURN 0; END IF;
"""

PLACING = r"""
  -- Incidents before the rows that belong to them, as everywhere: whoever restricts one changes its events with it. The
  -- statements that follow see what became of both.
  PERFORM 1 FROM public.incidents_incident i
    WHERE i.id IN (SELECT o.incident_id FROM public.live_outboxentry o WHERE o.id = ANY (waiting))
    ORDER BY i.id FOR KEY SHARE;
  INSERT INTO public.live_stream (incident_id, last_position)
    SELECT DISTINCT o.incident_id, 0 FROM public.live_outboxentry o
     WHERE o.id = ANY (waiting) AND o.restricted AND o.incident_id IS NOT NULL
    ON CONFLICT (incident_id) DO NOTHING;
  WITH taken AS (
    DELETE FROM public.live_outboxentry WHERE id = ANY (waiting) RETURNING *
  ), placed AS (
    SELECT t.*, s.id AS stream_id,
           row_number() OVER (PARTITION BY s.id ORDER BY t.id) AS place,
           count(*) OVER (PARTITION BY s.id) AS places
      FROM taken t
      JOIN public.live_stream s
        ON s.incident_id IS NOT DISTINCT FROM CASE WHEN t.restricted THEN t.incident_id END
  ), grown AS (
    UPDATE public.live_stream s SET last_position = s.last_position + p.places
      FROM (SELECT DISTINCT stream_id, places FROM placed) p
     WHERE s.id = p.stream_id
    RETURNING s.id, s.last_position - p.places AS before
  )
  INSERT INTO public.live_feedevent
    (event_id, type, at, unit_id, incident_id, restricted, person_id, payload, stream_id, position)
  SELECT p.event_id, p.type, p.at, p.unit_id, p.incident_id, p.restricted, p.person_id, p.payload,
         p.stream_id, g.before + p.place
    FROM placed p JOIN grown g ON g.id = p.stream_id
   ORDER BY p.id;
  GET DIAGNOSTICS moved = ROW_COUNT;
  IF moved <> cardinality(waiting) THEN
    RAISE EXCEPTION 'of % events % would be lost', cardinality(waiting), cardinality(waiting) - moved;
  END IF;
  PERFORM pg_notify('hub_feed', '');
  RETURN moved;
END $$;
"""


def allowed(signature: str) -> str:
    return f"""
REVOKE EXECUTE ON FUNCTION app.sequence_events({signature}) FROM PUBLIC, hub_app;
GRANT EXECUTE ON FUNCTION app.sequence_events({signature}) TO hub_worker;
RESET ROLE;
"""


class Migration(migrations.Migration):
    dependencies = [("live", "0005_heard_at_once")]

    operations = [
        migrations.RunSQL(
            f"{PATIENT}{PLACING}{allowed('integer, interval')}", f"{IMPATIENT}{PLACING}{allowed('integer')}"
        )
    ]
