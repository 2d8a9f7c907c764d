from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incidents", "0020_repeating_maintenance_security")]

    operations = [
        migrations.AddField(
            model_name="incidentrole",
            name="is_succession",
            field=models.BooleanField(
                db_default=False, default=False, help_text="Passed on to who is next in line, since nobody acknowledged"
            ),
        ),
    ]
