"""The roles that every hub has. Run again by later migrations when a built-in role gains a permission."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from tenants.permissions import BUILT_IN_ROLES


def load(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    role_model = apps.get_model("tenants", "Role")
    for role in BUILT_IN_ROLES:
        role_model.objects.using(schema_editor.connection.alias).update_or_create(
            key=role.key,
            unit=None,
            defaults={
                "name": role.name,
                "description": role.description,
                "permissions": sorted(permission.value for permission in role.permissions),
            },
        )


class Migration(migrations.Migration):
    dependencies = [("tenants", "0002_row_security")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
