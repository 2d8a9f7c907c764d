"""A token can be bound to GraphQL documents: then it opens the API for these, and nothing else of the hub."""

import django.contrib.postgres.fields
from django.db import migrations, models

from hub.lib.operations import AdditionsTogether

FUNCTION = """
SET LOCAL ROLE hub_guard;
DROP FUNCTION app.opened_by(bytea);
CREATE FUNCTION app.opened_by(token_digest bytea)
RETURNS TABLE (person_id bigint, key_id bigint{columns})
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT t.person_id, CASE WHEN t.permissions IS NOT NULL OR t.unit_ids IS NOT NULL THEN t.id END{values}
    FROM public.tenants_accesstoken t
    JOIN public.tenants_person p ON p.id = t.person_id AND p.is_active
   WHERE t.digest = token_digest AND t.revoked_at IS NULL AND t.expires_at > statement_timestamp()
$$;
REVOKE EXECUTE ON FUNCTION app.opened_by(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.opened_by(bytea) TO hub_app, hub_worker, hub_seed, hub_owner;
RESET ROLE;
"""

TRIGGER = """
CREATE OR REPLACE FUNCTION tenants_accesstoken_only_narrows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.person_id, NEW.digest, NEW.unit_id, NEW.permissions, NEW.unit_ids, NEW.created_at{new})
     IS DISTINCT FROM (OLD.person_id, OLD.digest, OLD.unit_id, OLD.permissions, OLD.unit_ids, OLD.created_at{old})
     OR NEW.expires_at > OLD.expires_at
     OR (OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at) THEN
    RAISE EXCEPTION 'a token is never widened, prolonged or brought back' USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END $$;
"""


class Migration(AdditionsTogether):
    dependencies = [("tenants", "0007_taxonomy_rules")]

    operations = [
        migrations.AddField(
            model_name="accesstoken",
            name="documents",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=64),
                help_text="Only for these GraphQL documents, by their SHA-256, and no pages; null: for anything",
                null=True,
                size=None,
            ),
        ),
        migrations.AddConstraint(
            model_name="accesstoken",
            constraint=models.CheckConstraint(
                condition=models.Q(("documents", []), _negated=True), name="token_is_bound_to_something"
            ),
        ),
        migrations.RunSQL(
            FUNCTION.format(columns=", documents varchar[]", values=", t.documents"),
            FUNCTION.format(columns="", values=""),
        ),
        migrations.RunSQL(TRIGGER.format(new=", NEW.documents", old=", OLD.documents"), TRIGGER.format(new="", old="")),
    ]
