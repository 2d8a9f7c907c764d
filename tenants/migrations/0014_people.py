"""Who may switch somebody's account off and on, and invite them: as the database sees it."""

from django.db import migrations

FUNCTIONS = r"""
GRANT UPDATE (is_active) ON tenants_person TO hub_guard;

SET LOCAL ROLE hub_guard;

-- Whether the person administers somebody else altogether: they could give all that the other holds, wherever that is,
-- and the other holds or held something where they administer people.
CREATE FUNCTION app.may_administer(whom bigint) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
  SELECT whom <> app.uid()
     AND EXISTS (SELECT 1 FROM public.tenants_roleassignment a
                  WHERE a.person_id = whom
                    AND app.ceiling(a.unit_id, a.region_id) @> ARRAY['people.administer']::varchar[])
     AND NOT EXISTS (SELECT 1 FROM public.tenants_roleassignment a
                      WHERE a.person_id = whom
                        AND (a.valid_until IS NULL OR a.valid_until > statement_timestamp())
                        AND NOT app.may_give(a.role_id, whom, a.unit_id, a.region_id))
$$;

-- Everybody changes their own row and nobody else's; this is the one column of another's that somebody else sets.
CREATE FUNCTION app.set_active(whom bigint, wanted boolean) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT app.may_administer(whom) THEN
    RAISE EXCEPTION 'only whoever administers somebody switches their account' USING ERRCODE = '42501';
  END IF;
  UPDATE public.tenants_person SET is_active = wanted WHERE id = whom AND is_active <> wanted;
  RETURN FOUND;
END $$;

REVOKE EXECUTE ON FUNCTION app.may_administer(bigint), app.set_active(bigint, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.may_administer(bigint), app.set_active(bigint, boolean)
  TO hub_app, hub_worker, hub_seed, hub_owner;
RESET ROLE;
"""

FUNCTIONS_BACK = r"""
SET LOCAL ROLE hub_guard;
DROP FUNCTION app.set_active(bigint, boolean), app.may_administer(bigint);
RESET ROLE;
REVOKE UPDATE (is_active) ON tenants_person FROM hub_guard;
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0013_reading_everywhere")]

    operations = [migrations.RunSQL(FUNCTIONS, FUNCTIONS_BACK)]
