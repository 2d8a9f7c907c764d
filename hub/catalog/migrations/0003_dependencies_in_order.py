from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_row_security"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="dependency",
            options={"ordering": ("id",), "verbose_name_plural": "dependencies"},
        ),
    ]
