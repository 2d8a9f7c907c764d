from django.db import migrations

from hub.lib.policies import ANYBODY_ACTIVE, EnableRowSecurity, in_units

SCOPE = (
    "ALTER TABLE incidents_maintenancewindow ADD CONSTRAINT incidents_maintenancewindow_series_fk"
    " FOREIGN KEY (series_id, unit_id) REFERENCES incidents_maintenanceseries (id, unit_id)"
    " DEFERRABLE INITIALLY IMMEDIATE"
)
SCOPE_BACK = "ALTER TABLE incidents_maintenancewindow DROP CONSTRAINT IF EXISTS incidents_maintenancewindow_series_fk"

# What was announced can be changed while it is ahead or goes on; the audit trail keeps what was said before. How it
# repeats stays as it was said: each time of it is a window.
PRIVILEGES = """
REVOKE UPDATE, DELETE, TRUNCATE ON incidents_maintenanceseries FROM hub_app, hub_worker;
GRANT UPDATE (reason, starts_at, ends_at, version) ON incidents_maintenancewindow TO hub_app;
GRANT DELETE ON incidents_maintenanceservice TO hub_app;
"""
PRIVILEGES_BACK = """
REVOKE UPDATE (reason, starts_at, ends_at, version) ON incidents_maintenancewindow FROM hub_app;
REVOKE DELETE ON incidents_maintenanceservice FROM hub_app;
"""

WRITE = in_units("oncall.write")


class Migration(migrations.Migration):
    dependencies = [("incidents", "0019_repeating_maintenance")]

    operations = [
        migrations.RunSQL(SCOPE, SCOPE_BACK),
        migrations.RunSQL(PRIVILEGES, PRIVILEGES_BACK),
        EnableRowSecurity("incidents_maintenanceseries", select=ANYBODY_ACTIVE, insert=WRITE),
        migrations.RunSQL(
            f"ALTER POLICY hub_delete ON incidents_maintenanceservice USING ({WRITE})",
            "ALTER POLICY hub_delete ON incidents_maintenanceservice USING (false)",
        ),
    ]
