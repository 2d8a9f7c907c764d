from importlib import import_module

from django.db import migrations

# Whoever approves disclosures for legal and for compliance; and who gives every role may give these.
load = import_module("tenants.migrations.0005_roles_and_keys_security").load


class Migration(migrations.Migration):
    dependencies = [("tenants", "0015_ways_in")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
