"""Fields, templates and policies of units: read by those who view the unit, written by its administrators."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from hub.lib.operations import AdditionsTogether
from hub.lib.policies import EnableRowSecurity, in_units

ADMINISTERED = in_units("unit.administer")


class Migration(AdditionsTogether):
    dependencies = [
        ("tenants", "0008_bound_tokens"),
    ]

    operations = [
        migrations.CreateModel(
            name="LocalField",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.SlugField(max_length=40)),
                ("name", models.CharField(max_length=100)),
                ("hint", models.CharField(blank=True, help_text="Stands below the field in forms", max_length=200)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("text", "Text"),
                            ("number", "Number"),
                            ("choice", "Choice"),
                            ("date", "Date"),
                            ("boolean", "Yes or no"),
                            ("person", "Person"),
                            ("link", "Link"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "choices",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=100),
                        blank=True,
                        default=list,
                        help_text="Of a choice",
                        size=None,
                    ),
                ),
                (
                    "required_from",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("declared", "Declared"),
                            ("acknowledged", "Acknowledged"),
                            ("mitigated", "Mitigated"),
                            ("resolved", "Resolved"),
                            ("closed", "Closed"),
                        ],
                        help_text="The first stage that is refused without it",
                        max_length=12,
                        null=True,
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0, help_text="Orders fields in forms")),
                ("retired_at", models.DateTimeField(blank=True, null=True)),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="fields", to="tenants.businessunit"
                    ),
                ),
            ],
            options={
                "ordering": ("unit", "position", "id"),
                "constraints": [
                    models.UniqueConstraint(fields=("unit", "key"), name="field_once_a_unit"),
                    models.UniqueConstraint(fields=("id", "kind"), name="field_of_kind"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("choices__len__gte", 1), ("kind", "choice")),
                            models.Q(models.Q(("kind", "choice"), _negated=True), ("choices__len", 0)),
                            _connector="OR",
                        ),
                        name="field_choices_belong_to_a_choice",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LocalTemplate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("declaration", "Declaring an incident"),
                            ("update", "An update on the timeline"),
                            ("review", "The sections of a review"),
                        ],
                        max_length=12,
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                (
                    "title",
                    models.CharField(blank=True, help_text="Of an incident that is declared with it", max_length=200),
                ),
                ("body", models.TextField(blank=True, help_text="The update's text, or the summary of an incident")),
                (
                    "severity",
                    models.CharField(blank=True, help_text="Of an incident that is declared with it", max_length=4),
                ),
                ("sections", models.JSONField(blank=True, default=dict, help_text='Of a review: {"lessons": "…"}')),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("retired_at", models.DateTimeField(blank=True, null=True)),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="templates", to="tenants.businessunit"
                    ),
                ),
            ],
            options={
                "ordering": ("unit", "purpose", "position", "name"),
                "constraints": [
                    models.UniqueConstraint(fields=("unit", "purpose", "name"), name="template_once_a_purpose"),
                    models.UniqueConstraint(
                        condition=models.Q(("purpose", "review"), ("retired_at__isnull", True)),
                        fields=("unit",),
                        name="one_review_template_a_unit",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="UnitPolicy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "review_due_hours",
                    models.PositiveSmallIntegerField(
                        default=48,
                        help_text="Within how many hours of the resolution a review is published; 48 is the enterprise's",
                    ),
                ),
                (
                    "requirements",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text='What every incident needs from a stage on: {"summary": "mitigated"}',
                    ),
                ),
                ("changed_at", models.DateTimeField()),
                (
                    "changed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "unit",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="policy", to="tenants.businessunit"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "unit policies",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("review_due_hours__gte", 1), ("review_due_hours__lte", 48)),
                        name="policy_review_is_no_laxer",
                    )
                ],
            },
        ),
        *(
            EnableRowSecurity(table, select=in_units("unit.view"), insert=ADMINISTERED, update=ADMINISTERED)
            for table in ("tenants_localfield", "tenants_localtemplate", "tenants_unitpolicy")
        ),
    ]
