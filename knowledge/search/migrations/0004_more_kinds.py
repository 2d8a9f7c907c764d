from typing import Any

from django.db import migrations, models
from django.db.models import Q

from hub.lib.operations import AdditionsTogether

KINDS = [("postmortem", "Post-mortem"), ("runbook", "Runbook"), ("problem", "Known error")]


def _piece(to: str) -> Any:
    return models.OneToOneField(to=to, on_delete=models.CASCADE, null=True, related_name="+")


class Migration(AdditionsTogether):
    dependencies = [
        ("search", "0003_meaning"),
        ("runbooks", "0002_row_security"),
        ("problems", "0002_row_security"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="document", name="document_is_of_its_kind"),
        migrations.AlterField(model_name="document", name="kind", field=models.CharField(choices=KINDS, max_length=12)),
        migrations.AddField(model_name="document", name="runbook", field=_piece("runbooks.runbook")),
        migrations.AddField(model_name="document", name="problem", field=_piece("problems.problem")),
        migrations.AddField(
            model_name="document",
            name="failure_mode",
            field=models.BigIntegerField(help_text="Likewise", null=True),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.CheckConstraint(
                name="document_is_of_one_kind",
                condition=Q(kind="postmortem", postmortem__isnull=False, runbook=None, problem=None)
                | Q(kind="runbook", runbook__isnull=False, postmortem=None, problem=None)
                | Q(kind="problem", problem__isnull=False, postmortem=None, runbook=None),
            ),
        ),
    ]
