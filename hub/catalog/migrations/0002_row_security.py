from django.db import migrations

from hub.lib.policies import ANYBODY_ACTIVE, EnableRowSecurity, in_units


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial"), ("tenants", "0002_row_security")]

    operations = [
        EnableRowSecurity(
            table,
            select=ANYBODY_ACTIVE,
            insert=in_units("catalog.write"),
            update=in_units("catalog.write"),
            delete=in_units("catalog.write"),
        )
        for table in ("catalog_service", "catalog_dependency")
    ]
