"""What incidents say in the fields of their units, each value in the column of its field's kind."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from hub.lib.policies import EnableRowSecurity, in_incident, scope_foreign_key

KIND = (
    "ALTER TABLE incidents_fieldvalue ADD CONSTRAINT incidents_fieldvalue_kind_fk"
    " FOREIGN KEY (field_id, kind) REFERENCES tenants_localfield (id, kind)",
    "ALTER TABLE incidents_fieldvalue DROP CONSTRAINT incidents_fieldvalue_kind_fk",
)
RESPOND = in_incident("incident.respond")
# Whoever declares also says what the declaration has to.
DECLARE = f"{RESPOND} OR {in_incident('incident.declare')}"


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0004_need_to_know"),
        ("tenants", "0009_local_customization"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="FieldValue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("restricted", models.BooleanField(default=False)),
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
                ("text", models.TextField(null=True)),
                ("number", models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                ("choice", models.CharField(max_length=100, null=True)),
                ("date", models.DateField(null=True)),
                ("boolean", models.BooleanField(null=True)),
                ("link", models.URLField(max_length=1000, null=True)),
                ("words", models.TextField(help_text="The value as people read it, for search")),
                ("set_at", models.DateTimeField()),
                (
                    "field",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenants.localfield"
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="field_values",
                        to="incidents.incident",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "set_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenants.businessunit"
                    ),
                ),
            ],
            options={
                "ordering": ("field__position", "field_id"),
                "indexes": [
                    models.Index(
                        condition=models.Q(("choice__isnull", False)),
                        fields=["field", "choice"],
                        name="value_by_choice",
                    ),
                    models.Index(
                        condition=models.Q(("number__isnull", False)),
                        fields=["field", "number"],
                        name="value_by_number",
                    ),
                    models.Index(
                        condition=models.Q(("date__isnull", False)), fields=["field", "date"], name="value_by_date"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("incident", "field"), name="field_value_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("boolean__isnull", True),
                                ("choice__isnull", True),
                                ("date__isnull", True),
                                ("kind", "text"),
                                ("link__isnull", True),
                                ("number__isnull", True),
                                ("person__isnull", True),
                                ("text__isnull", False),
                            ),
                            models.Q(
                                ("boolean__isnull", True),
                                ("choice__isnull", True),
                                ("date__isnull", True),
                                ("kind", "number"),
                                ("link__isnull", True),
                                ("number__isnull", False),
                                ("person__isnull", True),
                                ("text__isnull", True),
                            ),
                            models.Q(
                                ("boolean__isnull", True),
                                ("choice__isnull", False),
                                ("date__isnull", True),
                                ("kind", "choice"),
                                ("link__isnull", True),
                                ("number__isnull", True),
                                ("person__isnull", True),
                                ("text__isnull", True),
                            ),
                            models.Q(
                                ("boolean__isnull", True),
                                ("choice__isnull", True),
                                ("date__isnull", False),
                                ("kind", "date"),
                                ("link__isnull", True),
                                ("number__isnull", True),
                                ("person__isnull", True),
                                ("text__isnull", True),
                            ),
                            models.Q(
                                ("boolean__isnull", False),
                                ("choice__isnull", True),
                                ("date__isnull", True),
                                ("kind", "boolean"),
                                ("link__isnull", True),
                                ("number__isnull", True),
                                ("person__isnull", True),
                                ("text__isnull", True),
                            ),
                            models.Q(
                                ("boolean__isnull", True),
                                ("choice__isnull", True),
                                ("date__isnull", True),
                                ("kind", "person"),
                                ("link__isnull", True),
                                ("number__isnull", True),
                                ("person__isnull", False),
                                ("text__isnull", True),
                            ),
                            models.Q(
                                ("boolean__isnull", True),
                                ("choice__isnull", True),
                                ("date__isnull", True),
                                ("kind", "link"),
                                ("link__isnull", False),
                                ("number__isnull", True),
                                ("person__isnull", True),
                                ("text__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="field_value_of_its_kind",
                    ),
                ],
            },
        ),
        migrations.RunSQL(*KIND),
        migrations.RunSQL(*scope_foreign_key("incidents_fieldvalue")),
        EnableRowSecurity(
            "incidents_fieldvalue",
            select=in_incident("incident.view"),
            insert=DECLARE,
            update=RESPOND,
            delete=RESPOND,
        ),
    ]
