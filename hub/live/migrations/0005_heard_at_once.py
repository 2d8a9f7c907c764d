from django.db import migrations

# Whoever holds a socket open must hear of a changed right at once, whoever changes it and however: by the table itself.
TELLING = {
    "tenants_accesstoken": "UPDATE OF revoked_at, expires_at OR DELETE",
    "tenants_person": "UPDATE OF is_active OR DELETE",
    "tenants_role": "UPDATE OF permissions",
    "tenants_roleassignment": "INSERT OR UPDATE OR DELETE",
    "tenants_person_groups": "INSERT OR UPDATE OR DELETE",
    "incidents_incidentpersongrant": "INSERT OR UPDATE OR DELETE",
    "incidents_incidentgroupgrant": "INSERT OR UPDATE OR DELETE",
    "django_session": "DELETE",
}

TELL = """
SET LOCAL ROLE hub_guard;
CREATE FUNCTION app.tell_rights() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM pg_notify('hub_rights', '');
  RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION app.tell_rights() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.tell_rights() TO hub_owner;
RESET ROLE;
"""

TELL_BACK = "SET LOCAL ROLE hub_guard; DROP FUNCTION app.tell_rights(); RESET ROLE;"


def trigger(table: str, when: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER tell_rights AFTER {when} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION app.tell_rights()",
        f"DROP TRIGGER tell_rights ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("live", "0004_incidents_before_events"),
        ("tenants", "0003_built_in_roles"),
        ("incidents", "0002_row_security"),
        ("sessions", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(TELL, TELL_BACK),
        *(trigger(table, when) for table, when in TELLING.items()),
    ]
