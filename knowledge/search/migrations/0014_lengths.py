"""How long documents are is read from an index alone, also for those that have a word: not from the documents."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("search", "0013_edition_index"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="document",
            index=models.Index(
                fields=["shelf"],
                include=["id", "length"],
                name="document_lengths",
                condition=models.Q(("shelf__isnull", False)),
            ),
        ),
        RemoveIndexConcurrently(model_name="document", name="document_length"),
    ]
