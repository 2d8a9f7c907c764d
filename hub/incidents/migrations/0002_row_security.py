from django.db import migrations

from hub.lib.policies import EnableRowSecurity, in_incident, in_units, scope_foreign_key

FUNCTIONS = r"""
SET LOCAL ROLE hub_guard;

CREATE OR REPLACE FUNCTION app.granted() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE
SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(array_agg(g.id), '{}') FROM (
    SELECT p.content_object_id AS id FROM public.incidents_incidentpersongrant p
     WHERE p.user_id = app.uid() AND (p.valid_until IS NULL OR p.valid_until > statement_timestamp())
    UNION
    SELECT p.content_object_id FROM public.incidents_incidentgroupgrant p
      JOIN public.tenants_person_groups m ON m.group_id = p.group_id
     WHERE m.person_id = app.uid() AND (p.valid_until IS NULL OR p.valid_until > statement_timestamp())
  ) g
  WHERE EXISTS (SELECT 1 FROM public.tenants_person u WHERE u.id = app.uid() AND u.is_active)
$$;

-- Grants are given by whoever has one, by a commander of an incident that is still open to the unit (who is about
-- to restrict it), and for an id that is not taken yet (an incident that is about to be declared restricted).
CREATE FUNCTION app.may_grant(incident bigint) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(
    (SELECT CASE WHEN i.restricted THEN i.id = ANY (app.granted())
                 ELSE i.unit_id = ANY (app.units('incident.command')) END
       FROM public.incidents_incident i WHERE i.id = incident),
    app.is_active())
$$;

REVOKE EXECUTE ON FUNCTION app.may_grant(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.may_grant(bigint) TO hub_app, hub_worker, hub_seed, hub_owner;
RESET ROLE;
"""

FUNCTIONS_BACK = r"""
SET LOCAL ROLE hub_guard;
DROP FUNCTION app.may_grant(bigint);
CREATE OR REPLACE FUNCTION app.granted() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE
SET search_path = pg_catalog, pg_temp AS $$ SELECT '{}'::bigint[] WHERE app.uid() IS NOT NULL $$;
RESET ROLE;
"""

APPEND_ONLY = r"""
CREATE FUNCTION incidents_timelineentry_keep_history() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE editor text := nullif(current_setting('app.uid', true), '');
BEGIN
  IF (NEW.id, NEW.incident_id, NEW.kind, NEW.author_id, NEW.at)
     IS DISTINCT FROM (OLD.id, OLD.incident_id, OLD.kind, OLD.author_id, OLD.at) THEN
    RAISE EXCEPTION 'a timeline entry keeps its kind, author and time' USING ERRCODE = '23514';
  END IF;
  IF (NEW.body, NEW.rationale) IS DISTINCT FROM (OLD.body, OLD.rationale) THEN
    IF NEW.edited_at IS NOT DISTINCT FROM OLD.edited_at OR NEW.edited_at IS NULL THEN
      RAISE EXCEPTION 'an edit says when it happened' USING ERRCODE = '23514';
    END IF;
    INSERT INTO incidents_timelinerevision
      (entry_id, incident_id, unit_id, restricted, body, rationale, replaced_at, replaced_by_id)
    VALUES
      (OLD.id, OLD.incident_id, OLD.unit_id, OLD.restricted, OLD.body, OLD.rationale, NEW.edited_at, editor::bigint);
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_history BEFORE UPDATE ON incidents_timelineentry
  FOR EACH ROW EXECUTE FUNCTION incidents_timelineentry_keep_history();
REVOKE DELETE, TRUNCATE ON incidents_incident, incidents_incidentrole, incidents_timelineentry FROM hub_app, hub_worker;
REVOKE UPDATE, DELETE, TRUNCATE ON incidents_timelinerevision FROM hub_app, hub_worker;
"""

SCOPED_TABLES = (
    "incidents_incidentrole",
    "incidents_timelineentry",
    "incidents_timelinerevision",
    "live_outboxentry",
    "live_feedevent",
    "tenants_auditentry",
)

GRANTED = "content_object_id = ANY((SELECT app.granted())::bigint[])"
MAY_GRANT = "app.may_grant(content_object_id) AND granted_by_id = (SELECT app.uid())"


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0001_initial"),
        ("live", "0002_row_security"),
        ("tenants", "0002_row_security"),
    ]

    operations = [
        migrations.RunSQL(FUNCTIONS, FUNCTIONS_BACK),
        migrations.RunSQL(APPEND_ONLY, "DROP FUNCTION incidents_timelineentry_keep_history() CASCADE"),
        *(migrations.RunSQL(*scope_foreign_key(table)) for table in SCOPED_TABLES),
        EnableRowSecurity(
            "incidents_incident",
            select=in_incident("incident.view", incident="id"),
            insert=in_incident("incident.declare", incident="id"),
            update=in_incident("incident.respond", incident="id"),
        ),
        EnableRowSecurity(
            "incidents_incidentnumber",
            select=in_units("incident.declare"),
            insert=in_units("incident.declare"),
            update=in_units("incident.declare"),
        ),
        EnableRowSecurity(
            "incidents_incidentrole",
            select=in_incident("incident.view"),
            insert=in_incident("incident.respond"),
            update=in_incident("incident.respond"),
        ),
        EnableRowSecurity(
            "incidents_timelineentry",
            select=in_incident("incident.view"),
            insert=in_incident("incident.respond"),
            update=in_incident("incident.respond"),
        ),
        EnableRowSecurity(
            "incidents_timelinerevision",
            select=in_incident("incident.view"),
            insert=in_incident("incident.respond"),
        ),
        *(
            EnableRowSecurity(table, select=f"{own} OR {GRANTED}", insert=MAY_GRANT, delete=GRANTED)
            for table, own in (
                ("incidents_incidentpersongrant", "user_id = (SELECT app.uid())"),
                (
                    "incidents_incidentgroupgrant",
                    "group_id IN (SELECT m.group_id FROM tenants_person_groups m"
                    " WHERE m.person_id = (SELECT app.uid()))",
                ),
            )
        ),
    ]
