from django.db import migrations

from hub.lib.policies import ANYBODY_ACTIVE, EnableRowSecurity, in_incident, in_units, scope_foreign_key

FUNCTIONS = r"""
SET LOCAL ROLE hub_guard;

-- Who holds a role in a unit, above it or in its regions; with no unit, in the whole enterprise. Null for who may not
-- see whom the unit calls: whoever sees its schedules may. Who coordinates the enterprise, everybody may know.
CREATE FUNCTION app.role_holders(role_key text, of_unit bigint) RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN current_setting('role') = 'hub_app' AND of_unit <> ALL (app.units('oncall.view')) THEN NULL ELSE (
    SELECT coalesce(array_agg(DISTINCT a.person_id ORDER BY a.person_id), '{}')
      FROM public.tenants_roleassignment a
      JOIN public.tenants_person p ON p.id = a.person_id AND p.is_active AND NOT p.is_service
      JOIN public.tenants_role r ON r.id = a.role_id AND r.key = role_key
     WHERE a.valid_from <= statement_timestamp()
       AND (a.valid_until IS NULL OR a.valid_until > statement_timestamp())
       AND CASE WHEN of_unit IS NULL THEN a.is_enterprise ELSE
             a.unit_id = ANY (SELECT unnest(b.lineage) FROM public.tenants_businessunit b WHERE b.id = of_unit)
             OR EXISTS (SELECT 1 FROM public.tenants_unitregion u WHERE u.unit_id = of_unit AND u.region_id = a.region_id)
           END
  ) END
$$;

REVOKE EXECUTE ON FUNCTION app.role_holders(text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.role_holders(text, bigint) TO hub_app, hub_worker, hub_seed, hub_owner;
RESET ROLE;
"""
FUNCTIONS_BACK = """
SET LOCAL ROLE hub_guard;
DROP FUNCTION app.role_holders(text, bigint);
RESET ROLE;
"""

# Runs are the system's: a person pauses one, and nothing else. What was done stays said.
PRIVILEGES = """
REVOKE INSERT, UPDATE, DELETE, TRUNCATE
  ON escalation_run, escalation_runstep, escalation_page, escalation_logicalclock FROM hub_app;
REVOKE DELETE, TRUNCATE ON escalation_run, escalation_logicalclock FROM hub_worker;
REVOKE UPDATE, DELETE, TRUNCATE ON escalation_runstep, escalation_page FROM hub_worker;
GRANT UPDATE (next_at, paused_until, paused_by_id, remaining) ON escalation_run TO hub_app;
"""

VIEW = in_units("oncall.view")
WRITE = in_units("oncall.write")
OF_INCIDENT = in_incident("incident.view")


def unit_foreign_key(table: str, parent: str, column: str) -> migrations.RunSQL:
    """What belongs to a policy belongs to its unit."""
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_scope_fk FOREIGN KEY ({column}, unit_id)"
        f" REFERENCES {parent} (id, unit_id) ON UPDATE CASCADE DEFERRABLE INITIALLY IMMEDIATE",
        f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {table}_scope_fk",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("escalation", "0001_initial"),
        ("incidents", "0004_need_to_know"),
        ("oncall", "0006_row_security"),
        ("delivery", "0002_row_security"),
    ]

    operations = [
        migrations.RunSQL(FUNCTIONS, FUNCTIONS_BACK),
        migrations.RunSQL(*scope_foreign_key("escalation_run")),
        migrations.RunSQL(*scope_foreign_key("escalation_runstep", parent="escalation_run", column="run_id")),
        migrations.RunSQL(*scope_foreign_key("escalation_page", parent="escalation_runstep", column="taken_id")),
        unit_foreign_key("escalation_policystep", "escalation_policy", "policy_id"),
        unit_foreign_key("escalation_steptarget", "escalation_policystep", "step_id"),
        unit_foreign_key("escalation_servicepolicy", "escalation_policy", "policy_id"),
        migrations.RunSQL(PRIVILEGES, migrations.RunSQL.noop),
        *(
            EnableRowSecurity(f"escalation_{table}", select=VIEW, insert=WRITE, update=WRITE, delete=WRITE)
            for table in ("policy", "servicepolicy", "policystep", "steptarget")
        ),
        EnableRowSecurity("escalation_run", select=OF_INCIDENT, update=in_incident("incident.respond")),
        EnableRowSecurity("escalation_runstep", select=OF_INCIDENT),
        EnableRowSecurity("escalation_page", select=OF_INCIDENT),
        EnableRowSecurity("escalation_logicalclock", select=ANYBODY_ACTIVE),
    ]
