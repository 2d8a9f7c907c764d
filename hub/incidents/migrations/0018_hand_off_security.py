from django.db import migrations

from hub.lib.policies import EnableRowSecurity, in_incident, in_units, scope_foreign_key

# What was said when an incident was handed off stays as it was said; only the answer is written later.
PRIVILEGES = """
REVOKE DELETE, TRUNCATE ON incidents_handoff FROM hub_app, hub_worker;
REVOKE UPDATE ON incidents_handoff FROM hub_app;
GRANT UPDATE (state, answer, decided_at, decided_by_id) ON incidents_handoff TO hub_app;
"""

KEEP = in_units("unit.administer")


class Migration(migrations.Migration):
    dependencies = [("incidents", "0017_hand_offs")]

    operations = [
        migrations.RunSQL(*scope_foreign_key("incidents_handoff")),
        migrations.RunSQL(PRIVILEGES, migrations.RunSQL.noop),
        EnableRowSecurity(
            "incidents_handoffchecklist", select=in_units("incident.view"), insert=KEEP, update=KEEP, delete=KEEP
        ),
        EnableRowSecurity(
            "incidents_handoff",
            select=in_incident("incident.view"),
            insert=f"{in_incident('incident.respond')} AND offered_by_id = (SELECT app.uid())",
            update=in_incident("incident.respond"),
        ),
    ]
