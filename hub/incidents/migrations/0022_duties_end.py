from django.db import migrations, models

# The system alone ends a duty; what it was stays as it was.
END = "GRANT UPDATE (ended_at) ON incidents_duty TO hub_worker"
KEEP = "REVOKE UPDATE (ended_at) ON incidents_duty FROM hub_worker"


class Migration(migrations.Migration):
    dependencies = [("incidents", "0021_succession")]

    operations = [
        migrations.AddField(
            model_name="duty",
            name="ended_at",
            field=models.DateTimeField(help_text="When the incident got graver, and this was another's", null=True),
        ),
        migrations.RunSQL(END, KEEP),
    ]
