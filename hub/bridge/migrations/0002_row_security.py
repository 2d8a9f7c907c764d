from django.db import migrations

from hub.lib.policies import (
    ANYBODY_ACTIVE,
    NOBODY,
    EnableRowSecurity,
    enterprise,
    in_incident,
    in_units,
    scope_foreign_key,
)

FUNCTIONS = r"""
SET LOCAL ROLE hub_guard;

-- The links whose investigation the person is admitted to.
CREATE FUNCTION app.bridged() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE
SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(array_agg(i.link_id), '{}') FROM public.bridge_investigation i
   WHERE i.incident_id = ANY (app.granted())
$$;

REVOKE EXECUTE ON FUNCTION app.bridged() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.bridged() TO hub_app, hub_worker, hub_seed, hub_owner;
RESET ROLE;
"""

FUNCTIONS_BACK = """
SET LOCAL ROLE hub_guard;
DROP FUNCTION app.bridged();
RESET ROLE;
"""

# A link stays with its incident, and what crossed stays said.
KEPT = """
REVOKE UPDATE, DELETE, TRUNCATE ON bridge_securitylink, bridge_investigation, bridge_crossing FROM hub_app;
REVOKE DELETE, TRUNCATE ON bridge_securitylink, bridge_investigation FROM hub_worker;
REVOKE UPDATE, DELETE, TRUNCATE ON bridge_crossing FROM hub_worker;
GRANT UPDATE (state, contact_id, constraints, note, shown_at) ON bridge_securitylink TO hub_app;
"""

BRIDGED = "id = ANY((SELECT app.bridged())::bigint[])"
GRANTED = "restricted AND incident_id = ANY((SELECT app.granted())::bigint[])"
ADMINISTERED = (
    f"(unit_id IS NOT NULL AND {in_units('source.administer')})"
    f" OR (unit_id IS NULL AND {enterprise('security.respond')})"
)


class Migration(migrations.Migration):
    dependencies = [("bridge", "0001_initial"), ("incidents", "0004_need_to_know")]

    operations = [
        migrations.RunSQL(FUNCTIONS, FUNCTIONS_BACK),
        *(
            migrations.RunSQL(*scope_foreign_key(table))
            for table in ("bridge_securitylink", "bridge_investigation", "bridge_crossing")
        ),
        migrations.RunSQL(KEPT, migrations.RunSQL.noop),
        EnableRowSecurity(
            "bridge_bridgerule",
            select=f"(unit_id IS NULL AND {ANYBODY_ACTIVE}) OR {in_units('incident.view')}",
            insert=ADMINISTERED,
            update=ADMINISTERED,
            delete=ADMINISTERED,
        ),
        EnableRowSecurity(
            "bridge_securitylink",
            select=f"{in_incident('incident.view')} OR {BRIDGED}",
            insert=in_incident("incident.view"),
            update=BRIDGED,
        ),
        EnableRowSecurity("bridge_investigation", select=GRANTED, insert=NOBODY),
        EnableRowSecurity("bridge_crossing", select=GRANTED, insert=f"{GRANTED} AND person_id = (SELECT app.uid())"),
    ]
