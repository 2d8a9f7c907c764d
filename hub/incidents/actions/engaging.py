"""An incident engages what its severity asks for: teams, roles that must be held, and a protocol."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from hub.incidents import access
from hub.incidents.actions.roles import SHARED_ROLES, give_role
from hub.incidents.actions.writing import append_entry
from hub.incidents.models import Engagement, EntryKind, Incident, ResponsePlan, ResponseTeam, RoleKind
from hub.incidents.thresholds import minutes_said
from hub.lib import clock
from hub.lib.identity import SYSTEM, acting_as
from hub.lib.keys import key_for
from hub.oncall import access as oncall
from hub.oncall.models import Schedule
from tenants import access as tenants
from tenants.models import Person
from tenants.permissions import Permission


def engage_plans(*, incident_id: int) -> list[Engagement]:
    """Engage the plans that hold for the incident as grave as it is, each once. The system's own.

    Whoever is on call for a plan's schedules is put on the incident, and told as anybody is who gets a role. A
    restricted incident engages no team, since it is open to grants alone: its people see which roles and which protocol
    hold. Locks the incident.
    """
    with acting_as(SYSTEM):
        incident = access.incident_for(SYSTEM, incident_id, lock=True)
        if not incident.is_open:
            return []
        known = {(each.plan_unit_id, each.severity) for each in Engagement.objects.filter(incident=incident)}
        plans = access.response_plans(SYSTEM).filter(access.plans_for(incident.unit_id, incident.severity))
        return [_engaged(incident, plan) for plan in plans if (plan.unit_id, plan.severity) not in known]


def _engaged(incident: Incident, plan: ResponsePlan) -> Engagement:
    moment = clock.now()
    engagement = Engagement.objects.create(
        pk=key_for(restricted=incident.restricted),
        incident=incident,
        unit_id=incident.unit_id,
        restricted=incident.restricted,
        plan_unit_id=plan.unit_id,
        severity=plan.severity,
        roles=plan.roles,
        protocol=plan.protocol,
        update_minutes=plan.update_minutes,
        update_due_at=moment + timedelta(minutes=plan.update_minutes) if plan.update_minutes else None,
        at=moment,
    )
    append_entry(actor=SYSTEM, incident=incident, kind=EntryKind.SYSTEM, body=_told(plan))
    if not incident.restricted:
        for team in plan.teams.all():
            if _is_for(team, incident):
                _put_on(incident, team)
    return engagement


def engage_by_tags(*, incident_id: int, added: Collection[str]) -> None:
    """Put those on the incident whom its plans engage by a tag that it has got now. The system's own. Locks it."""
    with acting_as(SYSTEM):
        incident = access.incident_for(SYSTEM, incident_id, lock=True)
        if not incident.is_open or incident.restricted:
            return
        for plan in access.response_plans(SYSTEM).filter(access.plans_for(incident.unit_id, incident.severity)):
            for team in plan.teams.all():
                if team.tag in added and _is_for(team, incident):
                    _put_on(incident, team)


def _is_for(team: ResponseTeam, incident: Incident) -> bool:
    """Whether the incident is what the team is there for."""
    of_type = team.incident_type_id in (None, incident.incident_type_id)
    return of_type and (not team.tag or team.tag in incident.tags)


def _told(plan: ResponsePlan) -> str:
    whose = f"{plan.unit.name}'s" if plan.unit else "The enterprise's"
    roles = ", ".join(RoleKind(each).label.lower() for each in plan.roles)
    said = [
        f"{whose} plan for incidents from {plan.severity.upper()} on is engaged",
        f"it needs: {roles}" if roles else "",
        f"an update at least every {minutes_said(plan.update_minutes)}" if plan.update_minutes else "",
    ]
    return "; ".join(filter(None, said)) + (f"\n{plan.protocol}" if plan.protocol else "")


def _put_on(incident: Incident, team: ResponseTeam) -> None:
    """Give the team's role to whoever is on call for it; the timeline says where that cannot be."""
    assert team.schedule is not None
    role, schedule = RoleKind(team.role), team.schedule
    name = schedule.name
    held = list(access.roles(SYSTEM, incident).filter(kind=role))
    if role not in SHARED_ROLES and held:
        # Somebody has it by now: whoever put them there knew more than a plan.
        return
    person, why = _who(team, schedule)
    problem = ""
    if person is None:
        problem = why
    elif any(each.person_id == person.pk for each in held):
        return
    elif not tenants.holds(SYSTEM, person.pk, Permission.INCIDENT_VIEW, incident.unit):
        problem = f"{person.name}, who is on call for {name}, may not see incidents of {incident.unit.name}"
    elif role == RoleKind.COMMANDER and access.central_ownership(SYSTEM, incident.unit_id, incident.severity):
        problem = f"{incident.unit.name}'s ownership says who commands, not {name}"
    if person is None or problem:
        append_entry(
            actor=SYSTEM, incident=incident, kind=EntryKind.SYSTEM, body=f"No {role.label.lower()} engaged: {problem}"
        )
        return
    by = f"engaged by the tag {team.tag}" if team.tag else "engaged by severity"
    give_role(actor=SYSTEM, incident=incident, role=role, person=person, reason=f"{why}, {by}")


def _who(team: ResponseTeam, schedule: Schedule) -> tuple[Person | None, str]:
    """Who of a team comes, and as what: whoever is on call, unless somebody else of it holds what is asked for.

    Nobody, and why, where nobody is there or nobody of it holds that.
    """
    moment = clock.now()
    person = oncall.who_answers(SYSTEM, [schedule.pk], moment).get(schedule.pk)
    if not team.expertise:
        return person, f"on call for {schedule.name}" if person else f"nobody is on call for {schedule.name}"
    members = oncall.teams(SYSTEM, [schedule.pk], moment).get(schedule.pk, ())
    able = oncall.holders(SYSTEM, schedule.unit_id, team.expertise, moment)
    if person is not None and person.pk in able:
        return person, f"on call for {schedule.name}, able in {team.expertise}"
    found = Person.objects.filter(is_active=True).in_bulk([each for each in members if each in able])
    other = next((found[each] for each in members if each in found), None)
    if other is None:
        return None, f"nobody of {schedule.name} holds {team.expertise}"
    return other, f"of {schedule.name}, able in {team.expertise}"
