"""Versions of the taxonomy and of units' mappings, proposals, and names in other languages."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from hub.lib.operations import AdditionsTogether


class Migration(AdditionsTogether):
    dependencies = [
        ("tenants", "0005_roles_and_keys_security"),
    ]

    operations = [
        migrations.CreateModel(
            name="MappingVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("reason", models.CharField(blank=True, max_length=300)),
                (
                    "restates_from",
                    models.DateTimeField(blank=True, help_text="From when on it changes the past", null=True),
                ),
                ("published_at", models.DateTimeField()),
            ],
            options={
                "ordering": ("unit", "-number"),
            },
        ),
        migrations.CreateModel(
            name="TaxonomyVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(unique=True)),
                ("summary", models.CharField(max_length=300)),
                ("published_at", models.DateTimeField()),
            ],
            options={
                "ordering": ("-number",),
            },
        ),
        migrations.CreateModel(
            name="TermEdition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100)),
                ("description", models.TextField(blank=True)),
                ("rank", models.SmallIntegerField(default=0)),
                ("is_retired", models.BooleanField(default=False)),
            ],
            options={
                "ordering": ("-version", "term"),
            },
        ),
        migrations.CreateModel(
            name="TermName",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("language", models.CharField(help_text="BCP 47 tag, such as de or pt-br", max_length=16)),
                ("name", models.CharField(max_length=100)),
            ],
            options={
                "ordering": ("term", "language", "id"),
            },
        ),
        migrations.CreateModel(
            name="TermProposal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "change",
                    models.CharField(
                        choices=[("add", "Add a term"), ("change", "Change a term"), ("retire", "Retire a term")],
                        max_length=8,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("severity", "Severity"),
                            ("incident_type", "Incident type"),
                            ("cause", "Cause"),
                            ("failure_mode", "Failure mode"),
                            ("domain", "Domain"),
                            ("impact", "Impact"),
                        ],
                        max_length=20,
                    ),
                ),
                ("key", models.SlugField(max_length=60)),
                ("name", models.CharField(max_length=100)),
                ("description", models.TextField(blank=True)),
                ("rank", models.SmallIntegerField(default=0)),
                ("reason", models.CharField(max_length=500)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waits for a second steward"),
                            ("approved", "Approved, not yet published"),
                            ("rejected", "Rejected"),
                            ("withdrawn", "Withdrawn"),
                            ("published", "Published"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("proposed_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("answer", models.CharField(blank=True, help_text="What was said to the decision", max_length=500)),
            ],
            options={
                "ordering": ("-proposed_at", "-id"),
            },
        ),
        # Means the same is certain: what was said otherwise before is said so again.
        migrations.RunSQL(
            "UPDATE tenants_termmapping SET strength = 1 WHERE relation = 'equal' AND strength < 1",
            migrations.RunSQL.noop,
        ),
        migrations.AlterModelOptions(
            name="termmapping",
            options={"ordering": ("local", "-version", "-valid_from")},
        ),
        migrations.RemoveConstraint(
            model_name="termmapping",
            name="mapping_once_a_moment",
        ),
        migrations.AlterField(
            model_name="term",
            name="kind",
            field=models.CharField(
                choices=[
                    ("severity", "Severity"),
                    ("incident_type", "Incident type"),
                    ("cause", "Cause"),
                    ("failure_mode", "Failure mode"),
                    ("domain", "Domain"),
                    ("impact", "Impact"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="termmapping",
            name="relation",
            field=models.CharField(
                blank=True,
                choices=[
                    ("equal", "Means the same"),
                    ("narrower", "Is a part of it"),
                    ("broader", "Covers more than it"),
                    ("overlapping", "Overlaps it"),
                ],
                null=True,
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="termmapping",
            name="strength",
            field=models.DecimalField(
                decimal_places=2, default=1, help_text="How surely, from 0.01 to 1", max_digits=3
            ),
        ),
        migrations.AlterField(
            model_name="termmapping",
            name="target",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenants.term"
            ),
        ),
        migrations.AddConstraint(
            model_name="term",
            constraint=models.UniqueConstraint(fields=("id", "unit"), name="term_of_unit"),
        ),
        migrations.AddField(
            model_name="mappingversion",
            name="published_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="mappingversion",
            name="unit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="mapping_versions", to="tenants.businessunit"
            ),
        ),
        migrations.AddField(
            model_name="termmapping",
            name="version",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="mappings",
                to="tenants.mappingversion",
            ),
        ),
        migrations.AddConstraint(
            model_name="termmapping",
            constraint=models.UniqueConstraint(fields=("local", "version"), name="mapping_once_a_version"),
        ),
        migrations.AddConstraint(
            model_name="termmapping",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("relation__isnull", True), ("target__isnull", True)),
                    models.Q(
                        ("relation__in", ["equal", "narrower", "broader", "overlapping"]), ("target__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="mapping_relates_to_its_target",
            ),
        ),
        migrations.AddConstraint(
            model_name="termmapping",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("relation", "equal"), _negated=True), ("strength", 1), _connector="OR"),
                name="mapping_equal_is_certain",
            ),
        ),
        migrations.AddField(
            model_name="taxonomyversion",
            name="published_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="termedition",
            name="term",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="editions", to="tenants.term"
            ),
        ),
        migrations.AddField(
            model_name="termedition",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="editions", to="tenants.taxonomyversion"
            ),
        ),
        migrations.AddField(
            model_name="termname",
            name="term",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="names", to="tenants.term"
            ),
        ),
        migrations.AddField(
            model_name="termname",
            name="unit",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="tenants.businessunit",
            ),
        ),
        migrations.AddField(
            model_name="termproposal",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="termproposal",
            name="proposed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="termproposal",
            name="successor",
            field=models.ForeignKey(
                blank=True,
                help_text="What to map to when it is retired",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenants.term",
            ),
        ),
        migrations.AddField(
            model_name="termproposal",
            name="term",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="proposals",
                to="tenants.term",
            ),
        ),
        migrations.AddField(
            model_name="termproposal",
            name="unit",
            field=models.ForeignKey(
                blank=True,
                help_text="The unit that asks for it",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenants.businessunit",
            ),
        ),
        migrations.AddField(
            model_name="termproposal",
            name="version",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="proposals",
                to="tenants.taxonomyversion",
            ),
        ),
        migrations.AddConstraint(
            model_name="mappingversion",
            constraint=models.UniqueConstraint(fields=("unit", "number"), name="mapping_version_once_a_unit"),
        ),
        migrations.AddConstraint(
            model_name="mappingversion",
            constraint=models.UniqueConstraint(fields=("id", "unit"), name="mapping_version_of_unit"),
        ),
        migrations.AddConstraint(
            model_name="termedition",
            constraint=models.UniqueConstraint(fields=("term", "version"), name="edition_once_a_version"),
        ),
        migrations.AddConstraint(
            model_name="termname",
            constraint=models.UniqueConstraint(
                fields=("term", "unit", "language"), name="term_name_once_a_language", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="termname",
            constraint=models.CheckConstraint(
                condition=models.Q(("name", ""), _negated=True), name="term_name_is_not_empty"
            ),
        ),
        migrations.AddConstraint(
            model_name="termproposal",
            constraint=models.CheckConstraint(
                condition=models.Q(("change", "add"), ("term__isnull", False), _connector="OR"),
                name="proposal_has_its_term",
            ),
        ),
        migrations.AddConstraint(
            model_name="termproposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["approved", "rejected", "published"]), _negated=True),
                    models.Q(
                        ("decided_by__isnull", False), models.Q(("decided_by", models.F("proposed_by")), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="proposal_decided_by_a_second",
            ),
        ),
        migrations.AddConstraint(
            model_name="termproposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "published"), ("version__isnull", False)),
                    models.Q(models.Q(("state", "published"), _negated=True), ("version__isnull", True)),
                    _connector="OR",
                ),
                name="proposal_published_in_a_version",
            ),
        ),
        migrations.AddConstraint(
            model_name="termproposal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["waiting", "approved"])),
                fields=("kind", "key"),
                name="one_open_proposal_a_term",
            ),
        ),
    ]
