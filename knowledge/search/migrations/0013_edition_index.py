"""What is of another edition is found without reading the documents, while others write to them."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("search", "0012_edition"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="document",
            index=models.Index(
                fields=["edition"], name="document_edition", condition=models.Q(("shelf__isnull", False))
            ),
        ),
    ]
