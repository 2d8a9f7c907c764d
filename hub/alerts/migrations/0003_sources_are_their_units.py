import django.db.models.deletion
from django.db import migrations, models

from hub.lib.policies import ANYBODY_ACTIVE, in_units

SEEN = f"{in_units('unit.view')} OR {in_units('source.administer')} OR account_id = (SELECT app.uid())"


def seen_by(who: str) -> str:
    return f"ALTER POLICY hub_select ON alerts_alertsource USING ({who})"


class Migration(migrations.Migration):
    dependencies = [("alerts", "0002_row_security")]

    operations = [
        migrations.RunSQL(seen_by(SEEN), seen_by(ANYBODY_ACTIVE)),
        # The column stays NOT NULL. For Django it can be empty, so that joins are outer ones: whoever sees an alert
        # that another unit's source sent sees it without its source.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    "alert",
                    "source",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="alerts",
                        to="alerts.alertsource",
                    ),
                )
            ]
        ),
    ]
