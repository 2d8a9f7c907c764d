"""Ownership, hand-overs and gathered incidents, as the database holds people to them."""

from django.db import migrations

from hub.lib.policies import ANYBODY_ACTIVE, EnableRowSecurity, in_incident, in_units, scope_foreign_key

FUNCTIONS = r"""
GRANT UPDATE ON incidents_incident, incidents_handover TO hub_guard;
GRANT DELETE ON incidents_escalationproposal, incidents_fieldvalue TO hub_guard;
SET LOCAL ROLE hub_guard;

-- Whether somebody else may do something in a unit: asked before they are given work there.
CREATE FUNCTION app.may(whom bigint, permission text, in_unit bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (
    SELECT 1
      FROM public.tenants_roleassignment a
      JOIN public.tenants_person p ON p.id = a.person_id AND p.is_active
      JOIN public.tenants_role r ON r.id = a.role_id AND r.permissions @> ARRAY[permission]::varchar[]
      JOIN public.tenants_businessunit b ON b.id = in_unit
       AND (a.is_enterprise OR a.unit_id = ANY (b.lineage)
            OR EXISTS (SELECT 1 FROM public.tenants_unitregion u WHERE u.unit_id = b.id AND u.region_id = a.region_id))
     WHERE a.person_id = whom AND app.is_active()
       AND a.valid_from <= statement_timestamp()
       AND (a.valid_until IS NULL OR a.valid_until > statement_timestamp()))
$$;

-- The unit that commands this unit's incidents of this severity; NULL where it does so itself. SEV1, the gravest, is
-- the first by name.
CREATE FUNCTION app.central_command(of_unit bigint, grave text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT o.central_unit_id FROM public.incidents_ownership o
   WHERE o.unit_id = of_unit AND (o.model = 'centralized' OR (o.model = 'hybrid' AND grave <= o.central_from))
$$;

-- The units that command for those whose schedules the person may see.
CREATE FUNCTION app.commanding_units() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(array_agg(DISTINCT o.central_unit_id), '{}') FROM public.incidents_ownership o
   WHERE o.central_unit_id IS NOT NULL AND o.unit_id = ANY (app.units('oncall.view'))
$$;

-- A proposal that names an incident which became restricted would tell of it, and so would those that it gathers.
CREATE FUNCTION app.forget_family(incident bigint) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
  UPDATE public.incidents_incident SET parent_id = NULL
   WHERE parent_id = incident
     AND EXISTS (SELECT 1 FROM public.incidents_incident i WHERE i.id = incident AND i.restricted);
  DELETE FROM public.incidents_escalationproposal
   WHERE (trigger_id = incident OR incident = ANY (incident_ids))
     AND EXISTS (SELECT 1 FROM public.incidents_incident i WHERE i.id = incident AND i.restricted)
$$;

-- An incident changes its unit in one way only: the unit that is to have it accepts it. Locks incident, then offer.
-- Returns what it said in the giver's fields, in words: the receiver has no such fields.
CREATE FUNCTION app.accept_hand_over(offer bigint, moment timestamptz) RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  taken public.incidents_handover;
  said text;
BEGIN
  PERFORM 1 FROM public.incidents_incident i
    JOIN public.incidents_handover h ON h.incident_id = i.id WHERE h.id = offer FOR UPDATE OF i;
  SELECT * INTO taken FROM public.incidents_handover h WHERE h.id = offer FOR UPDATE;
  IF NOT FOUND OR NOT taken.to_unit_id = ANY (app.units('incident.command')) THEN
    RAISE EXCEPTION 'accepting takes incident.command in the receiving unit' USING ERRCODE = '42501';
  END IF;
  IF taken.state <> 'offered' OR taken.expires_at <= moment OR taken.restricted THEN
    RAISE EXCEPTION 'the offer is no longer open' USING ERRCODE = '23514';
  END IF;
  SELECT string_agg(f.name || ': ' || v.words, '; ' ORDER BY f.position, f.id) INTO said
    FROM public.incidents_fieldvalue v JOIN public.tenants_localfield f ON f.id = v.field_id
   WHERE v.incident_id = taken.incident_id AND f.unit_id <> taken.to_unit_id;
  DELETE FROM public.incidents_fieldvalue v USING public.tenants_localfield f
   WHERE v.incident_id = taken.incident_id AND f.id = v.field_id AND f.unit_id <> taken.to_unit_id;
  UPDATE public.incidents_handover
     SET state = 'accepted', decided_at = moment, decided_by_id = app.uid() WHERE id = offer;
  UPDATE public.incidents_incident i
     SET unit_id = taken.to_unit_id,
         updated_at = moment,
         -- The giver's own words mean nothing in the receiving unit.
         local_severity_id = NULL,
         incident_type_id = (SELECT t.id FROM public.tenants_term t WHERE t.id = i.incident_type_id AND t.unit_id IS NULL)
   WHERE i.id = taken.incident_id;
  RETURN coalesce(said, '');
END $$;

REVOKE EXECUTE ON FUNCTION app.may(bigint, text, bigint), app.central_command(bigint, text), app.commanding_units(),
  app.forget_family(bigint), app.accept_hand_over(bigint, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.may(bigint, text, bigint), app.central_command(bigint, text), app.commanding_units(),
  app.forget_family(bigint), app.accept_hand_over(bigint, timestamptz) TO hub_app, hub_worker, hub_seed, hub_owner;
RESET ROLE;
"""

FUNCTIONS_BACK = """
SET LOCAL ROLE hub_guard;
DROP FUNCTION app.accept_hand_over(bigint, timestamptz), app.forget_family(bigint), app.commanding_units(),
  app.central_command(bigint, text), app.may(bigint, text, bigint);
RESET ROLE;
REVOKE UPDATE ON incidents_incident, incidents_handover FROM hub_guard;
REVOKE DELETE ON incidents_escalationproposal, incidents_fieldvalue FROM hub_guard;
"""

TRIGGERS = r"""
CREATE FUNCTION incidents_incident_federate() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  central bigint;
BEGIN
  IF NEW.restricted THEN NEW.parent_id := NULL; END IF;
  IF TG_OP = 'UPDATE' AND NEW.unit_id <> OLD.unit_id THEN
    IF current_user = 'hub_app' THEN
      RAISE EXCEPTION 'an incident is handed over by the unit that accepts it' USING ERRCODE = '42501';
    END IF;
    NEW.parent_id := (SELECT p.id FROM public.incidents_incident p
                        JOIN public.tenants_businessunit b ON b.id = NEW.unit_id AND p.unit_id = ANY (b.lineage[2:])
                       WHERE p.id = NEW.parent_id);
  END IF;
  IF NEW.parent_id IS NOT NULL AND (TG_OP = 'INSERT' OR NEW.parent_id IS DISTINCT FROM OLD.parent_id) THEN
    -- As the person sees it: what they may not see cannot gather anything.
    IF NOT EXISTS (SELECT 1 FROM public.incidents_incident p
                     JOIN public.tenants_businessunit b ON b.id = NEW.unit_id AND p.unit_id = ANY (b.lineage[2:])
                    WHERE p.id = NEW.parent_id AND NOT p.restricted AND p.parent_id IS NULL)
       OR EXISTS (SELECT 1 FROM public.incidents_incident c WHERE c.parent_id = NEW.id) THEN
      RAISE EXCEPTION 'an incident is gathered by one of a unit above, which is gathered by none'
        USING ERRCODE = '42501';
    END IF;
  END IF;
  IF TG_OP = 'UPDATE' AND NEW.status = 'closed' AND OLD.status <> 'closed' AND NOT NEW.restricted
     AND current_user = 'hub_app' THEN
    central := app.central_command(NEW.unit_id, NEW.severity);
    IF central IS NOT NULL AND NOT central = ANY (app.units('incident.command')) THEN
      RAISE EXCEPTION 'what is commanded centrally is closed centrally' USING ERRCODE = '42501';
    END IF;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER federate BEFORE INSERT OR UPDATE ON incidents_incident
  FOR EACH ROW EXECUTE FUNCTION incidents_incident_federate();

CREATE FUNCTION incidents_incident_forget() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM app.forget_family(NEW.id);
  RETURN NULL;
END $$;
CREATE TRIGGER forget AFTER UPDATE OF restricted ON incidents_incident
  FOR EACH ROW WHEN (NEW.restricted AND NOT OLD.restricted) EXECUTE FUNCTION incidents_incident_forget();

-- An offer is decided once; one of an incident that becomes restricted is withdrawn with it.
CREATE FUNCTION incidents_handover_decide() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state <> 'offered' AND NEW.state IS DISTINCT FROM OLD.state THEN
    RAISE EXCEPTION 'an offer is decided once' USING ERRCODE = '23514';
  END IF;
  IF (NEW.incident_id, NEW.from_unit_id, NEW.to_unit_id, NEW.offered_by_id, NEW.offered_at)
     IS DISTINCT FROM (OLD.incident_id, OLD.from_unit_id, OLD.to_unit_id, OLD.offered_by_id, OLD.offered_at) THEN
    RAISE EXCEPTION 'an offer stays what it was' USING ERRCODE = '23514';
  END IF;
  IF NEW.state = 'accepted' AND OLD.state = 'offered' AND current_user = 'hub_app' THEN
    RAISE EXCEPTION 'an offer is accepted with its incident' USING ERRCODE = '42501';
  END IF;
  IF NEW.restricted AND NEW.state = 'offered' THEN
    NEW.state := 'withdrawn';
    NEW.decided_at := statement_timestamp();
    NEW.answer := 'The incident was restricted';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER decide BEFORE UPDATE ON incidents_handover
  FOR EACH ROW EXECUTE FUNCTION incidents_handover_decide();
REVOKE DELETE, TRUNCATE ON incidents_handover FROM hub_app, hub_worker;
"""

TRIGGERS_BACK = """
DROP FUNCTION incidents_handover_decide() CASCADE;
DROP FUNCTION incidents_incident_forget() CASCADE;
DROP FUNCTION incidents_incident_federate() CASCADE;
"""

# Whoever sees a unit's schedules sees those of the unit that commands for it: they say who will.
COMMANDING = r"""
DO $$
DECLARE named text;
BEGIN
  FOR named IN
    SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'unit_id'
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname LIKE 'oncall\_%'
       AND c.relname IN ('oncall_schedule', 'oncall_layer', 'oncall_rotation', 'oncall_rotationmember',
                         'oncall_fixedshift', 'oncall_override', 'oncall_plannedgap')
  LOOP
    EXECUTE format('CREATE POLICY hub_commanding ON %I FOR SELECT TO hub_app'
                   ' USING (unit_id = ANY((SELECT app.commanding_units())::bigint[]))', named);
  END LOOP;
  -- Whoever is away is not on call.
  CREATE POLICY hub_commanding ON oncall_leave FOR SELECT TO hub_app USING (person_id IN (
    SELECT m.person_id FROM oncall_rotationmember m
     WHERE m.unit_id = ANY((SELECT app.commanding_units())::bigint[])));
END $$;
"""

COMMANDING_BACK = r"""
DO $$
DECLARE named text;
BEGIN
  FOR named IN SELECT polrelid::regclass::text FROM pg_policy WHERE polname = 'hub_commanding' LOOP
    EXECUTE format('DROP POLICY hub_commanding ON %s', named);
  END LOOP;
END $$;
"""

COMMANDS = in_units("incident.command")
RECEIVES = f"(NOT restricted AND {in_units('incident.view', unit='to_unit_id')})"
GAVE = f"(NOT restricted AND {in_units('incident.view', unit='from_unit_id')})"
DECIDES = f"(NOT restricted AND {in_units('incident.command', unit='to_unit_id')})"
OFFERS = in_incident("incident.respond")


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0007_federation"),
        ("oncall", "0007_pages_at_night"),
        ("tenants", "0012_calendars_security"),
    ]

    operations = [
        migrations.RunSQL(*scope_foreign_key("incidents_handover")),
        migrations.RunSQL(FUNCTIONS, FUNCTIONS_BACK),
        migrations.RunSQL(TRIGGERS, TRIGGERS_BACK),
        EnableRowSecurity(
            "incidents_ownership",
            select=ANYBODY_ACTIVE,
            insert=in_units("unit.administer"),
            update=in_units("unit.administer"),
            delete=in_units("unit.administer"),
        ),
        EnableRowSecurity(
            "incidents_handover",
            select=f"{in_incident('incident.view')} OR {RECEIVES} OR {GAVE}",
            insert=f"{OFFERS} AND from_unit_id = unit_id AND offered_by_id = (SELECT app.uid())",
            update=f"{OFFERS} OR {DECIDES}",
        ),
        EnableRowSecurity(
            "incidents_escalationcriteria",
            select=ANYBODY_ACTIVE,
            insert=in_units("unit.administer"),
            update=in_units("unit.administer"),
            delete=in_units("unit.administer"),
        ),
        EnableRowSecurity("incidents_escalationproposal", select=COMMANDS, update=COMMANDS),
        migrations.RunSQL(COMMANDING, COMMANDING_BACK),
    ]
