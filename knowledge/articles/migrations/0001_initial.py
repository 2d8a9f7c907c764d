import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

from hub.lib.operations import AdditionsTogether


class Migration(AdditionsTogether):
    initial = True

    dependencies = [
        ("catalog", "0005_recovery_and_sensitivity"),
        ("postmortems", "0010_disclosures_security"),
        ("tenants", "0016_disclosure_roles"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Article",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(help_text="Counts the unit's articles: PAY-A3")),
                ("shared", models.BooleanField(default=False, help_text="Whether the whole enterprise reads it")),
                ("title", models.CharField(max_length=200)),
                (
                    "check_days",
                    models.PositiveSmallIntegerField(
                        default=365, help_text="After how many days somebody has to look whether it still holds"
                    ),
                ),
                (
                    "checked_at",
                    models.DateTimeField(blank=True, help_text="When it was last approved or confirmed", null=True),
                ),
                ("check_due_at", models.DateTimeField(blank=True, help_text="From when on it is stale", null=True)),
                ("retired_at", models.DateTimeField(blank=True, null=True)),
                ("retired_because", models.CharField(blank=True, max_length=500)),
                ("written_at", models.DateTimeField()),
                ("version", models.PositiveIntegerField(default=1)),
                ("edited_at", models.DateTimeField()),
                (
                    "cause",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.term",
                    ),
                ),
                (
                    "failure_mode",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.term",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="articles",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="articles",
                        to="catalog.service",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="articles", to="tenants.businessunit"
                    ),
                ),
                (
                    "written_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("title", "id"),
            },
        ),
        migrations.CreateModel(
            name="ArticleRevision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("shared", models.BooleanField(default=False, help_text="The article's")),
                ("number", models.PositiveIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "Waits for approval"),
                            ("current", "Published"),
                            ("superseded", "Superseded"),
                            ("declined", "Declined"),
                        ],
                        default="proposed",
                        max_length=10,
                    ),
                ),
                ("summary", models.CharField(help_text="What it tells, in a sentence or two", max_length=500)),
                ("text", models.TextField(help_text="Markdown")),
                (
                    "questions",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="What tells whether it was understood: choices, and which one is right",
                    ),
                ),
                (
                    "renews_training",
                    models.BooleanField(
                        default=False, help_text="Whether who went through an earlier one has to go through it again"
                    ),
                ),
                ("reason", models.CharField(help_text="What it changes and why", max_length=500)),
                ("proposed_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("decision", models.CharField(blank=True, help_text="What the decider said", max_length=500)),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="revisions", to="articles.article"
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "postmortem",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="article_revisions",
                        to="postmortems.postmortem",
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        blank=True,
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
                "ordering": ("-number", "-id"),
            },
        ),
        migrations.AddField(
            model_name="article",
            name="current",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="articles.articlerevision",
            ),
        ),
        migrations.AddConstraint(
            model_name="articlerevision",
            constraint=models.UniqueConstraint(fields=("article", "number"), name="article_revision_number"),
        ),
        migrations.AddConstraint(
            model_name="articlerevision",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "proposed")), fields=("article",), name="article_one_waits"
            ),
        ),
        migrations.AddConstraint(
            model_name="articlerevision",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "current")), fields=("article",), name="article_one_published"
            ),
        ),
        migrations.AddConstraint(
            model_name="articlerevision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reason", ""), _negated=True),
                    models.Q(("summary", ""), _negated=True),
                    models.Q(("text", ""), _negated=True),
                ),
                name="article_revision_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="articlerevision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at__isnull", True), ("state", "proposed")),
                    models.Q(models.Q(("state", "proposed"), _negated=True), ("decided_at__isnull", False)),
                    _connector="OR",
                ),
                name="article_decided_has_its_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="articlerevision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["current", "superseded"]), _negated=True),
                    ("proposed_by__isnull", True),
                    ("decided_by__isnull", True),
                    models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                    _connector="OR",
                ),
                name="article_approved_by_another",
            ),
        ),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(models.F("unit"), models.F("title"), name="article_of_unit"),
        ),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(models.F("failure_mode"), name="article_of_failure_mode"),
        ),
        migrations.AddConstraint(
            model_name="article",
            constraint=models.UniqueConstraint(fields=("unit", "number"), name="article_number"),
        ),
        migrations.AddConstraint(
            model_name="article",
            constraint=models.UniqueConstraint(fields=("id", "unit", "shared"), name="article_scope"),
        ),
        migrations.AddConstraint(
            model_name="article",
            constraint=models.UniqueConstraint(
                models.F("unit"),
                django.db.models.functions.text.Lower("title"),
                condition=models.Q(("retired_at__isnull", True)),
                name="article_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="article",
            constraint=models.CheckConstraint(
                condition=models.Q(("title", ""), _negated=True), name="article_has_a_title"
            ),
        ),
        migrations.AddConstraint(
            model_name="article",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("current__isnull", True),
                    models.Q(("check_due_at__isnull", False), ("checked_at__isnull", False)),
                    _connector="OR",
                ),
                name="article_published_is_checked",
            ),
        ),
        migrations.AddConstraint(
            model_name="article",
            constraint=models.CheckConstraint(
                condition=models.Q(("shared", False), ("current__isnull", False), _connector="OR"),
                name="article_shared_is_published",
            ),
        ),
        migrations.AddConstraint(
            model_name="article",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("retired_at__isnull", True), models.Q(("retired_because", ""), _negated=True), _connector="OR"
                ),
                name="article_retired_says_why",
            ),
        ),
    ]
