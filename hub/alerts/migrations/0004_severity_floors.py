"""What the enterprise holds alerts to: read by everybody, set by stewards."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from hub.lib.policies import ANYBODY_ACTIVE, EnableRowSecurity, enterprise

STEWARD = enterprise("taxonomy.steward")


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0003_sources_are_their_units"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SeverityFloor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField(help_text="Orders them for readers", unique=True)),
                (
                    "matchers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=500),
                        help_text='Such as env="prod"; every one must match',
                        size=None,
                    ),
                ),
                (
                    "severity",
                    models.CharField(
                        choices=[
                            ("sev1", "SEV1 Critical"),
                            ("sev2", "SEV2 High"),
                            ("sev3", "SEV3 Moderate"),
                            ("sev4", "SEV4 Low"),
                            ("sev5", "SEV5 Notice"),
                        ],
                        max_length=4,
                    ),
                ),
                ("explanation", models.CharField(help_text="Why: it stands in the incident", max_length=200)),
                ("set_at", models.DateTimeField()),
                (
                    "set_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("position",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("matchers__len__gte", 1)), name="severity_floor_matches_something"
                    )
                ],
            },
        ),
        EnableRowSecurity(
            "alerts_severityfloor", select=ANYBODY_ACTIVE, insert=STEWARD, update=STEWARD, delete=STEWARD
        ),
    ]
