"""Who may change schedules and policies: the role that somebody holds nearest to a unit decides, and no wider one adds to it."""

from django.db import migrations

# Where roles reach, and how far they come from: a unit's own is 1, the one above it 2, then regions, then the enterprise.
DISTANCE = "coalesce(array_position(b.lineage, a.unit_id), CASE WHEN a.is_enterprise THEN 2000 ELSE 1000 END)"
REACHES = """(a.is_enterprise
      OR a.unit_id = ANY (b.lineage)
      OR EXISTS (SELECT 1 FROM public.tenants_unitregion u WHERE u.unit_id = b.id AND u.region_id = a.region_id))"""
SPEAKS = "ARRAY['oncall.view', 'oncall.write']::varchar[]"
WRITES = "ARRAY['oncall.write']::varchar[]"

UNITS = f"""
CREATE OR REPLACE FUNCTION app.units(permission text) RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE
SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(array_agg(DISTINCT b.id), '{{}}')
    FROM public.tenants_roleassignment a
    JOIN public.tenants_person p ON p.id = a.person_id AND p.is_active
    JOIN public.tenants_role r ON r.id = a.role_id AND r.permissions @> ARRAY[permission]::varchar[]
    JOIN public.tenants_businessunit b ON {REACHES}
   WHERE a.person_id = app.uid()
     AND a.valid_from <= statement_timestamp()
     AND (a.valid_until IS NULL OR a.valid_until > statement_timestamp())
     AND ((SELECT app.key()) IS NULL OR app.key_opens(permission, b.lineage))
     %s
$$;
"""

FUNCTIONS = rf"""
SET LOCAL ROLE hub_guard;

-- Which of the person's roles do not count in which units where schedules and policies are changed, because one that
-- says something about them is held nearer.
CREATE FUNCTION app.outranked(OUT assignment_id bigint, OUT unit_id bigint) RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  WITH held AS MATERIALIZED (
    SELECT a.id, a.unit_id, a.region_id, a.is_enterprise
      FROM public.tenants_roleassignment a
      JOIN public.tenants_role r ON r.id = a.role_id AND r.permissions && {SPEAKS}
     WHERE a.person_id = (SELECT app.uid())
       AND a.valid_from <= statement_timestamp()
       AND (a.valid_until IS NULL OR a.valid_until > statement_timestamp())
  ), reach AS (
    SELECT a.id, b.id AS unit, {DISTANCE} AS distance
      FROM held a JOIN public.tenants_businessunit b ON {REACHES}
     WHERE (SELECT count(*) FROM held) > 1
  )
  SELECT far.id, far.unit
    FROM (SELECT id, unit, distance, min(distance) OVER (PARTITION BY unit) AS nearest FROM reach) far
   WHERE far.distance > far.nearest
$$;

-- The person's roles that keep them from changing the schedules of a unit although a wider one would let them, in words;
-- NULL where nothing does.
CREATE FUNCTION app.held_back_by(of_unit bigint) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
  SELECT string_agg(DISTINCT r.name || ' in ' || coalesce(h.name, 'the region ' || g.name), ', ')
    FROM public.tenants_roleassignment a
    JOIN public.tenants_role r ON r.id = a.role_id AND r.permissions && {SPEAKS}
    JOIN public.tenants_businessunit b ON b.id = of_unit AND {REACHES}
    LEFT JOIN public.tenants_businessunit h ON h.id = a.unit_id
    LEFT JOIN public.tenants_region g ON g.id = a.region_id
   WHERE a.person_id = app.uid()
     AND a.valid_from <= statement_timestamp()
     AND (a.valid_until IS NULL OR a.valid_until > statement_timestamp())
     AND (a.id, of_unit) NOT IN (SELECT o.assignment_id, o.unit_id FROM app.outranked() o)
     AND EXISTS (SELECT 1 FROM app.outranked() o
                   JOIN public.tenants_roleassignment w ON w.id = o.assignment_id
                   JOIN public.tenants_role wider ON wider.id = w.role_id AND wider.permissions @> {WRITES}
                  WHERE o.unit_id = of_unit)
$$;

-- Whether what the person holds by this assignment takes away what a wider role of theirs gives, or will give.
CREATE FUNCTION app.holds_back(assignment bigint) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
  WITH reach AS (
    SELECT a.id, b.id AS unit, r.permissions, {DISTANCE} AS distance
      FROM public.tenants_roleassignment a
      JOIN public.tenants_role r ON r.id = a.role_id AND r.permissions && {SPEAKS}
      JOIN public.tenants_businessunit b ON {REACHES}
     WHERE a.person_id = app.uid() AND (a.valid_until IS NULL OR a.valid_until > statement_timestamp())
  )
  SELECT EXISTS (
    SELECT 1 FROM reach narrow JOIN reach wide ON wide.unit = narrow.unit AND wide.distance > narrow.distance
     WHERE narrow.id = assignment AND NOT narrow.permissions @> {WRITES} AND wide.permissions @> {WRITES})
$$;
{UNITS % "AND (permission <> 'oncall.write' OR (a.id, b.id) NOT IN (SELECT o.assignment_id, o.unit_id FROM app.outranked() o))"}
REVOKE EXECUTE ON FUNCTION app.outranked(), app.held_back_by(bigint), app.holds_back(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.outranked(), app.held_back_by(bigint), app.holds_back(bigint)
  TO hub_app, hub_worker, hub_seed, hub_owner;
RESET ROLE;
"""

FUNCTIONS_BACK = rf"""
SET LOCAL ROLE hub_guard;
{UNITS % ""}
DROP FUNCTION app.holds_back(bigint), app.held_back_by(bigint), app.outranked();
RESET ROLE;
"""

# As in 0005, and: nobody lays down a role that holds them back.
TRIGGER = """
CREATE OR REPLACE FUNCTION tenants_roleassignment_give() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  subject public.tenants_roleassignment;
BEGIN
  IF TG_OP = 'DELETE' THEN subject := OLD; ELSE subject := NEW; END IF;
  IF TG_OP = 'UPDATE' AND (NEW.person_id, NEW.role_id, NEW.unit_id, NEW.region_id, NEW.is_enterprise)
     IS DISTINCT FROM (OLD.person_id, OLD.role_id, OLD.unit_id, OLD.region_id, OLD.is_enterprise) THEN
    RAISE EXCEPTION 'an assignment keeps its person, role and scope' USING ERRCODE = '23514';
  END IF;
  IF TG_OP = 'INSERT' AND EXISTS (
       SELECT 1 FROM public.tenants_role r WHERE r.id = NEW.role_id AND r.unit_id IS NOT NULL AND NOT EXISTS (
         SELECT 1 FROM public.tenants_businessunit b WHERE b.id = NEW.unit_id AND r.unit_id = ANY (b.lineage))) THEN
    RAISE EXCEPTION 'a unit''s own role is held in that unit and below it' USING ERRCODE = '23514';
  END IF;
  IF current_user = 'hub_app' AND TG_OP = 'DELETE' AND OLD.valid_from <= statement_timestamp() THEN
    RAISE EXCEPTION 'a role that somebody held is ended and not deleted' USING ERRCODE = '23514';
  END IF;
  -- Each question by itself: planning one expression of both asks for a person where there is none.
  IF current_user <> 'hub_app' THEN
    RETURN subject;
  END IF;
  IF app.may_give(subject.role_id, subject.person_id, subject.unit_id, subject.region_id) THEN
    RETURN subject;
  END IF;
  -- Whoever holds a role may lay it down, or shorten it%s.
  IF OLD.person_id = app.uid() AND (TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND NEW.valid_until IS NOT NULL
       AND NEW.valid_from = OLD.valid_from AND (OLD.valid_until IS NULL OR NEW.valid_until <= OLD.valid_until)))%s THEN
    RETURN subject;
  END IF;
  RAISE EXCEPTION 'nobody gives, prolongs or takes away what they do not hold' USING ERRCODE = '42501';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0018_review_clock")]

    operations = [
        migrations.RunSQL(FUNCTIONS, FUNCTIONS_BACK),
        migrations.RunSQL(
            TRIGGER % (", unless it holds them back", "\n     AND NOT app.holds_back(OLD.id)"), TRIGGER % ("", "")
        ),
    ]
