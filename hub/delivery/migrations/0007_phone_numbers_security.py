from django.db import migrations

from hub.lib.policies import EnableRowSecurity

OWN = "person_id = (SELECT app.uid())"
ON_CALL = "person_id = ANY((SELECT app.people_on_call('oncall.view'))::bigint[])"


class Migration(migrations.Migration):
    dependencies = [("delivery", "0006_phone_numbers"), ("oncall", "0006_row_security")]

    operations = [
        EnableRowSecurity("delivery_phonenumber", select=f"{OWN} OR {ON_CALL}", insert=OWN, update=OWN, delete=OWN),
    ]
