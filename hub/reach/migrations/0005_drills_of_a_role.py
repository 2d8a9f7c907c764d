"""A drill may be of those in a unit who hold one role."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reach", "0004_drill_security")]

    operations = [
        migrations.AddField(
            model_name="drill",
            name="role_key",
            field=models.SlugField(
                blank=True,
                db_default="",
                default="",
                help_text="Of the unit's people who hold it; empty for all",
                max_length=40,
            ),
        ),
    ]
