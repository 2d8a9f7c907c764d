"""Lists by the latest change and by the resolution are read from an index, and not sorted from all incidents."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("incidents", "0028_sees_some")]

    operations = [
        AddIndexConcurrently(
            model_name="incident",
            index=models.Index(fields=["updated_at", "id"], name="incident_updated"),
        ),
        AddIndexConcurrently(
            model_name="incident",
            index=models.Index(fields=["resolved_at", "id"], name="incident_resolved"),
        ),
    ]
