from django.db import migrations

FUNCTIONS = r"""
SET LOCAL ROLE hub_guard;

-- How late it is by the clock that workers move on by the time that passes, as of its last move, which was a few seconds
-- ago while any of them runs. Before the first one ran: by the machine's.
CREATE FUNCTION app.logical_now() RETURNS timestamptz LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce((SELECT c.now FROM public.escalation_logicalclock c WHERE c.id = 1), statement_timestamp())
$$;

REVOKE EXECUTE ON FUNCTION app.logical_now() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.logical_now() TO hub_app, hub_worker, hub_seed, hub_owner;
RESET ROLE;
"""
FUNCTIONS_BACK = """
SET LOCAL ROLE hub_guard;
DROP FUNCTION app.logical_now();
RESET ROLE;
"""


class Migration(migrations.Migration):
    dependencies = [("escalation", "0002_row_security")]

    operations = [migrations.RunSQL(FUNCTIONS, FUNCTIONS_BACK)]
