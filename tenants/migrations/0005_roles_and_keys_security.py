"""Nobody gives what they do not hold, and a key opens no more than its scope: both as the database sees it."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from hub.lib.policies import enterprise, in_units
from tenants.permissions import BUILT_IN_ROLES

FUNCTIONS = r"""
SET LOCAL ROLE hub_guard;

-- The access token that the person came with, where it is narrower than its account; NULL otherwise.
CREATE FUNCTION app.key() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp AS $$ SELECT nullif(current_setting('app.key', true), '')::bigint $$;

-- Whether the key opens this permission in the unit with this lineage; NULL asks for the whole enterprise.
CREATE FUNCTION app.key_opens(permission text, lineage bigint[]) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT app.key() IS NULL OR EXISTS (
    SELECT 1 FROM public.tenants_accesstoken t
     WHERE t.id = app.key() AND t.person_id = app.uid()
       AND t.revoked_at IS NULL AND t.expires_at > statement_timestamp()
       AND (t.permissions IS NULL OR t.permissions @> ARRAY[permission]::varchar[])
       AND (t.unit_ids IS NULL OR coalesce(t.unit_ids && lineage, false)))
$$;

CREATE OR REPLACE FUNCTION app.units(permission text) RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE
SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(array_agg(DISTINCT b.id), '{}')
    FROM public.tenants_roleassignment a
    JOIN public.tenants_person p ON p.id = a.person_id AND p.is_active
    JOIN public.tenants_role r ON r.id = a.role_id AND r.permissions @> ARRAY[permission]::varchar[]
    JOIN public.tenants_businessunit b
      ON a.is_enterprise
      OR a.unit_id = ANY (b.lineage)
      OR EXISTS (SELECT 1 FROM public.tenants_unitregion u WHERE u.unit_id = b.id AND u.region_id = a.region_id)
   WHERE a.person_id = app.uid()
     AND a.valid_from <= statement_timestamp()
     AND (a.valid_until IS NULL OR a.valid_until > statement_timestamp())
     AND ((SELECT app.key()) IS NULL OR app.key_opens(permission, b.lineage))
$$;

CREATE OR REPLACE FUNCTION app.enterprise(permission text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (
    SELECT 1
      FROM public.tenants_roleassignment a
      JOIN public.tenants_person p ON p.id = a.person_id AND p.is_active
      JOIN public.tenants_role r ON r.id = a.role_id AND r.permissions @> ARRAY[permission]::varchar[]
     WHERE a.person_id = app.uid() AND a.is_enterprise
       AND a.valid_from <= statement_timestamp()
       AND (a.valid_until IS NULL OR a.valid_until > statement_timestamp()))
     AND app.key_opens(permission, NULL)
$$;

-- The regions in all of whose units, also those to come, the person holds the permission.
CREATE FUNCTION app.regions(permission text) RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE
SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(array_agg(DISTINCT g.id), '{}')
    FROM public.tenants_roleassignment a
    JOIN public.tenants_person p ON p.id = a.person_id AND p.is_active
    JOIN public.tenants_role r ON r.id = a.role_id AND r.permissions @> ARRAY[permission]::varchar[]
    JOIN public.tenants_region g ON a.is_enterprise OR a.region_id = g.id
   WHERE a.person_id = app.uid()
     AND a.valid_from <= statement_timestamp()
     AND (a.valid_until IS NULL OR a.valid_until > statement_timestamp())
     AND app.key_opens(permission, NULL)
$$;

-- What the person may give others in a unit, in a region, or, with neither, in the whole enterprise: what they hold
-- there, and what their roles there let them give. Empty for whoever does not administer people there.
CREATE FUNCTION app.ceiling(of_unit bigint, of_region bigint) RETURNS varchar[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
  WITH place AS (
    SELECT (SELECT b.lineage FROM public.tenants_businessunit b WHERE b.id = of_unit) AS lineage
  ), held AS (
    SELECT r.permissions, r.grants
      FROM place, public.tenants_roleassignment a
      JOIN public.tenants_person p ON p.id = a.person_id AND p.is_active
      JOIN public.tenants_role r ON r.id = a.role_id
     WHERE a.person_id = app.uid()
       AND a.valid_from <= statement_timestamp()
       AND (a.valid_until IS NULL OR a.valid_until > statement_timestamp())
       AND (a.is_enterprise
            OR a.unit_id = ANY (place.lineage)
            OR a.region_id = of_region
            OR EXISTS (SELECT 1 FROM public.tenants_unitregion u
                        WHERE u.unit_id = of_unit AND u.region_id = a.region_id))
  )
  SELECT coalesce(array_agg(DISTINCT given.permission) FILTER (WHERE app.key_opens(given.permission, place.lineage)), '{}')
    FROM place, held, unnest(held.permissions || held.grants) AS given(permission)
   WHERE EXISTS (SELECT 1 FROM held WHERE held.permissions @> ARRAY['people.administer']::varchar[])
     AND app.key_opens('people.administer', place.lineage)
$$;

-- Whether the person may give somebody this role there, or take it away. Nobody gives themselves a role, and a
-- service account holds roles in its own unit and below it alone.
CREATE FUNCTION app.may_give(given_role bigint, to_person bigint, in_unit bigint, in_region bigint)
RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT to_person <> app.uid()
     AND EXISTS (SELECT 1 FROM public.tenants_role r
                  WHERE r.id = given_role AND r.permissions <@ app.ceiling(in_unit, in_region)
                    AND r.grants <@ app.ceiling(in_unit, in_region))
     AND NOT EXISTS (SELECT 1 FROM public.tenants_person p
                      WHERE p.id = to_person AND p.unit_id IS NOT NULL
                        AND NOT EXISTS (SELECT 1 FROM public.tenants_businessunit b
                                         WHERE b.id = in_unit AND p.unit_id = ANY (b.lineage)))
$$;

-- Whose a token is, by its digest; and which key the session shall be held to, if it is narrower than its account.
CREATE FUNCTION app.opened_by(token_digest bytea) RETURNS TABLE (person_id bigint, key_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT t.person_id, CASE WHEN t.permissions IS NOT NULL OR t.unit_ids IS NOT NULL THEN t.id END
    FROM public.tenants_accesstoken t
    JOIN public.tenants_person p ON p.id = t.person_id AND p.is_active
   WHERE t.digest = token_digest AND t.revoked_at IS NULL AND t.expires_at > statement_timestamp()
$$;

DROP FUNCTION app.person_of_token(bytea);

-- A service account, kept by its unit: people who may administer there make it, and it cannot sign in.
CREATE FUNCTION app.make_service_account(for_unit bigint, username text, name text, joined timestamptz)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE account bigint;
BEGIN
  IF current_setting('role') NOT IN ('hub_worker', 'hub_seed') AND NOT for_unit = ANY (app.units('people.administer')) THEN
    RAISE EXCEPTION 'a service account needs people.administer in its unit' USING ERRCODE = '42501';
  END IF;
  INSERT INTO public.tenants_person
    (username, name, password, is_superuser, email, time_zone, language, is_active, is_service, joined_at, unit_id)
  VALUES (username, name, '!', false, '', 'UTC', 'en', true, true, joined, for_unit)
  RETURNING id INTO account;
  RETURN account;
END $$;

REVOKE EXECUTE ON FUNCTION app.key(), app.key_opens(text, bigint[]), app.regions(text), app.ceiling(bigint, bigint),
  app.may_give(bigint, bigint, bigint, bigint), app.opened_by(bytea),
  app.make_service_account(bigint, text, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.key(), app.key_opens(text, bigint[]), app.regions(text), app.ceiling(bigint, bigint),
  app.may_give(bigint, bigint, bigint, bigint), app.opened_by(bytea),
  app.make_service_account(bigint, text, text, timestamptz) TO hub_app, hub_worker, hub_seed, hub_owner;
RESET ROLE;
"""

FUNCTIONS_BACK = r"""
SET LOCAL ROLE hub_guard;
CREATE FUNCTION app.person_of_token(token_digest bytea) RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
  SELECT t.person_id
    FROM public.tenants_accesstoken t
    JOIN public.tenants_person p ON p.id = t.person_id AND p.is_active
   WHERE t.digest = token_digest AND t.revoked_at IS NULL AND t.expires_at > statement_timestamp()
$$;
REVOKE EXECUTE ON FUNCTION app.person_of_token(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.person_of_token(bytea) TO hub_app, hub_worker, hub_seed, hub_owner;
CREATE OR REPLACE FUNCTION app.units(permission text) RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE
SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(array_agg(DISTINCT b.id), '{}')
    FROM public.tenants_roleassignment a
    JOIN public.tenants_person p ON p.id = a.person_id AND p.is_active
    JOIN public.tenants_role r ON r.id = a.role_id AND r.permissions @> ARRAY[permission]::varchar[]
    JOIN public.tenants_businessunit b
      ON a.is_enterprise
      OR a.unit_id = ANY (b.lineage)
      OR EXISTS (SELECT 1 FROM public.tenants_unitregion u WHERE u.unit_id = b.id AND u.region_id = a.region_id)
   WHERE a.person_id = app.uid()
     AND a.valid_from <= statement_timestamp()
     AND (a.valid_until IS NULL OR a.valid_until > statement_timestamp())
$$;
CREATE OR REPLACE FUNCTION app.enterprise(permission text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (
    SELECT 1
      FROM public.tenants_roleassignment a
      JOIN public.tenants_person p ON p.id = a.person_id AND p.is_active
      JOIN public.tenants_role r ON r.id = a.role_id AND r.permissions @> ARRAY[permission]::varchar[]
     WHERE a.person_id = app.uid() AND a.is_enterprise
       AND a.valid_from <= statement_timestamp()
       AND (a.valid_until IS NULL OR a.valid_until > statement_timestamp()))
$$;
DROP FUNCTION app.make_service_account(bigint, text, text, timestamptz), app.opened_by(bytea),
  app.may_give(bigint, bigint, bigint, bigint), app.ceiling(bigint, bigint), app.regions(text),
  app.key_opens(text, bigint[]), app.key();
RESET ROLE;
"""

# Triggers see the row before and after, which a policy does not. People act as hub_app; the system and history that is
# loaded are held to the shape of the rows alone.
TRIGGERS = r"""
CREATE FUNCTION tenants_roleassignment_give() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  subject public.tenants_roleassignment;
BEGIN
  IF TG_OP = 'DELETE' THEN subject := OLD; ELSE subject := NEW; END IF;
  IF TG_OP = 'UPDATE' AND (NEW.person_id, NEW.role_id, NEW.unit_id, NEW.region_id, NEW.is_enterprise)
     IS DISTINCT FROM (OLD.person_id, OLD.role_id, OLD.unit_id, OLD.region_id, OLD.is_enterprise) THEN
    RAISE EXCEPTION 'an assignment keeps its person, role and scope' USING ERRCODE = '23514';
  END IF;
  IF TG_OP = 'INSERT' AND EXISTS (
       SELECT 1 FROM public.tenants_role r WHERE r.id = NEW.role_id AND r.unit_id IS NOT NULL AND NOT EXISTS (
         SELECT 1 FROM public.tenants_businessunit b WHERE b.id = NEW.unit_id AND r.unit_id = ANY (b.lineage))) THEN
    RAISE EXCEPTION 'a unit''s own role is held in that unit and below it' USING ERRCODE = '23514';
  END IF;
  IF current_user = 'hub_app' AND TG_OP = 'DELETE' AND OLD.valid_from <= statement_timestamp() THEN
    RAISE EXCEPTION 'a role that somebody held is ended and not deleted' USING ERRCODE = '23514';
  END IF;
  -- Each question by itself: planning one expression of both asks for a person where there is none.
  IF current_user <> 'hub_app' THEN
    RETURN subject;
  END IF;
  IF app.may_give(subject.role_id, subject.person_id, subject.unit_id, subject.region_id) THEN
    RETURN subject;
  END IF;
  -- Whoever holds a role may lay it down, or shorten it.
  IF OLD.person_id = app.uid() AND (TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND NEW.valid_until IS NOT NULL
       AND NEW.valid_from = OLD.valid_from AND (OLD.valid_until IS NULL OR NEW.valid_until <= OLD.valid_until))) THEN
    RETURN subject;
  END IF;
  RAISE EXCEPTION 'nobody gives, prolongs or takes away what they do not hold' USING ERRCODE = '42501';
END $$;
CREATE TRIGGER give BEFORE INSERT OR UPDATE OR DELETE ON tenants_roleassignment
  FOR EACH ROW EXECUTE FUNCTION tenants_roleassignment_give();

CREATE FUNCTION tenants_role_stay_below() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.unit_id IS DISTINCT FROM OLD.unit_id THEN
    RAISE EXCEPTION 'a role stays with its unit' USING ERRCODE = '23514';
  END IF;
  IF current_user <> 'hub_app' THEN
    RETURN NEW;
  END IF;
  IF (NEW.unit_id IS NULL OR NOT NEW.permissions <@ app.ceiling(NEW.unit_id, NULL)
       OR (TG_OP = 'UPDATE' AND NEW.permissions IS DISTINCT FROM OLD.permissions AND EXISTS (
             SELECT 1 FROM public.tenants_roleassignment a WHERE a.role_id = OLD.id AND a.person_id = app.uid()))) THEN
    RAISE EXCEPTION 'a role never goes beyond what its maker holds, and nobody changes their own'
      USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER stay_below BEFORE INSERT OR UPDATE ON tenants_role
  FOR EACH ROW EXECUTE FUNCTION tenants_role_stay_below();

CREATE FUNCTION tenants_accesstoken_only_narrows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.person_id, NEW.digest, NEW.unit_id, NEW.permissions, NEW.unit_ids, NEW.created_at)
     IS DISTINCT FROM (OLD.person_id, OLD.digest, OLD.unit_id, OLD.permissions, OLD.unit_ids, OLD.created_at)
     OR NEW.expires_at > OLD.expires_at
     OR (OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at) THEN
    RAISE EXCEPTION 'a token is never widened, prolonged or brought back' USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER only_narrows BEFORE UPDATE ON tenants_accesstoken
  FOR EACH ROW EXECUTE FUNCTION tenants_accesstoken_only_narrows();
ALTER TABLE tenants_accesstoken ADD CONSTRAINT tenants_accesstoken_scope_fk
  FOREIGN KEY (person_id, unit_id) REFERENCES tenants_person (id, unit_id);
"""

TRIGGERS_BACK = """
ALTER TABLE tenants_accesstoken DROP CONSTRAINT tenants_accesstoken_scope_fk;
DROP FUNCTION tenants_accesstoken_only_narrows() CASCADE;
DROP FUNCTION tenants_role_stay_below() CASCADE;
DROP FUNCTION tenants_roleassignment_give() CASCADE;
"""

ADMINISTERS = (
    f"({in_units('people.administer')}"
    " OR region_id = ANY((SELECT app.regions('people.administer'))::bigint[])"
    f" OR (is_enterprise AND {enterprise('people.administer')}))"
)
OWN = "person_id = (SELECT app.uid())"
# A person makes their own tokens, but never by a key that is narrower than themselves; the keys of a service account
# are made by those who administer its unit.
OWN_TOKEN = f"{OWN} AND unit_id IS NULL AND (SELECT app.key()) IS NULL"
KEPT_KEY = f"{in_units('people.administer')} AND created_by_id = (SELECT app.uid())"

POLICIES = f"""
ALTER POLICY hub_select ON tenants_roleassignment
  USING ({OWN} OR {in_units("people.view")} OR {enterprise("people.view")}
         OR region_id = ANY((SELECT app.regions('people.view'))::bigint[]));
ALTER POLICY hub_insert ON tenants_roleassignment WITH CHECK ({ADMINISTERS});
ALTER POLICY hub_update ON tenants_roleassignment USING ({ADMINISTERS} OR {OWN}) WITH CHECK ({ADMINISTERS} OR {OWN});
ALTER POLICY hub_delete ON tenants_roleassignment USING ({ADMINISTERS} OR {OWN});
ALTER POLICY hub_select ON tenants_accesstoken USING ({OWN} OR {in_units("people.administer")});
ALTER POLICY hub_insert ON tenants_accesstoken WITH CHECK (({OWN_TOKEN}) OR ({KEPT_KEY}));
ALTER POLICY hub_update ON tenants_accesstoken
  USING ({OWN} OR {in_units("people.administer")}) WITH CHECK ({OWN} OR {in_units("people.administer")});
"""

ONCE_ADMINISTERED = in_units("people.administer")

POLICIES_BACK = f"""
ALTER POLICY hub_select ON tenants_roleassignment
  USING ({OWN} OR {in_units("people.view")} OR {enterprise("people.view")});
ALTER POLICY hub_insert ON tenants_roleassignment WITH CHECK ({ONCE_ADMINISTERED});
ALTER POLICY hub_update ON tenants_roleassignment USING ({ONCE_ADMINISTERED}) WITH CHECK ({ONCE_ADMINISTERED});
ALTER POLICY hub_delete ON tenants_roleassignment USING ({ONCE_ADMINISTERED});
ALTER POLICY hub_select ON tenants_accesstoken USING ({OWN});
ALTER POLICY hub_insert ON tenants_accesstoken WITH CHECK ({OWN});
ALTER POLICY hub_update ON tenants_accesstoken USING ({OWN}) WITH CHECK ({OWN});
"""


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
                "grants": sorted(permission.value for permission in role.grants),
            },
        )


class Migration(migrations.Migration):
    dependencies = [("tenants", "0004_roles_and_keys")]

    operations = [
        migrations.RunPython(load, migrations.RunPython.noop),
        migrations.RunSQL(FUNCTIONS, FUNCTIONS_BACK),
        migrations.RunSQL(TRIGGERS, TRIGGERS_BACK),
        migrations.RunSQL(POLICIES, POLICIES_BACK),
    ]
