import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from hub.lib.operations import AdditionsTogether


class Migration(AdditionsTogether):
    dependencies = [("incidents", "0018_hand_off_security"), ("tenants", "0014_people")]

    operations = [
        migrations.CreateModel(
            name="MaintenanceSeries",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "frequency",
                    models.CharField(
                        choices=[("daily", "Every day"), ("weekly", "Every week"), ("monthly", "Every month")],
                        max_length=8,
                    ),
                ),
                (
                    "weekdays",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(),
                        default=list,
                        help_text="1 for Monday to 7 for Sunday",
                        size=None,
                    ),
                ),
                ("week", models.SmallIntegerField(help_text="Of the month: 1 to 4, or -1 for the last", null=True)),
                ("time_zone", models.CharField(help_text="By whose clock, as an IANA name", max_length=64)),
                ("until", models.DateField(help_text="The last day there on which it may begin")),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenants.businessunit"
                    ),
                ),
            ],
            options={
                "ordering": ("id",),
                "constraints": [models.UniqueConstraint(fields=("id", "unit"), name="maintenance_series_scope")],
            },
        ),
        migrations.AddField(
            model_name="maintenancewindow",
            name="series",
            field=models.ForeignKey(
                blank=True,
                help_text="What it is one time of",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="windows",
                to="incidents.maintenanceseries",
            ),
        ),
        migrations.AddField(
            model_name="maintenancewindow",
            name="version",
            field=models.PositiveIntegerField(db_default=1, default=1, help_text="Counts its changes"),
        ),
    ]
