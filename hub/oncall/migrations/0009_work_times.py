"""A role that ends takes its holder off call from that moment on."""

from django.db import migrations

FUNCTIONS = r"""
SET LOCAL ROLE hub_guard;

-- When people may work on incidents of units, for those of them with whom that has ended, will end or has yet to begin;
-- and without a unit, who has left. Everybody who sees a schedule is answered alike, as about leave; which role it is stays
-- unsaid.
CREATE FUNCTION app.work_times(
  people bigint[], units bigint[],
  OUT person_id bigint, OUT unit_id bigint, OUT starts_at timestamptz, OUT ends_at timestamptz
) RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH changing AS MATERIALIZED (
    SELECT DISTINCT a.person_id FROM public.tenants_roleassignment a
      JOIN public.tenants_role r ON r.id = a.role_id
       AND r.permissions && ARRAY['incident.respond', 'incident.command']::varchar[]
     WHERE a.person_id = ANY (people) AND (a.valid_until IS NOT NULL OR a.valid_from > statement_timestamp())
  )
  SELECT a.person_id, b.id, a.valid_from, a.valid_until
    FROM changing c
    JOIN public.tenants_roleassignment a ON a.person_id = c.person_id
    JOIN public.tenants_role r ON r.id = a.role_id
     AND r.permissions && ARRAY['incident.respond', 'incident.command']::varchar[]
    JOIN public.tenants_businessunit b ON b.id = ANY (units)
     AND (a.is_enterprise OR a.unit_id = ANY (b.lineage)
          OR EXISTS (SELECT 1 FROM public.tenants_unitregion u WHERE u.unit_id = b.id AND u.region_id = a.region_id))
  UNION ALL
  SELECT p.id, NULL, NULL, NULL FROM public.tenants_person p WHERE p.id = ANY (people) AND NOT p.is_active
$$;

-- The same of one person and one unit, and of everybody who stands in a layer, for lists that take it with each row.
CREATE FUNCTION app.work_of_person(person bigint, unit bigint) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
  SELECT jsonb_agg(jsonb_build_array(w.person_id, w.starts_at, w.ends_at) ORDER BY w.starts_at)
    FROM app.work_times(ARRAY[person], ARRAY[unit]) w WHERE w.unit_id IS NOT NULL
$$;

CREATE FUNCTION app.work_in_layer(layer bigint) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
  SELECT jsonb_agg(jsonb_build_array(w.person_id, w.starts_at, w.ends_at) ORDER BY w.person_id, w.starts_at)
    FROM public.oncall_layer l, app.work_times(
           ARRAY(SELECT m.person_id FROM public.oncall_rotationmember m
                   JOIN public.oncall_rotation r ON r.id = m.rotation_id WHERE r.layer_id = l.id
                  UNION SELECT f.person_id FROM public.oncall_fixedshift f WHERE f.layer_id = l.id),
           ARRAY[l.unit_id]) w
   WHERE l.id = layer AND w.unit_id IS NOT NULL
$$;

-- What each of these people may do with the incidents of the unit beside them, now or at a later moment: 2 for working on
-- them, 1 for seeing them. A moment that is over is asked as of now.
CREATE FUNCTION app.able(
  people bigint[], units bigint[], at timestamptz, OUT person_id bigint, OUT unit_id bigint, OUT degree int
) RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT asked.person, asked.unit,
         coalesce(max(CASE WHEN r.permissions && ARRAY['incident.respond', 'incident.command']::varchar[] THEN 2
                           WHEN r.permissions @> ARRAY['incident.view']::varchar[] THEN 1 ELSE 0 END), 0)
    FROM unnest(people, units) AS asked (person, unit)
    LEFT JOIN public.tenants_businessunit b ON b.id = asked.unit
    LEFT JOIN (public.tenants_roleassignment a
               JOIN public.tenants_person p ON p.id = a.person_id AND p.is_active
               JOIN public.tenants_role r ON r.id = a.role_id)
      ON a.person_id = asked.person
     AND a.valid_from <= greatest(at, statement_timestamp())
     AND (a.valid_until IS NULL OR a.valid_until > greatest(at, statement_timestamp()))
     AND (a.is_enterprise OR a.unit_id = ANY (b.lineage)
          OR EXISTS (SELECT 1 FROM public.tenants_unitregion u WHERE u.unit_id = b.id AND u.region_id = a.region_id))
   WHERE current_setting('role') <> 'hub_app' OR app.is_active()
   GROUP BY asked.person, asked.unit
$$;

CREATE FUNCTION app.may_work(person bigint, unit bigint, at timestamptz) RETURNS boolean LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce((SELECT a.degree = 2 FROM app.able(ARRAY[person], ARRAY[unit], at) a), false)
$$;

REVOKE EXECUTE ON FUNCTION app.work_times(bigint[], bigint[]), app.work_of_person(bigint, bigint),
  app.work_in_layer(bigint), app.able(bigint[], bigint[], timestamptz), app.may_work(bigint, bigint, timestamptz)
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.work_times(bigint[], bigint[]), app.work_of_person(bigint, bigint),
  app.work_in_layer(bigint), app.able(bigint[], bigint[], timestamptz), app.may_work(bigint, bigint, timestamptz)
  TO hub_app, hub_worker, hub_seed, hub_owner;
RESET ROLE;
"""
FUNCTIONS_BACK = """
SET LOCAL ROLE hub_guard;
DROP FUNCTION app.may_work(bigint, bigint, timestamptz), app.able(bigint[], bigint[], timestamptz),
  app.work_in_layer(bigint), app.work_of_person(bigint, bigint), app.work_times(bigint[], bigint[]);
RESET ROLE;
"""


class Migration(migrations.Migration):
    dependencies = [("oncall", "0008_calendars_wait"), ("tenants", "0005_roles_and_keys_security")]

    operations = [migrations.RunSQL(FUNCTIONS, FUNCTIONS_BACK)]
