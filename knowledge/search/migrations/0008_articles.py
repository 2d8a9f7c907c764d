import django.contrib.postgres.fields
from django.db import migrations, models
from django.db.models import Q

from hub.lib.operations import AdditionsTogether

KINDS = [("postmortem", "Post-mortem"), ("runbook", "Runbook"), ("problem", "Known error"), ("article", "Article")]


class Migration(AdditionsTogether):
    dependencies = [("search", "0007_saved_searches_security"), ("articles", "0002_row_security")]

    operations = [
        migrations.RemoveConstraint(model_name="document", name="document_is_of_one_kind"),
        migrations.AlterField(model_name="document", name="kind", field=models.CharField(choices=KINDS, max_length=12)),
        migrations.AlterField(
            model_name="savedsearch",
            name="kinds",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(choices=KINDS, max_length=12), blank=True, default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="document",
            name="article",
            field=models.OneToOneField(to="articles.article", on_delete=models.CASCADE, null=True, related_name="+"),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.CheckConstraint(
                name="document_is_of_exactly_one_kind",
                condition=Q(kind="postmortem", postmortem__isnull=False, runbook=None, problem=None, article=None)
                | Q(kind="runbook", runbook__isnull=False, postmortem=None, problem=None, article=None)
                | Q(kind="problem", problem__isnull=False, postmortem=None, runbook=None, article=None)
                | Q(kind="article", article__isnull=False, postmortem=None, runbook=None, problem=None),
            ),
        ),
    ]
