"""Layers, and what changes a schedule for a time. Rotations still stand at their schedules until the next migration."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from hub.lib.operations import AdditionsTogether


class Migration(AdditionsTogether):
    dependencies = [
        ("oncall", "0002_row_security"),
        ("tenants", "0003_built_in_roles"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CalendarLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.BinaryField(max_length=32, unique=True)),
                (
                    "hint",
                    models.CharField(help_text="The secret's first characters, to tell links apart", max_length=8),
                ),
                ("created_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ("-created_at", "-id"),
            },
        ),
        migrations.CreateModel(
            name="CalendarSource",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "address",
                    models.CharField(blank=True, help_text="Empty for a file that was given once", max_length=2000),
                ),
                (
                    "read_at",
                    models.DateTimeField(blank=True, help_text="When it was last read with success", null=True),
                ),
                (
                    "problem",
                    models.CharField(
                        blank=True, help_text="Why the last reading failed; empty if it did not", max_length=300
                    ),
                ),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "ordering": ("layer",),
            },
        ),
        migrations.CreateModel(
            name="Expertise",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.SlugField(help_text="What it is: postgresql, card-schemes", max_length=60)),
                ("valid_until", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name_plural": "expertise",
                "ordering": ("unit", "key", "person"),
            },
        ),
        migrations.CreateModel(
            name="FixedShift",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
            ],
            options={
                "ordering": ("layer", "starts_at", "id"),
            },
        ),
        migrations.CreateModel(
            name="Layer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100)),
                (
                    "duty",
                    models.CharField(
                        choices=[("primary", "Primary"), ("secondary", "Secondary")], default="primary", max_length=10
                    ),
                ),
                ("priority", models.PositiveSmallIntegerField(default=0, help_text="The highest decides")),
            ],
            options={
                "ordering": ("schedule", "duty", "-priority", "id"),
            },
        ),
        migrations.CreateModel(
            name="Leave",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "verbose_name_plural": "leave",
                "ordering": ("starts_at", "id"),
            },
        ),
        migrations.CreateModel(
            name="PlannedGap",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("reason", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "ordering": ("starts_at", "id"),
            },
        ),
        migrations.CreateModel(
            name="Swap",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "duty",
                    models.CharField(
                        choices=[("primary", "Primary"), ("secondary", "Secondary")], default="primary", max_length=10
                    ),
                ),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("return_starts_at", models.DateTimeField(null=True)),
                ("return_ends_at", models.DateTimeField(null=True)),
                ("note", models.CharField(blank=True, max_length=300)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("offered", "Waits for an answer"),
                            ("accepted", "Accepted"),
                            ("refused", "Refused"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="offered",
                        max_length=10,
                    ),
                ),
                ("offered_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ("starts_at", "id"),
            },
        ),
        migrations.AlterModelOptions(
            name="rotationmember",
            options={"ordering": ("rotation", "position", "id")},
        ),
        migrations.RemoveConstraint(
            model_name="rotation",
            name="rotation_turn_is_a_week_or_more",
        ),
        migrations.RemoveConstraint(
            model_name="rotationmember",
            name="rotation_place_once",
        ),
        migrations.AlterField(
            model_name="rotation",
            name="schedule",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="rotation", to="oncall.schedule"
            ),
        ),
        migrations.RenameField(
            model_name="rotation",
            old_name="weeks",
            new_name="length",
        ),
        migrations.AddField(
            model_name="override",
            name="duty",
            field=models.CharField(
                choices=[("primary", "Primary"), ("secondary", "Secondary")], default="primary", max_length=10
            ),
        ),
        migrations.AddField(
            model_name="override",
            name="replaces",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="rotation",
            name="created_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="rotation",
            name="created_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="rotation",
            name="effective_from",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="rotation",
            name="hand_over_days",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.PositiveSmallIntegerField(),
                blank=True,
                default=list,
                help_text="For weeks: further days of the week to hand over on, 1 for Monday; empty for the first one's alone",
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="rotation",
            name="hours",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="When somebody is on: pairs of minutes from Monday 00:00; empty for always",
            ),
        ),
        migrations.AlterField(
            model_name="rotation",
            name="length",
            field=models.PositiveSmallIntegerField(default=1, help_text="Periods a turn"),
        ),
        migrations.AddField(
            model_name="rotation",
            name="period",
            field=models.CharField(
                choices=[("hours", "Hours"), ("days", "Days"), ("weeks", "Weeks")], default="weeks", max_length=5
            ),
        ),
        migrations.AddField(
            model_name="rotation",
            name="time_zone",
            field=models.CharField(
                default="", help_text="IANA name; hand-overs happen at this zone's local time", max_length=64
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="schedule",
            name="expertise",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.SlugField(max_length=60),
                blank=True,
                default=list,
                help_text="What everybody on must be able to do: keys of expertise",
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="schedule",
            name="hours",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="When somebody has to be on: pairs of minutes from Monday 00:00; empty for always",
            ),
        ),
        migrations.AddField(
            model_name="schedule",
            name="needs_secondary",
            field=models.BooleanField(default=False, help_text="Whether a shift without a secondary is a gap"),
        ),
        migrations.AddField(
            model_name="schedule",
            name="when_nobody",
            field=models.CharField(
                choices=[("fall_through", "Go on to whoever is asked next"), ("defer", "Wait for who comes on next")],
                default="fall_through",
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="rotation",
            name="starts_on",
            field=models.DateField(help_text="The local date of the first hand-over"),
        ),
        migrations.AlterField(
            model_name="schedule",
            name="time_zone",
            field=models.CharField(help_text="IANA name; the zone of its hours, and of new layers", max_length=64),
        ),
        migrations.AddConstraint(
            model_name="rotationmember",
            constraint=models.UniqueConstraint(
                fields=("rotation", "position", "person"), name="rotation_place_once_a_person"
            ),
        ),
        migrations.AddField(
            model_name="calendarlink",
            name="owner",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="calendar_links", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="calendarlink",
            name="schedule",
            field=models.ForeignKey(
                help_text="None: the owner's own shifts",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="calendar_links",
                to="oncall.schedule",
            ),
        ),
        migrations.AddField(
            model_name="calendarsource",
            name="created_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="calendarsource",
            name="unit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tenants.businessunit"
            ),
        ),
        migrations.AddField(
            model_name="expertise",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="expertise", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="expertise",
            name="unit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tenants.businessunit"
            ),
        ),
        migrations.AddField(
            model_name="fixedshift",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="fixed_shifts", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="fixedshift",
            name="source",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="shifts",
                to="oncall.calendarsource",
            ),
        ),
        migrations.AddField(
            model_name="fixedshift",
            name="unit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tenants.businessunit"
            ),
        ),
        migrations.AddField(
            model_name="layer",
            name="schedule",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="layers", to="oncall.schedule"
            ),
        ),
        migrations.AddField(
            model_name="layer",
            name="unit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tenants.businessunit"
            ),
        ),
        migrations.AddField(
            model_name="fixedshift",
            name="layer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="fixed_shifts", to="oncall.layer"
            ),
        ),
        migrations.AddField(
            model_name="calendarsource",
            name="layer",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="calendar_source", to="oncall.layer"
            ),
        ),
        migrations.AddField(
            model_name="rotation",
            name="layer",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="rotations", to="oncall.layer"
            ),
        ),
        migrations.AddConstraint(
            model_name="rotation",
            constraint=models.CheckConstraint(
                condition=models.Q(("length__gte", 1)), name="rotation_turn_has_a_length"
            ),
        ),
        migrations.AddField(
            model_name="leave",
            name="created_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="leave",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="leave", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="plannedgap",
            name="created_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="plannedgap",
            name="schedule",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="planned_gaps", to="oncall.schedule"
            ),
        ),
        migrations.AddField(
            model_name="plannedgap",
            name="unit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tenants.businessunit"
            ),
        ),
        migrations.AddField(
            model_name="swap",
            name="answered_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="swap",
            name="offered_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="swaps_offered", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="swap",
            name="offered_to",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="swaps_received",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="swap",
            name="schedule",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="swaps", to="oncall.schedule"
            ),
        ),
        migrations.AddField(
            model_name="swap",
            name="unit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tenants.businessunit"
            ),
        ),
        migrations.AddField(
            model_name="override",
            name="swap",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="overrides",
                to="oncall.swap",
            ),
        ),
        migrations.AddConstraint(
            model_name="calendarlink",
            constraint=models.UniqueConstraint(
                condition=models.Q(("revoked_at__isnull", True)),
                fields=("owner", "schedule"),
                name="calendar_link_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="expertise",
            constraint=models.UniqueConstraint(fields=("person", "unit", "key"), name="expertise_once_a_unit"),
        ),
        migrations.AddConstraint(
            model_name="layer",
            constraint=models.UniqueConstraint(
                fields=("schedule", "duty", "priority"), name="layer_priority_once_a_duty"
            ),
        ),
        migrations.AddIndex(
            model_name="fixedshift",
            index=models.Index(fields=["layer", "starts_at", "ends_at"], name="fixed_shift_when"),
        ),
        migrations.AddConstraint(
            model_name="fixedshift",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="fixed_shift_ends_after_it_starts"
            ),
        ),
        migrations.AddIndex(
            model_name="leave",
            index=models.Index(fields=["person", "starts_at", "ends_at"], name="leave_when"),
        ),
        migrations.AddConstraint(
            model_name="leave",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="leave_ends_after_it_starts"
            ),
        ),
        migrations.AddIndex(
            model_name="plannedgap",
            index=models.Index(fields=["schedule", "starts_at", "ends_at"], name="planned_gap_when"),
        ),
        migrations.AddConstraint(
            model_name="plannedgap",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="planned_gap_ends_after_it_starts"
            ),
        ),
        migrations.AddConstraint(
            model_name="swap",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="swap_ends_after_it_starts"
            ),
        ),
        migrations.AddConstraint(
            model_name="swap",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("return_ends_at", None), ("return_starts_at", None)),
                    ("return_ends_at__gt", models.F("return_starts_at")),
                    _connector="OR",
                ),
                name="swap_return_ends_after_it_starts",
            ),
        ),
        migrations.AddConstraint(
            model_name="swap",
            constraint=models.CheckConstraint(
                condition=models.Q(("offered_by", models.F("offered_to")), _negated=True),
                name="swap_with_somebody_else",
            ),
        ),
        migrations.AddConstraint(
            model_name="swap",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "offered")),
                fields=("schedule", "duty", "offered_by", "starts_at", "ends_at"),
                name="swap_offered_once",
            ),
        ),
    ]
