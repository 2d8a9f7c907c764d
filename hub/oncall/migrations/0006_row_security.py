"""Who sees and changes what of the layers, and of what changes a schedule for a time.

A person sees the schedules that they take part in, wherever they hold a role. The absences of everybody on a schedule
are seen by everybody who sees it, since who is on has to be the same answer for all of them.
"""

from django.db import migrations

from hub.lib.policies import EnableRowSecurity, in_units

FUNCTIONS = r"""
SET LOCAL ROLE hub_guard;

-- The schedules in which the person has a place.
CREATE FUNCTION app.own_schedules() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE
SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(array_agg(DISTINCT found.schedule_id), '{}') FROM (
    SELECT l.schedule_id FROM public.oncall_rotationmember m
      JOIN public.oncall_rotation r ON r.id = m.rotation_id
      JOIN public.oncall_layer l ON l.id = r.layer_id
     WHERE m.person_id = app.uid()
    UNION ALL
    SELECT l.schedule_id FROM public.oncall_fixedshift f
      JOIN public.oncall_layer l ON l.id = f.layer_id
     WHERE f.person_id = app.uid()
    UNION ALL
    SELECT o.schedule_id FROM public.oncall_override o WHERE o.person_id = app.uid()
    UNION ALL
    SELECT w.schedule_id FROM public.oncall_swap w WHERE w.offered_to_id = app.uid()
  ) found
  JOIN public.tenants_person p ON p.id = app.uid() AND p.is_active
$$;

-- Everybody who has a place in a schedule of a unit in which the person holds the permission, or in one of their own.
CREATE FUNCTION app.people_on_call(permission text) RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE
SET search_path = pg_catalog, pg_temp AS $$
  WITH seen AS (
    SELECT s.id FROM public.oncall_schedule s
     WHERE s.unit_id = ANY ((SELECT app.units(permission))::bigint[])
        OR (permission = 'oncall.view' AND s.id = ANY ((SELECT app.own_schedules())::bigint[]))
  )
  SELECT coalesce(array_agg(DISTINCT found.person_id), '{}') FROM (
    SELECT m.person_id FROM public.oncall_rotationmember m
      JOIN public.oncall_rotation r ON r.id = m.rotation_id
      JOIN public.oncall_layer l ON l.id = r.layer_id
     WHERE l.schedule_id IN (SELECT id FROM seen)
    UNION ALL
    SELECT f.person_id FROM public.oncall_fixedshift f
      JOIN public.oncall_layer l ON l.id = f.layer_id
     WHERE l.schedule_id IN (SELECT id FROM seen)
    UNION ALL
    SELECT o.person_id FROM public.oncall_override o WHERE o.schedule_id IN (SELECT id FROM seen)
  ) found
$$;

-- The only way to read a calendar's secret address: by its digest, and the answer is only whose it is, and of what.
CREATE FUNCTION app.calendar_of_key(key_digest bytea, OUT owner_id bigint, OUT schedule_id bigint)
RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
  SELECT c.owner_id, c.schedule_id
    FROM public.oncall_calendarlink c
    JOIN public.tenants_person p ON p.id = c.owner_id AND p.is_active
   WHERE c.digest = key_digest AND c.revoked_at IS NULL
$$;

REVOKE EXECUTE ON FUNCTION app.own_schedules(), app.people_on_call(text), app.calendar_of_key(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.own_schedules(), app.people_on_call(text), app.calendar_of_key(bytea)
  TO hub_app, hub_worker, hub_seed, hub_owner;
RESET ROLE;
"""
FUNCTIONS_BACK = """
DROP FUNCTION app.calendar_of_key(bytea);
DROP FUNCTION app.people_on_call(text);
DROP FUNCTION app.own_schedules();
"""

VIEW = in_units("oncall.view")
WRITE = in_units("oncall.write")
OWN = "schedule_id = ANY((SELECT app.own_schedules())::bigint[])"
ME = "(SELECT app.uid())"

# A stand-in that somebody may record without administering the schedule: oneself, or what follows from a swap that
# one has accepted, word for word.
OF_ACCEPTED_SWAP = f"""EXISTS (
    SELECT 1 FROM oncall_swap w
     WHERE w.id = swap_id AND w.state = 'accepted' AND w.answered_by_id = {ME}
       AND w.schedule_id = oncall_override.schedule_id AND w.duty = oncall_override.duty
       AND ((oncall_override.person_id = w.answered_by_id AND replaces_id = w.offered_by_id
             AND oncall_override.starts_at = w.starts_at AND oncall_override.ends_at = w.ends_at)
         OR (oncall_override.person_id = w.offered_by_id AND replaces_id = w.answered_by_id
             AND oncall_override.starts_at = w.return_starts_at AND oncall_override.ends_at = w.return_ends_at)))"""
STANDS_IN = (
    f"created_by_id = {ME} AND ({OWN} OR {in_units('incident.respond')}) AND (person_id = {ME} OR {OF_ACCEPTED_SWAP})"
)


def replace_select(table: str, *, now: str, before: str) -> migrations.RunSQL:
    """The policy of a table that has its others already says something else about who reads."""
    return migrations.RunSQL(
        f"ALTER POLICY hub_select ON {table} USING ({now})", f"ALTER POLICY hub_select ON {table} USING ({before})"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("oncall", "0005_rotations_follow_each_other"),
    ]

    operations = [
        migrations.RunSQL(FUNCTIONS, FUNCTIONS_BACK),
        replace_select(
            "oncall_schedule", now=f"{VIEW} OR id = ANY((SELECT app.own_schedules())::bigint[])", before=VIEW
        ),
        EnableRowSecurity("oncall_layer", select=f"{VIEW} OR {OWN}", insert=WRITE, update=WRITE, delete=WRITE),
        replace_select("oncall_rotation", now=f"{VIEW} OR layer_id IN (SELECT l.id FROM oncall_layer l)", before=VIEW),
        replace_select(
            "oncall_rotationmember",
            now=f"{VIEW} OR rotation_id IN (SELECT r.id FROM oncall_rotation r)",
            before=VIEW,
        ),
        EnableRowSecurity(
            "oncall_fixedshift",
            select=f"{VIEW} OR layer_id IN (SELECT l.id FROM oncall_layer l)",
            insert=WRITE,
            update=WRITE,
            delete=WRITE,
        ),
        EnableRowSecurity("oncall_plannedgap", select=f"{VIEW} OR {OWN}", insert=WRITE, update=WRITE, delete=WRITE),
        EnableRowSecurity("oncall_calendarsource", select=WRITE, insert=WRITE, update=WRITE, delete=WRITE),
        EnableRowSecurity(
            "oncall_expertise",
            select=f"{VIEW} OR person_id = {ME}",
            insert=WRITE,
            update=WRITE,
            delete=WRITE,
        ),
        # An offer is seen like its schedule; it is made by whoever gives a shift away, or for them.
        EnableRowSecurity(
            "oncall_swap",
            select=f"{VIEW} OR {OWN} OR offered_by_id = {ME}",
            insert=f"{WRITE} OR (offered_by_id = {ME} AND ({VIEW} OR {OWN}))",
            update=f"{WRITE} OR offered_by_id = {ME} OR offered_to_id = {ME} OR (offered_to_id IS NULL AND ({OWN} OR {in_units('incident.respond')}))",
        ),
        migrations.RunSQL(
            f"ALTER POLICY hub_select ON oncall_override USING ({VIEW} OR {OWN});"
            f"ALTER POLICY hub_insert ON oncall_override WITH CHECK (({WRITE}) OR ({STANDS_IN}))",
            f"ALTER POLICY hub_select ON oncall_override USING ({VIEW});"
            f"ALTER POLICY hub_insert ON oncall_override WITH CHECK ({WRITE})",
        ),
        EnableRowSecurity(
            "oncall_leave",
            select=f"person_id = {ME} OR person_id = ANY((SELECT app.people_on_call('oncall.view'))::bigint[])",
            insert=f"person_id = {ME} OR person_id = ANY((SELECT app.people_on_call('oncall.write'))::bigint[])",
            update=f"person_id = {ME} OR person_id = ANY((SELECT app.people_on_call('oncall.write'))::bigint[])",
            delete=f"person_id = {ME} OR person_id = ANY((SELECT app.people_on_call('oncall.write'))::bigint[])",
        ),
        EnableRowSecurity(
            "oncall_calendarlink",
            select=f"owner_id = {ME}",
            insert=f"owner_id = {ME}",
            update=f"owner_id = {ME}",
        ),
    ]
