from django.db import migrations

from hub.lib.policies import ANYBODY_ACTIVE, EnableRowSecurity, in_units

SCOPE = (
    "ALTER TABLE incidents_maintenanceservice ADD CONSTRAINT incidents_maintenanceservice_scope_fk"
    " FOREIGN KEY (window_id, unit_id) REFERENCES incidents_maintenancewindow (id, unit_id)"
    " ON UPDATE CASCADE DEFERRABLE INITIALLY IMMEDIATE"
)
SCOPE_BACK = "ALTER TABLE incidents_maintenanceservice DROP CONSTRAINT IF EXISTS incidents_maintenanceservice_scope_fk"

# What was announced stays as it was said: it is stopped, and nothing else.
PRIVILEGES = """
REVOKE DELETE, TRUNCATE ON incidents_maintenancewindow, incidents_maintenanceservice FROM hub_app, hub_worker;
REVOKE UPDATE ON incidents_maintenancewindow, incidents_maintenanceservice FROM hub_app;
GRANT UPDATE (stopped_at, stopped_by_id) ON incidents_maintenancewindow TO hub_app;
"""

WRITE = in_units("oncall.write")


class Migration(migrations.Migration):
    dependencies = [("incidents", "0009_maintenance")]

    operations = [
        migrations.RunSQL(SCOPE, SCOPE_BACK),
        migrations.RunSQL(PRIVILEGES, migrations.RunSQL.noop),
        # The catalog is the enterprise's shared map, and so is the work on it.
        EnableRowSecurity("incidents_maintenancewindow", select=ANYBODY_ACTIVE, insert=WRITE, update=WRITE),
        EnableRowSecurity("incidents_maintenanceservice", select=ANYBODY_ACTIVE, insert=WRITE),
    ]
