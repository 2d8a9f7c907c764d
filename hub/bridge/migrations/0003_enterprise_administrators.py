"""Whoever administers the whole enterprise sets its rules for suspected breaches, as a unit's administrator sets its."""

from django.db import migrations

from hub.lib.policies import enterprise, in_units

UNITS = f"(unit_id IS NOT NULL AND {in_units('source.administer')})"
BEFORE = f"{UNITS} OR (unit_id IS NULL AND {enterprise('security.respond')})"
NOW = f"{UNITS} OR (unit_id IS NULL AND ({enterprise('security.respond')} OR {enterprise('source.administer')}))"


def written_by(who: str) -> str:
    return (
        f"ALTER POLICY hub_insert ON bridge_bridgerule WITH CHECK ({who});"
        f" ALTER POLICY hub_update ON bridge_bridgerule USING ({who}) WITH CHECK ({who});"
        f" ALTER POLICY hub_delete ON bridge_bridgerule USING ({who})"
    )


class Migration(migrations.Migration):
    dependencies = [("bridge", "0002_row_security")]

    operations = [
        migrations.RunSQL(written_by(NOW), written_by(BEFORE)),
        migrations.AlterModelOptions(
            name="bridgerule",
            options={
                "ordering": ("unit", "position"),
                "verbose_name": "rule for suspected breaches",
                "verbose_name_plural": "rules for suspected breaches",
            },
        ),
    ]
