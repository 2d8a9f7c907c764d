from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("search", "0011_fine_vectors"),
    ]

    operations = [
        migrations.AddField(
            model_name="document",
            name="edition",
            field=models.CharField(
                blank=True, db_default="", default="", help_text="How: see knowledge/search/edition.py", max_length=40
            ),
        ),
    ]
