from django.db import migrations

from hub.lib.policies import EnableRowSecurity, in_incident, in_units, scope_foreign_key

# What a matrix resolved to is the system's to write, and stays as it was.
KEPT = """
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON incidents_duty FROM hub_app;
REVOKE UPDATE, DELETE, TRUNCATE ON incidents_duty FROM hub_worker;
"""

KEEP = in_units("unit.administer")


class Migration(migrations.Migration):
    dependencies = [("incidents", "0014_responsibilities")]

    operations = [
        migrations.RunSQL(*scope_foreign_key("incidents_duty")),
        migrations.RunSQL(KEPT, migrations.RunSQL.noop),
        EnableRowSecurity(
            "incidents_raciline", select=in_units("incident.view"), insert=KEEP, update=KEEP, delete=KEEP
        ),
        EnableRowSecurity("incidents_duty", select=in_incident("incident.view")),
    ]
