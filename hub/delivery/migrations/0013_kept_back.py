from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("delivery", "0012_letters"),
    ]

    operations = [
        migrations.AddField(
            model_name="message",
            name="quiet_until",
            field=models.DateTimeField(
                blank=True, help_text="Until when its person's quiet hours keep it in the inbox", null=True
            ),
        ),
    ]
