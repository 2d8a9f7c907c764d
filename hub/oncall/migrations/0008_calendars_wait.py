from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("oncall", "0007_pages_at_night")]

    operations = [
        migrations.AddField(
            model_name="schedule",
            name="calendars_decide_at_once",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Whether a calendar that is read may change who is on at that moment",
            ),
        ),
        migrations.AddField(
            model_name="calendarsource",
            name="held_until",
            field=models.DateTimeField(
                blank=True,
                help_text="Until when what it says waits, so that who is on now finishes their shift",
                null=True,
            ),
        ),
    ]
