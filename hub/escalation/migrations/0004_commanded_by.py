from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("escalation", "0003_logical_now")]

    operations = [
        migrations.AddField(
            model_name="policystep",
            name="commanded_by",
            field=models.CharField(
                blank=True,
                choices=[("own", "The unit commands it itself"), ("central", "Another unit commands it centrally")],
                help_text="None for whoever commands",
                max_length=7,
                null=True,
            ),
        ),
    ]
