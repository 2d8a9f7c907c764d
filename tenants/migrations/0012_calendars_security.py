from django.db import migrations

from hub.lib.policies import ANYBODY_ACTIVE, EnableRowSecurity, enterprise, in_units

# When a unit works and what it works under is known to everybody, like its name; whoever administers it says so.
OF_UNITS = ("tenants_unitcalendar", "tenants_workinghours", "tenants_closure", "tenants_unitregulation")
ADMINISTERS = in_units("unit.administer")
KEEPS = (
    f"(region_id IS NULL AND {enterprise('unit.administer')})"
    " OR region_id = ANY((SELECT app.regions('unit.administer'))::bigint[])"
)


class Migration(migrations.Migration):
    dependencies = [("tenants", "0011_calendars")]

    operations = [
        *(
            EnableRowSecurity(table, select=ANYBODY_ACTIVE, insert=ADMINISTERS, update=ADMINISTERS, delete=ADMINISTERS)
            for table in OF_UNITS
        ),
        EnableRowSecurity("tenants_regulationprofile", select=ANYBODY_ACTIVE, insert=KEEPS, update=KEEPS, delete=KEEPS),
    ]
