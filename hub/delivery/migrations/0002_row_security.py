from django.db import migrations

from hub.lib.policies import EnableRowSecurity, in_units, scope_foreign_key

# People say that they saw or acknowledged a message, and nothing else of it; nobody deletes what was said to whom.
PRIVILEGES = """
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON delivery_message, delivery_receipt FROM hub_app;
REVOKE DELETE, TRUNCATE ON delivery_message, delivery_receipt FROM hub_worker;
GRANT UPDATE (seen_at, acknowledged_at) ON delivery_message TO hub_app;
"""

OWN = "person_id = (SELECT app.uid())"
# What a message says of an incident closes with the incident.
OWN_AND_OPEN = f"({OWN} AND (NOT restricted OR incident_id = ANY((SELECT app.granted())::bigint[])))"
OF_MY_UNITS = f"(NOT restricted AND {in_units('unit.administer')})"


class Migration(migrations.Migration):
    dependencies = [
        ("delivery", "0001_initial"),
        ("incidents", "0002_row_security"),
        ("tenants", "0002_row_security"),
    ]

    operations = [
        migrations.RunSQL(*scope_foreign_key("delivery_message")),
        migrations.RunSQL(*scope_foreign_key("delivery_receipt", parent="delivery_message", column="message_id")),
        migrations.RunSQL(PRIVILEGES, migrations.RunSQL.noop),
        EnableRowSecurity("delivery_contactmethod", select=OWN, insert=OWN, update=OWN),
        EnableRowSecurity("delivery_message", select=f"{OWN_AND_OPEN} OR {OF_MY_UNITS}", update=OWN_AND_OPEN),
        EnableRowSecurity("delivery_receipt", select=f"{OWN_AND_OPEN} OR {OF_MY_UNITS}"),
    ]
