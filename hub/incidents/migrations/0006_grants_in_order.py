"""Grants have an order of their own, so that lists of them are the same each time."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("incidents", "0005_local_customization")]

    operations = [
        migrations.AlterModelOptions("incidentpersongrant", {"ordering": ("pk",)}),
        migrations.AlterModelOptions("incidentgroupgrant", {"ordering": ("pk",)}),
    ]
