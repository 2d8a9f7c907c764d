"""Services stay, since incidents and alerts name them: said by the database too, and not by the administration alone."""

from django.db import migrations

STAYING = "REVOKE DELETE, TRUNCATE ON catalog_service FROM hub_app, hub_worker"
STAYING_BACK = "GRANT DELETE, TRUNCATE ON catalog_service TO hub_app, hub_worker"


class Migration(migrations.Migration):
    dependencies = [("catalog", "0005_recovery_and_sensitivity")]

    operations = [migrations.RunSQL(STAYING, STAYING_BACK)]
