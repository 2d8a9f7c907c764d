from django.db import migrations

from hub.lib.policies import EnableRowSecurity, in_units

TABLES = ("oncall_schedule", "oncall_rotation", "oncall_rotationmember", "oncall_override")


class Migration(migrations.Migration):
    dependencies = [("oncall", "0001_initial"), ("tenants", "0002_row_security")]

    operations = [
        EnableRowSecurity(
            table,
            select=in_units("oncall.view"),
            insert=in_units("oncall.write"),
            update=in_units("oncall.write"),
            delete=in_units("oncall.write"),
        )
        for table in TABLES
    ]
