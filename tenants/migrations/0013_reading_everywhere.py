"""What the policies of the largest tables ask, so that whoever reads every unit is not compared with each of them."""

from django.db import migrations

FUNCTIONS = r"""
SET LOCAL ROLE hub_guard;

-- The least id of a unit that the person reads because they hold the permission for the whole enterprise; for everybody
-- else an id that no unit has.
CREATE FUNCTION app.everywhere(permission text) RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE
SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN app.enterprise(permission) THEN 0 ELSE 9223372036854775807 END
$$;

-- The units in which the person holds the permission, where they do not hold it everywhere. NULL for none of them: a
-- comparison with NULL is over sooner than one with an empty array.
CREATE FUNCTION app.units_apart(permission text) RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE
SET search_path = pg_catalog, pg_temp AS $$
  WITH held AS MATERIALIZED (
    SELECT a.unit_id, a.region_id, a.is_enterprise
      FROM public.tenants_roleassignment a
      JOIN public.tenants_person p ON p.id = a.person_id AND p.is_active
      JOIN public.tenants_role r ON r.id = a.role_id AND r.permissions @> ARRAY[permission]::varchar[]
     WHERE a.person_id = (SELECT app.uid())
       AND a.valid_from <= statement_timestamp()
       AND (a.valid_until IS NULL OR a.valid_until > statement_timestamp())
  )
  SELECT array_agg(b.id)
    FROM public.tenants_businessunit b
   WHERE (b.lineage && (SELECT array_agg(h.unit_id) FROM held h WHERE h.unit_id IS NOT NULL)
          OR b.id IN (SELECT u.unit_id FROM public.tenants_unitregion u JOIN held h ON u.region_id = h.region_id)
          OR EXISTS (SELECT 1 FROM held h WHERE h.is_enterprise))
     AND ((SELECT app.key()) IS NULL OR app.key_opens(permission, b.lineage))
     AND NOT (EXISTS (SELECT 1 FROM held h WHERE h.is_enterprise) AND (SELECT app.key_opens(permission, NULL)))
$$;

REVOKE EXECUTE ON FUNCTION app.everywhere(text), app.units_apart(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.everywhere(text), app.units_apart(text) TO hub_app, hub_worker, hub_seed, hub_owner;
RESET ROLE;
"""

FUNCTIONS_BACK = r"""
SET LOCAL ROLE hub_guard;
DROP FUNCTION app.units_apart(text), app.everywhere(text);
RESET ROLE;
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0012_calendars_security")]

    operations = [migrations.RunSQL(FUNCTIONS, FUNCTIONS_BACK)]
