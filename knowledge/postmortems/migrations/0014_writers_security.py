from importlib import import_module

from django.db import migrations

from hub.lib.policies import EnableRowSecurity, in_incident

TABLE = "postmortems_writer"
scope_keys = import_module("knowledge.postmortems.migrations.0012_meetings_security").scope_keys

# Who writes is known to who reads the drafts; people say it of themselves.
READ = in_incident("knowledge.view")
OWN = f"({READ} AND person_id = (SELECT app.uid()))"
WRITES = f"({in_incident('knowledge.write')} AND person_id = (SELECT app.uid()))"


class Migration(migrations.Migration):
    dependencies = [("postmortems", "0013_writers")]

    operations = [
        migrations.RunSQL(*scope_keys(TABLE)),
        EnableRowSecurity(TABLE, select=READ, insert=WRITES, update=WRITES, delete=OWN),
    ]
