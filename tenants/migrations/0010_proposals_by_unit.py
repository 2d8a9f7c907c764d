"""What a unit proposes stands in no other unit's way: a refusal would tell that there is such a proposal."""

from django.db import migrations, models

from hub.lib.operations import AdditionsTogether


class Migration(AdditionsTogether):
    dependencies = [
        ("tenants", "0009_local_customization"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="termproposal",
            name="one_open_proposal_a_term",
        ),
        migrations.AddConstraint(
            model_name="termproposal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["waiting", "approved"])),
                fields=("kind", "key", "unit"),
                name="one_open_proposal_a_unit",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="termproposal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "approved")), fields=("kind", "key"), name="one_approved_proposal_a_term"
            ),
        ),
    ]
