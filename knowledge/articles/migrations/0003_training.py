import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from hub.lib.operations import AdditionsTogether


class Migration(AdditionsTogether):
    dependencies = [
        ("articles", "0002_row_security"),
        ("oncall", "0007_pages_at_night"),
        ("tenants", "0016_disclosure_roles"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Training",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("shared", models.BooleanField(default=False, help_text="The article's")),
                (
                    "audience",
                    models.CharField(
                        choices=[
                            ("everybody", "Everybody with a role in the unit"),
                            ("role", "Who holds a role in the unit"),
                            ("schedule", "Who takes turns in a schedule"),
                            ("expertise", "Who holds an expertise"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "expertise",
                    models.SlugField(blank=True, help_text="What who has to go through it holds", max_length=60),
                ),
                ("due_on", models.DateField(help_text="Until when, for who is there from the beginning")),
                (
                    "days",
                    models.PositiveSmallIntegerField(
                        default=30,
                        help_text="How long who comes later has, and all after a revision that asks for it anew",
                    ),
                ),
                (
                    "repeat_months",
                    models.PositiveSmallIntegerField(blank=True, help_text="How long it holds, or for good", null=True),
                ),
                (
                    "grants",
                    models.SlugField(blank=True, help_text="The expertise that it gives while it holds", max_length=60),
                ),
                ("assigned_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="trainings", to="articles.article"
                    ),
                ),
                (
                    "assigned_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "role",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.role",
                    ),
                ),
                (
                    "schedule",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="oncall.schedule",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        help_text="The article's",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.businessunit",
                    ),
                ),
            ],
            options={
                "ordering": ("due_on", "id"),
            },
        ),
        migrations.CreateModel(
            name="TrainingDuty",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateTimeField()),
                (
                    "due_on",
                    models.DateField(blank=True, help_text="Until when; empty once it is done for good", null=True),
                ),
                (
                    "completed_at",
                    models.DateTimeField(blank=True, help_text="When they last went through it", null=True),
                ),
                (
                    "tries",
                    models.PositiveSmallIntegerField(
                        default=0, help_text="Wrong answers since then, each time counted as one"
                    ),
                ),
                (
                    "ended_at",
                    models.DateTimeField(
                        blank=True, help_text="Since when it is not asked of them any longer", null=True
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="training_duties",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "training",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="duties", to="articles.training"
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        help_text="The training's",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.businessunit",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "training duties",
                "ordering": ("due_on", "id"),
            },
        ),
        migrations.CreateModel(
            name="TrainingCompletion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("completed_at", models.DateTimeField()),
                ("tries", models.PositiveSmallIntegerField(help_text="How often they answered, the last time rightly")),
                (
                    "person",
                    models.ForeignKey(
                        help_text="The duty's",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "revision",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="completions",
                        to="articles.articlerevision",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        help_text="The duty's",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.businessunit",
                    ),
                ),
                (
                    "duty",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="completions",
                        to="articles.trainingduty",
                    ),
                ),
            ],
            options={
                "ordering": ("-completed_at", "-id"),
            },
        ),
        migrations.AddConstraint(
            model_name="training",
            constraint=models.UniqueConstraint(fields=("id", "unit"), name="training_scope"),
        ),
        migrations.AddConstraint(
            model_name="training",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("audience", "everybody"), ("expertise", ""), ("role", None), ("schedule", None)),
                    models.Q(("audience", "role"), ("expertise", ""), ("role__isnull", False), ("schedule", None)),
                    models.Q(("audience", "schedule"), ("expertise", ""), ("role", None), ("schedule__isnull", False)),
                    models.Q(
                        ("audience", "expertise"),
                        ("role", None),
                        ("schedule", None),
                        models.Q(("expertise", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="training_is_for_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="training",
            constraint=models.CheckConstraint(
                condition=models.Q(("repeat_months", None), ("repeat_months__gt", 0), _connector="OR"),
                name="training_repeats_after_months",
            ),
        ),
        migrations.AddIndex(
            model_name="trainingduty",
            index=models.Index(
                models.F("person"), models.F("due_on"), condition=models.Q(("ended_at", None)), name="duty_of_person"
            ),
        ),
        migrations.AddConstraint(
            model_name="trainingduty",
            constraint=models.UniqueConstraint(fields=("training", "person"), name="training_once_a_person"),
        ),
        migrations.AddConstraint(
            model_name="trainingduty",
            constraint=models.UniqueConstraint(fields=("id", "unit", "person"), name="duty_scope"),
        ),
        migrations.AddConstraint(
            model_name="trainingduty",
            constraint=models.CheckConstraint(
                condition=models.Q(("due_on__isnull", False), ("completed_at__isnull", False), _connector="OR"),
                name="duty_is_due_until_it_is_done",
            ),
        ),
        migrations.AddConstraint(
            model_name="trainingcompletion",
            constraint=models.CheckConstraint(
                condition=models.Q(("revision__isnull", False)), name="completion_is_of_a_revision"
            ),
        ),
        migrations.AddConstraint(
            model_name="trainingcompletion",
            constraint=models.CheckConstraint(condition=models.Q(("tries__gt", 0)), name="completion_has_a_try"),
        ),
    ]
