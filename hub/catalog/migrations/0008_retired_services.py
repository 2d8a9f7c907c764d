"""Services can be retired, with another in their place."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

from hub.lib.operations import AdditionsTogether


class Migration(AdditionsTogether):
    dependencies = [("catalog", "0007_service_domain")]

    operations = [
        migrations.AddField(
            model_name="service",
            name="retired_at",
            field=models.DateTimeField(
                blank=True, help_text="Since when it takes no new incidents; what was stays", null=True
            ),
        ),
        migrations.AddField(
            model_name="service",
            name="successor",
            field=models.ForeignKey(
                blank=True,
                help_text="Of a retired one: what alerts that name it are about from then on",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="replaces",
                to="catalog.service",
            ),
        ),
        migrations.AddConstraint(
            model_name="service",
            constraint=models.CheckConstraint(
                condition=Q(successor=None) | Q(retired_at__isnull=False), name="service_is_replaced_once_retired"
            ),
        ),
        migrations.AddConstraint(
            model_name="service",
            constraint=models.CheckConstraint(
                condition=Q(successor=None) | ~Q(successor=F("id")), name="service_is_replaced_by_another"
            ),
        ),
    ]
