"""What was proposed stays what it was, and whose: afterwards it is decided, and nothing else.

Whoever proposed something may withdraw it, wherever they may propose by then; the policy alone let them make it another
unit's at that.
"""

from django.db import migrations

STAY = """
REVOKE UPDATE ON tenants_termproposal FROM hub_app;
GRANT UPDATE (state, decided_by_id, decided_at, answer, term_id, version_id) ON tenants_termproposal TO hub_app;
"""
BACK = """
REVOKE UPDATE (state, decided_by_id, decided_at, answer, term_id, version_id) ON tenants_termproposal FROM hub_app;
GRANT UPDATE ON tenants_termproposal TO hub_app;
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0020_groups_are_not_the_logins")]

    operations = [migrations.RunSQL(STAY, BACK)]
