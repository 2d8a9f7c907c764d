from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0014_people")]

    operations = [
        migrations.AddField(
            model_name="person",
            name="way_in_mailed_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When an address to choose a password was last mailed, at their own request",
                null=True,
            ),
        ),
    ]
