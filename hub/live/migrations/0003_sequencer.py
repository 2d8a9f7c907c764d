from django.db import migrations

FUNCTIONS = r"""
SET LOCAL ROLE hub_guard;

-- Moves up to `most` events from the outbox to their places, and says how many; -1 while another process leads.
-- The advisory lock is given back only after the commit, so whatever has a place is seen before anything later gets
-- one: both the positions of a stream and the ids across streams only ever grow for a reader.
CREATE FUNCTION app.sequence_events(most integer) RETURNS integer LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  waiting bigint[];
  moved integer;
BEGIN
  IF NOT pg_try_advisory_xact_lock(7305808869231649) THEN RETURN -1; END IF;
  waiting := ARRAY(SELECT id FROM public.live_outboxentry ORDER BY id LIMIT most);
  IF cardinality(waiting) = 0 THEN RETURN 0; END IF;
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

-- The newest event's id: where a reader starts who wants only what comes.
CREATE FUNCTION app.feed_head() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(max(id), 0) FROM public.live_feedevent
$$;

-- The oldest event's id that is still kept; 0 where there is none.
CREATE FUNCTION app.feed_oldest() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(min(id), 0) FROM public.live_feedevent
$$;

-- The events after `since`, and for each of them which of the connected people may see it at this moment: one
-- statement for any number of both. It must say what the policies of live_feedevent say; a test compares the two.
CREATE FUNCTION app.feed_since(since bigint, most integer, connected bigint[])
RETURNS TABLE (id bigint, type varchar, at timestamptz, incident_id bigint, person_id bigint, payload jsonb, seen_by bigint[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH batch AS MATERIALIZED (
    SELECT e.* FROM public.live_feedevent e WHERE e.id > since ORDER BY e.id LIMIT most
  ), active AS MATERIALIZED (
    SELECT p.id FROM public.tenants_person p WHERE p.id = ANY (connected) AND p.is_active
  ), viewers AS MATERIALIZED (
    SELECT b.id AS unit_id, array_agg(DISTINCT a.person_id) AS people
      FROM (SELECT DISTINCT batch.unit_id FROM batch WHERE NOT batch.restricted) u
      JOIN public.tenants_businessunit b ON b.id = u.unit_id
      JOIN public.tenants_roleassignment a
        ON a.person_id IN (SELECT active.id FROM active)
       AND (a.is_enterprise OR a.unit_id = ANY (b.lineage) OR EXISTS (
             SELECT 1 FROM public.tenants_unitregion r WHERE r.unit_id = b.id AND r.region_id = a.region_id))
       AND a.valid_from <= statement_timestamp()
       AND (a.valid_until IS NULL OR a.valid_until > statement_timestamp())
      JOIN public.tenants_role r ON r.id = a.role_id AND r.permissions @> ARRAY['incident.view']::varchar[]
     GROUP BY b.id
  ), granted AS MATERIALIZED (
    SELECT g.incident_id, array_agg(DISTINCT g.person_id) AS people FROM (
      SELECT p.content_object_id AS incident_id, p.user_id AS person_id
        FROM public.incidents_incidentpersongrant p
       WHERE p.content_object_id IN (SELECT batch.incident_id FROM batch WHERE batch.restricted)
         AND (p.valid_until IS NULL OR p.valid_until > statement_timestamp())
      UNION
      SELECT p.content_object_id, m.person_id
        FROM public.incidents_incidentgroupgrant p
        JOIN public.tenants_person_groups m ON m.group_id = p.group_id
       WHERE p.content_object_id IN (SELECT batch.incident_id FROM batch WHERE batch.restricted)
         AND (p.valid_until IS NULL OR p.valid_until > statement_timestamp())
    ) g WHERE g.person_id IN (SELECT active.id FROM active)
    GROUP BY g.incident_id
  )
  SELECT batch.id, batch.type, batch.at, batch.incident_id, batch.person_id, batch.payload,
         coalesce(CASE WHEN batch.restricted THEN granted.people ELSE viewers.people END, '{}')
    FROM batch
    LEFT JOIN viewers ON viewers.unit_id = batch.unit_id
    LEFT JOIN granted ON granted.incident_id = batch.incident_id
   ORDER BY batch.id
$$;

-- A fingerprint of what each of these people may see: equal rights, equal answers; changed rights, a new one. People
-- who are not active any more are absent.
CREATE FUNCTION app.rights_of(people bigint[]) RETURNS TABLE (person_id bigint, rights text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT p.id, md5(
    coalesce((SELECT string_agg(concat_ws(':', r.permissions::text, a.unit_id, a.region_id, a.is_enterprise), ';'
                                ORDER BY a.role_id, a.unit_id, a.region_id)
                FROM public.tenants_roleassignment a JOIN public.tenants_role r ON r.id = a.role_id
               WHERE a.person_id = p.id AND a.valid_from <= statement_timestamp()
                 AND (a.valid_until IS NULL OR a.valid_until > statement_timestamp())), '')
    || '|' ||
    coalesce((SELECT string_agg(g.id::text, ',' ORDER BY g.id) FROM (
       SELECT i.content_object_id AS id FROM public.incidents_incidentpersongrant i
        WHERE i.user_id = p.id AND (i.valid_until IS NULL OR i.valid_until > statement_timestamp())
       UNION
       SELECT i.content_object_id FROM public.incidents_incidentgroupgrant i
         JOIN public.tenants_person_groups m ON m.group_id = i.group_id
        WHERE m.person_id = p.id AND (i.valid_until IS NULL OR i.valid_until > statement_timestamp())) g), ''))
    FROM public.tenants_person p
   WHERE p.id = ANY (people) AND p.is_active
$$;

-- Which of these tokens still open the door.
CREATE FUNCTION app.tokens_alive(digests bytea[]) RETURNS SETOF bytea LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
  SELECT t.digest FROM public.tenants_accesstoken t
   WHERE t.digest = ANY (digests) AND t.revoked_at IS NULL AND t.expires_at > statement_timestamp()
$$;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA app FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION app.sequence_events(integer) FROM hub_app;
GRANT EXECUTE ON FUNCTION app.sequence_events(integer) TO hub_worker;
GRANT EXECUTE ON FUNCTION app.feed_head(), app.feed_oldest(), app.feed_since(bigint, integer, bigint[]), app.rights_of(bigint[]),
  app.tokens_alive(bytea[]) TO hub_app, hub_worker, hub_seed, hub_owner;
RESET ROLE;
"""

FUNCTIONS_BACK = """
SET LOCAL ROLE hub_guard;
DROP FUNCTION app.sequence_events(integer);
DROP FUNCTION app.feed_since(bigint, integer, bigint[]);
DROP FUNCTION app.feed_head();
DROP FUNCTION app.feed_oldest();
DROP FUNCTION app.rights_of(bigint[]);
DROP FUNCTION app.tokens_alive(bytea[]);
RESET ROLE;
"""


class Migration(migrations.Migration):
    dependencies = [("live", "0002_row_security"), ("incidents", "0002_row_security")]

    operations = [migrations.RunSQL(FUNCTIONS, FUNCTIONS_BACK)]
