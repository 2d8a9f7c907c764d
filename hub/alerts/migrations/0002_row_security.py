"""How a source is known by its key, what it may write, and who reads its alerts."""

from django.db import migrations

from hub.lib.policies import ANYBODY_ACTIVE, EnableRowSecurity, in_incident, in_units, scope_foreign_key

FUNCTIONS = r"""
GRANT INSERT ON tenants_person, tenants_roleassignment TO hub_guard;

SET LOCAL ROLE hub_guard;

-- The only way from a key to a source, before anybody is identified: by its digest, for the protocol that it is used
-- with. The answer is what a request needs to know of the source, and on whose behalf it writes.
CREATE FUNCTION app.alert_source_of_key(key_digest bytea, source_kind text)
RETURNS TABLE (
  id bigint, account_id bigint, unit_id bigint, name text, resolves_incidents boolean,
  default_severity text, service_labels text[],
  default_service_id bigint, default_service_unit_id bigint, default_service_name text
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT s.id, s.account_id, s.unit_id, s.name, s.resolves_incidents,
         s.default_severity, s.service_labels::text[], v.id, v.unit_id, v.name
    FROM public.alerts_alertsourcekey k
    JOIN public.alerts_alertsource s ON s.id = k.source_id AND s.revoked_at IS NULL AND s.kind = source_kind
    JOIN public.tenants_person p ON p.id = s.account_id AND p.is_active
    LEFT JOIN public.catalog_service v ON v.id = s.default_service_id
   WHERE k.digest = key_digest AND (k.ends_at IS NULL OR k.ends_at > statement_timestamp())
$$;

-- The sources on whose behalf the person acts: a service account has one, everybody else none.
CREATE FUNCTION app.own_sources() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE
SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(array_agg(s.id), '{}') FROM public.alerts_alertsource s WHERE s.account_id = app.uid()
$$;

-- The incidents that a source's own groups led to. A source must know that one is still open even when it has become
-- restricted: otherwise its next alert would open another incident in sight of the whole unit.
CREATE FUNCTION app.incidents_of_groups(groups bigint[])
RETURNS TABLE (group_id bigint, incident_id bigint, unit_id bigint, restricted boolean, is_open boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT g.id, i.id, i.unit_id, i.restricted, i.status NOT IN ('resolved', 'closed')
    FROM public.alerts_alertgroup g
    JOIN public.alerts_alertsource s ON s.id = g.source_id AND s.account_id = app.uid()
    JOIN public.incidents_incident i ON i.id = g.incident_id
   WHERE g.id = ANY (groups)
$$;

-- The service account of a new source. It can sign in nowhere, since it has neither password nor token; its role
-- reaches the whole enterprise, because alerts become incidents of whichever unit owns the service.
CREATE FUNCTION app.make_source_account(for_unit bigint, username text, name text, joined timestamptz)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE account bigint;
BEGIN
  -- Only a login that is a member of these roles can have taken them.
  IF current_setting('role') NOT IN ('hub_worker', 'hub_seed') THEN
    IF NOT for_unit = ANY (app.units('source.administer')) THEN
      RAISE EXCEPTION 'a source needs source.administer in its unit' USING ERRCODE = '42501';
    END IF;
  END IF;
  INSERT INTO public.tenants_person
    (username, name, password, is_superuser, email, time_zone, language, is_active, is_service, joined_at)
  VALUES (username, name, '!', false, '', 'UTC', 'en', true, true, joined)
  RETURNING id INTO account;
  INSERT INTO public.tenants_roleassignment (person_id, role_id, is_enterprise, valid_from)
  SELECT account, r.id, true, joined FROM public.tenants_role r WHERE r.key = 'alert_source' AND r.unit_id IS NULL;
  RETURN account;
END $$;

REVOKE EXECUTE ON FUNCTION app.alert_source_of_key(bytea, text), app.own_sources(), app.incidents_of_groups(bigint[]),
  app.make_source_account(bigint, text, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.alert_source_of_key(bytea, text), app.own_sources(), app.incidents_of_groups(bigint[]),
  app.make_source_account(bigint, text, text, timestamptz) TO hub_app, hub_worker, hub_seed, hub_owner;
RESET ROLE;
"""

FUNCTIONS_BACK = """
SET LOCAL ROLE hub_guard;
DROP FUNCTION app.alert_source_of_key(bytea, text), app.own_sources(), app.incidents_of_groups(bigint[]),
  app.make_source_account(bigint, text, text, timestamptz);
RESET ROLE;
REVOKE INSERT ON tenants_person, tenants_roleassignment FROM hub_guard;
"""

# A key belongs to a source of its own unit, whose administrators made it; and nobody moves a source to another account,
# in whose name it would then act.
BOUND = """
ALTER TABLE alerts_alertsource ADD CONSTRAINT alerts_alertsource_scope UNIQUE (id, unit_id);
ALTER TABLE alerts_alertsourcekey ADD CONSTRAINT alerts_alertsourcekey_scope_fk
  FOREIGN KEY (source_id, unit_id) REFERENCES alerts_alertsource (id, unit_id);
REVOKE UPDATE ON alerts_alertsource, alerts_alertsourcekey FROM hub_app;
GRANT UPDATE (name, resolves_incidents, default_severity, default_service_id, service_labels, revoked_at)
  ON alerts_alertsource TO hub_app;
GRANT UPDATE (ends_at) ON alerts_alertsourcekey TO hub_app;
"""

BOUND_BACK = """
GRANT UPDATE ON alerts_alertsource, alerts_alertsourcekey TO hub_app;
ALTER TABLE alerts_alertsourcekey DROP CONSTRAINT alerts_alertsourcekey_scope_fk;
ALTER TABLE alerts_alertsource DROP CONSTRAINT alerts_alertsource_scope;
"""

# Sources and keys are revoked and alerts resolved, but what happened stays. The space left in each page lets a repeat
# rewrite its row in place.
KEPT = """
REVOKE DELETE, TRUNCATE ON alerts_alertsource, alerts_alertsourcekey, alerts_alertgroup, alerts_alert
  FROM hub_app, hub_worker;
ALTER TABLE alerts_alert SET (fillfactor = 85);
ALTER TABLE alerts_alertgroup SET (fillfactor = 85);
"""

KEPT_BACK = """
ALTER TABLE alerts_alert RESET (fillfactor);
ALTER TABLE alerts_alertgroup RESET (fillfactor);
"""

ADMINISTERED = in_units("source.administer")
SERVES = "EXISTS (SELECT 1 FROM tenants_person p WHERE p.id = account_id AND p.is_service)"
OWN = "source_id = ANY((SELECT app.own_sources())::bigint[])"


class Migration(migrations.Migration):
    dependencies = [("alerts", "0001_initial"), ("incidents", "0002_row_security")]

    operations = [
        migrations.RunSQL(FUNCTIONS, FUNCTIONS_BACK),
        migrations.RunSQL(BOUND, BOUND_BACK),
        migrations.RunSQL(KEPT, KEPT_BACK),
        migrations.RunSQL(*scope_foreign_key("alerts_alert")),
        EnableRowSecurity(
            "alerts_alertsource", select=ANYBODY_ACTIVE, insert=f"{ADMINISTERED} AND {SERVES}", update=ADMINISTERED
        ),
        EnableRowSecurity("alerts_alertsourcekey", select=ADMINISTERED, insert=ADMINISTERED, update=ADMINISTERED),
        EnableRowSecurity(
            "alerts_severityrule",
            select=in_units("incident.view"),
            insert=ADMINISTERED,
            update=ADMINISTERED,
            delete=ADMINISTERED,
        ),
        EnableRowSecurity("alerts_alertgroup", select=OWN, insert=f"{OWN} AND {in_units('alert.ingest')}", update=OWN),
        EnableRowSecurity(
            "alerts_alert",
            # A source keeps sight of what it sent itself, also in an incident that was restricted meanwhile.
            select=f"{in_incident('incident.view')} OR {OWN}",
            insert=f"{OWN} AND {in_units('alert.ingest')}",
            update=f"{OWN} AND {in_units('alert.ingest')}",
        ),
    ]
