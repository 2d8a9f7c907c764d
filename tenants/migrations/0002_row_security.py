"""The helper functions that every policy asks, the privileges of the logins, and this area's own policies."""

from django.db import migrations

from hub.lib.policies import ANYBODY_ACTIVE, EnableRowSecurity, enterprise, in_incident, in_units

PRIVILEGES = """
REVOKE ALL ON django_migrations FROM hub_app, hub_worker;
CREATE SCHEMA app;
GRANT USAGE ON SCHEMA app, public TO hub_app, hub_worker, hub_guard, hub_seed;
GRANT CREATE ON SCHEMA app TO hub_guard;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO hub_app, hub_worker, hub_seed;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO hub_app, hub_worker, hub_seed;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO hub_guard;
REVOKE INSERT, UPDATE, DELETE ON django_content_type, auth_permission FROM hub_app, hub_worker;
ALTER DEFAULT PRIVILEGES IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO hub_app, hub_worker, hub_seed;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO hub_guard;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO hub_app, hub_worker, hub_seed;
"""

FUNCTIONS = r"""
SET LOCAL ROLE hub_guard;

CREATE FUNCTION app.uid() RETURNS bigint LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp AS $$
DECLARE setting text := current_setting('app.uid', true);
BEGIN
  -- Nobody is an error and never an empty answer: a forgotten identity must not look like "no rows".
  IF setting IS NULL OR setting = '' THEN
    RAISE EXCEPTION 'no identity is set for this transaction' USING ERRCODE = '42501';
  END IF;
  RETURN setting::bigint;
END $$;

CREATE FUNCTION app.is_active() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE
SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (SELECT 1 FROM public.tenants_person p WHERE p.id = app.uid() AND p.is_active)
$$;

CREATE FUNCTION app.units(permission text) RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE
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

CREATE FUNCTION app.enterprise(permission text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE
SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (
    SELECT 1
      FROM public.tenants_roleassignment a
      JOIN public.tenants_person p ON p.id = a.person_id AND p.is_active
      JOIN public.tenants_role r ON r.id = a.role_id AND r.permissions @> ARRAY[permission]::varchar[]
     WHERE a.person_id = app.uid() AND a.is_enterprise
       AND a.valid_from <= statement_timestamp()
       AND (a.valid_until IS NULL OR a.valid_until > statement_timestamp()))
$$;

-- The only way to read a token: by its digest, and the answer is only whose it is.
CREATE FUNCTION app.person_of_token(token_digest bytea) RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
  SELECT t.person_id
    FROM public.tenants_accesstoken t
    JOIN public.tenants_person p ON p.id = t.person_id AND p.is_active
   WHERE t.digest = token_digest AND t.revoked_at IS NULL AND t.expires_at > statement_timestamp()
$$;

-- Need-to-know grants live in the incidents area, whose migration replaces this.
CREATE FUNCTION app.granted() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE
SET search_path = pg_catalog, pg_temp AS $$ SELECT '{}'::bigint[] WHERE app.uid() IS NOT NULL $$;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA app FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA app TO hub_app, hub_worker, hub_seed, hub_owner;
ALTER DEFAULT PRIVILEGES IN SCHEMA app REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT EXECUTE ON FUNCTIONS TO hub_app, hub_worker, hub_seed, hub_owner;
RESET ROLE;
"""

LINEAGE = r"""
CREATE FUNCTION tenants_businessunit_set_lineage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.parent_id IS NULL THEN
    NEW.lineage := ARRAY[NEW.id];
  ELSE
    SELECT ARRAY[NEW.id] || p.lineage INTO STRICT NEW.lineage
      FROM tenants_businessunit p WHERE p.id = NEW.parent_id;
    IF NEW.id = ANY (NEW.lineage[2:]) THEN
      RAISE EXCEPTION 'a unit cannot stand below itself' USING ERRCODE = '23514';
    END IF;
  END IF;
  RETURN NEW;
END $$;
CREATE FUNCTION tenants_businessunit_pass_on_lineage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE tenants_businessunit SET parent_id = parent_id WHERE parent_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER set_lineage BEFORE INSERT OR UPDATE OF parent_id ON tenants_businessunit
  FOR EACH ROW EXECUTE FUNCTION tenants_businessunit_set_lineage();
CREATE TRIGGER pass_on_lineage AFTER UPDATE OF parent_id ON tenants_businessunit
  FOR EACH ROW WHEN (OLD.lineage IS DISTINCT FROM NEW.lineage)
  EXECUTE FUNCTION tenants_businessunit_pass_on_lineage();
"""

LINEAGE_BACK = """
DROP FUNCTION tenants_businessunit_set_lineage() CASCADE;
DROP FUNCTION tenants_businessunit_pass_on_lineage() CASCADE;
"""

# The trail is appended to and read, by no login ever changed. Cascades of scope run as the tables' owner.
APPEND_ONLY = "REVOKE UPDATE, DELETE, TRUNCATE ON tenants_auditentry FROM hub_app, hub_worker"

OWN = "person_id = (SELECT app.uid())"
ADMINISTERS_PEOPLE = "cardinality((SELECT app.units('people.administer'))) > 0"


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]

    operations = [
        migrations.RunSQL(PRIVILEGES, "DROP SCHEMA app CASCADE"),
        migrations.RunSQL(FUNCTIONS, migrations.RunSQL.noop),
        migrations.RunSQL(LINEAGE, LINEAGE_BACK),
        migrations.RunSQL(APPEND_ONLY, migrations.RunSQL.noop),
        # Signing in reads people before anybody is known, so names are open to the login itself.
        EnableRowSecurity("tenants_person", select="true", insert=ADMINISTERS_PEOPLE, update="id = (SELECT app.uid())"),
        EnableRowSecurity("tenants_accesstoken", select=OWN, insert=OWN, update=OWN),
        EnableRowSecurity(
            "tenants_region",
            select=ANYBODY_ACTIVE,
            insert=enterprise("unit.administer"),
            update=enterprise("unit.administer"),
        ),
        EnableRowSecurity(
            "tenants_businessunit",
            select=ANYBODY_ACTIVE,
            insert=enterprise("unit.administer"),
            update=in_units("unit.administer", unit="id"),
        ),
        EnableRowSecurity(
            "tenants_unitregion",
            select=ANYBODY_ACTIVE,
            insert=in_units("unit.administer"),
            update=in_units("unit.administer"),
            delete=in_units("unit.administer"),
        ),
        EnableRowSecurity(
            "tenants_role",
            select=ANYBODY_ACTIVE,
            insert=in_units("people.administer"),
            update=in_units("people.administer"),
            delete=in_units("people.administer"),
        ),
        EnableRowSecurity(
            "tenants_roleassignment",
            select=f"{OWN} OR {in_units('people.view')} OR {enterprise('people.view')}",
            insert=in_units("people.administer"),
            update=in_units("people.administer"),
            delete=in_units("people.administer"),
        ),
        EnableRowSecurity(
            "tenants_term",
            select=f"(unit_id IS NULL AND {ANYBODY_ACTIVE}) OR {in_units('unit.view')}",
            insert=f"{in_units('taxonomy.write')} OR (unit_id IS NULL AND {enterprise('taxonomy.steward')})",
            update=f"{in_units('taxonomy.write')} OR (unit_id IS NULL AND {enterprise('taxonomy.steward')})",
        ),
        EnableRowSecurity(
            "tenants_termmapping",
            select=in_units("unit.view"),
            insert=in_units("taxonomy.write"),
        ),
        EnableRowSecurity(
            "tenants_auditentry",
            select=(
                f"({OWN} AND (incident_id IS NULL OR {in_incident('incident.view')}))"
                f" OR {in_incident('audit.view')}"
                f" OR (unit_id IS NULL AND {enterprise('audit.view')})"
            ),
            insert=OWN,
        ),
    ]
