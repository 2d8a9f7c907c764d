from django.db import migrations, models

KINDS = [
    ("person", "A person"),
    ("primary", "Whoever is on call as primary"),
    ("secondary", "Whoever is on call as secondary"),
    ("next", "Whoever comes on call next"),
    ("team", "Everybody with a place in a schedule"),
    ("on_it", "The incident's commander and responders"),
    ("role", "Everybody with a role in a unit"),
    ("leadership", "Whoever leads a unit"),
    ("unit", "Another unit, as its own policy begins"),
    ("coordinators", "The enterprise's coordinators"),
    ("admitted", "Those admitted to a restricted incident"),
]


class Migration(migrations.Migration):
    dependencies = [("escalation", "0004_commanded_by")]

    operations = [
        migrations.AddField(
            model_name="run",
            name="for_admitted",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="It pages those admitted to a restricted incident, by no policy",
            ),
        ),
        # Words alone: neither changes a column.
        migrations.AlterField(
            model_name="steptarget", name="kind", field=models.CharField(choices=KINDS, max_length=12)
        ),
        migrations.AlterField(
            model_name="page",
            name="kind",
            field=models.CharField(choices=KINDS, help_text="As what", max_length=12),
        ),
    ]
