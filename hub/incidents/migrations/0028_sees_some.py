"""Whether somebody sees any incident at all, for lists: without it all incidents are read to find none.

In a policy it would be asked of each row: PostgreSQL takes no condition out of one to ask it once.
"""

from django.db import migrations

# In PL/pgSQL, which begins sooner than a query: everybody's lists wait for this one.
FUNCTION = r"""
SET LOCAL ROLE hub_guard;

-- Whether the person holds the permission anywhere, or a grant: without either, no incident is theirs to see. A key
-- that opens less than its person's roles takes nothing away here; the policies do.
CREATE FUNCTION app.sees_some(permission text) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL SAFE
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN EXISTS (
      SELECT 1 FROM public.tenants_roleassignment a
        JOIN public.tenants_role r ON r.id = a.role_id AND r.permissions @> ARRAY[permission]::varchar[]
       WHERE a.person_id = app.uid()
         AND a.valid_from <= statement_timestamp()
         AND (a.valid_until IS NULL OR a.valid_until > statement_timestamp()))
    OR EXISTS (SELECT 1 FROM public.incidents_incidentpersongrant p WHERE p.user_id = app.uid())
    OR EXISTS (SELECT 1 FROM public.incidents_incidentgroupgrant p
                 JOIN public.tenants_person_groups m ON m.group_id = p.group_id WHERE m.person_id = app.uid());
END $$;

REVOKE EXECUTE ON FUNCTION app.sees_some(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.sees_some(text) TO hub_app, hub_worker, hub_seed, hub_owner;
RESET ROLE;
"""
FUNCTION_BACK = "SET LOCAL ROLE hub_guard; DROP FUNCTION app.sees_some(text); RESET ROLE;"


class Migration(migrations.Migration):
    dependencies = [("incidents", "0027_types_handed_over")]

    operations = [migrations.RunSQL(FUNCTION, FUNCTION_BACK)]
