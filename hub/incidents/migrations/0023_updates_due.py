from django.db import migrations, models

# The system alone says when the next update is due; what was engaged stays as it was.
DUE = "GRANT UPDATE (update_due_at) ON incidents_engagement TO hub_worker"
KEEP = "REVOKE UPDATE (update_due_at) ON incidents_engagement FROM hub_worker"


class Migration(migrations.Migration):
    dependencies = [("incidents", "0022_duties_end")]

    operations = [
        migrations.AddField(
            model_name="engagement",
            name="update_due_at",
            field=models.DateTimeField(help_text="When somebody is reminded if nobody has written one", null=True),
        ),
        migrations.RunSQL(DUE, KEEP),
    ]
