from django.db import migrations

from hub.lib.policies import ANYBODY_ACTIVE, EnableRowSecurity, in_incident

MAIN_STREAM = "INSERT INTO live_stream (incident_id, last_position) VALUES (NULL, 0)"

OWN_EVENT = f"person_id = (SELECT app.uid()) AND {in_incident('incident.view')}"


class Migration(migrations.Migration):
    dependencies = [("live", "0001_initial"), ("tenants", "0002_row_security")]

    operations = [
        migrations.RunSQL(MAIN_STREAM, "DELETE FROM live_stream WHERE incident_id IS NULL"),
        EnableRowSecurity(
            "live_stream",
            select=f"(incident_id IS NULL AND {ANYBODY_ACTIVE}) OR incident_id = ANY((SELECT app.granted())::bigint[])",
        ),
        EnableRowSecurity("live_outboxentry", select=OWN_EVENT, insert=OWN_EVENT),
        EnableRowSecurity("live_feedevent", select=in_incident("incident.view")),
    ]
