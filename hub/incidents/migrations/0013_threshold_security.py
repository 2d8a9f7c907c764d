from django.db import migrations

from hub.lib.policies import (
    ANYBODY_ACTIVE,
    EnableRowSecurity,
    enterprise,
    in_incident,
    in_units,
    scope_foreign_key,
)

# What was known at a moment, and what was engaged then, stays as it was.
KEPT = """
REVOKE UPDATE, DELETE, TRUNCATE ON incidents_assessment, incidents_engagement FROM hub_app, hub_worker;
REVOKE INSERT ON incidents_engagement FROM hub_app;
"""

READ = f"(unit_id IS NULL AND {ANYBODY_ACTIVE}) OR {in_units('incident.view')}"
KEEP = (
    f"(unit_id IS NOT NULL AND {in_units('unit.administer')}) OR (unit_id IS NULL AND {enterprise('taxonomy.steward')})"
)


class Migration(migrations.Migration):
    dependencies = [("incidents", "0012_severity_thresholds")]

    operations = [
        *(migrations.RunSQL(*scope_foreign_key(table)) for table in ("incidents_assessment", "incidents_engagement")),
        migrations.RunSQL(KEPT, migrations.RunSQL.noop),
        *(
            EnableRowSecurity(table, select=READ, insert=KEEP, update=KEEP, delete=KEEP)
            for table in ("incidents_severitythreshold", "incidents_responseplan", "incidents_responseteam")
        ),
        EnableRowSecurity(
            "incidents_assessment",
            select=in_incident("incident.view"),
            insert=f"{in_incident('incident.respond')} AND person_id = (SELECT app.uid())",
        ),
        EnableRowSecurity("incidents_engagement", select=in_incident("incident.view")),
    ]
