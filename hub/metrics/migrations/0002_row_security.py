from django.db import migrations

from hub.lib.policies import EnableRowSecurity, enterprise

KEPT = "REVOKE UPDATE, DELETE, TRUNCATE ON metrics_quarterrelease FROM hub_app, hub_worker"


class Migration(migrations.Migration):
    dependencies = [("metrics", "0001_initial"), ("tenants", "0002_row_security")]

    operations = [
        EnableRowSecurity("metrics_quarterrelease", select=enterprise("metrics.view")),
        migrations.RunSQL(KEPT, migrations.RunSQL.noop),
    ]
