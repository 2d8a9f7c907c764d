"""The list of runs is read from an index, and not sorted from all of them."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("escalation", "0005_for_admitted")]

    operations = [
        AddIndexConcurrently(
            model_name="run",
            index=models.Index(fields=["began_at", "id"], name="escalation_oldest"),
        ),
    ]
