"""The lists of reviews and of action items are read from an index, and not sorted from all of them."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import F


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("postmortems", "0017_tests_and_changes")]

    operations = [
        AddIndexConcurrently(
            model_name="postmortem",
            index=models.Index(F("opened_at").desc(), F("id").desc(), name="postmortem_opened"),
        ),
        AddIndexConcurrently(
            model_name="actionitem",
            index=models.Index(fields=["due_on", "id"], name="action_due"),
        ),
    ]
