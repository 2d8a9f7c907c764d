"""What row-level security asks of incidents that are open to a unit's people is said whole by an index.

An index on the unit alone leaves it to each row whether it is restricted, and then all grants of a reader are compared
with each. The index that a foreign key brings is of no use beside this one and that of the newest by unit.
"""

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

# As an array from its beginning: what is aggregated to one is copied once more.
GRANTED = """
CREATE OR REPLACE FUNCTION app.granted() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE
SET search_path = pg_catalog, pg_temp AS $$
  SELECT {} FROM (
    SELECT p.content_object_id AS id FROM public.incidents_incidentpersongrant p
     WHERE p.user_id = {uid} AND (p.valid_until IS NULL OR p.valid_until > statement_timestamp())
    UNION ALL
    SELECT p.content_object_id FROM public.incidents_incidentgroupgrant p
      JOIN public.tenants_person_groups m ON m.group_id = p.group_id
     WHERE m.person_id = {uid} AND (p.valid_until IS NULL OR p.valid_until > statement_timestamp())
  ) g
  WHERE EXISTS (SELECT 1 FROM public.tenants_person u WHERE u.id = {uid} AND u.is_active)
    AND (SELECT app.key()) IS NULL{}
$$;
"""

# Who asks is read once, and not for each row that is compared with it.
ENTERPRISE = """
CREATE OR REPLACE FUNCTION app.enterprise(permission text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (
    SELECT 1
      FROM public.tenants_roleassignment a
      JOIN public.tenants_person p ON p.id = a.person_id AND p.is_active
      JOIN public.tenants_role r ON r.id = a.role_id AND r.permissions @> ARRAY[permission]::varchar[]
     WHERE a.person_id = {uid} AND a.is_enterprise
       AND a.valid_from <= statement_timestamp()
       AND (a.valid_until IS NULL OR a.valid_until > statement_timestamp()))
     AND {} app.key_opens(permission, NULL){}
$$;
"""


def _as_guard(statements: str) -> str:
    return f"BEGIN; SET LOCAL ROLE hub_guard; {statements} COMMIT;"


FUNCTIONS = GRANTED.format("ARRAY(SELECT g.id", ")", uid="(SELECT app.uid())") + ENTERPRISE.format(
    "((SELECT app.key()) IS NULL OR", ")", uid="(SELECT app.uid())"
)
FUNCTIONS_BACK = GRANTED.format("coalesce(array_agg(g.id), '{}')", "", uid="app.uid()") + ENTERPRISE.format(
    "", "", uid="app.uid()"
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("incidents", "0024_severity_held"), ("tenants", "0017_review_signers")]

    operations = [
        AddIndexConcurrently(
            model_name="incident",
            index=models.Index(fields=["unit"], name="incident_of_unit", condition=models.Q(restricted=False)),
        ),
        migrations.AlterField(
            model_name="incident",
            name="unit",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="incidents",
                to="tenants.businessunit",
            ),
        ),
        migrations.RunSQL(_as_guard(FUNCTIONS), _as_guard(FUNCTIONS_BACK)),
    ]
