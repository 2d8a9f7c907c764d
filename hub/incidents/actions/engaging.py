"""An incident engages what its severity asks for: teams, roles that must be held, and a protocol."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta

from hub.incidents import access
from hub.incidents.actions.roles import SHARED_ROLES, give_role
from hub.incidents.actions.writing import append_entry
from hub.incidents.models import Engagement, EntryKind, Incident, ResponsePlan, ResponseTeam, RoleKind, Route
from hub.incidents.routing import in_order, is_for, led_by, route_of
from hub.incidents.thresholds import minutes_said
from hub.lib import clock
from hub.lib.identity import SYSTEM, acting_as
from hub.lib.keys import key_for
from hub.oncall import access as oncall
from hub.oncall.models import Schedule
from tenants import access as tenants
from tenants.models import Person, TermKind
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
        found = access.response_plans(SYSTEM).filter(access.plans_for(incident.unit_id, incident.severity))
        plans = [plan for plan in found if (plan.unit_id, plan.severity) not in known]
        engagements = [_engaged(incident, plan) for plan in plans]
        if not incident.restricted:
            _ask(incident, (team for plan in plans for team in plan.teams.all()))
        return engagements


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
    return engagement


def engage_by_tags(*, incident_id: int, added: Collection[str]) -> None:
    """Put those on the incident whom its plans engage by a tag that it has got now, also as the name of a domain.

    The system's own. Locks the incident.
    """
    with acting_as(SYSTEM):
        incident = access.incident_for(SYSTEM, incident_id, lock=True)
        if not incident.is_open or incident.restricted:
            return
        plans = access.response_plans(SYSTEM).filter(access.plans_for(incident.unit_id, incident.severity))
        named = tenants.terms_named(SYSTEM, TermKind.DOMAIN, incident.unit_id, added)
        teams = (team for plan in plans for team in plan.teams.all())
        _ask(incident, (team for team in teams if team.tag in added or team.domain_id in named))


def engage_by_type(*, incident_id: int) -> None:
    """Put those on the incident whom its plans engage for the kind of incident that it turns out to be.

    The system's own. Locks the incident.
    """
    with acting_as(SYSTEM):
        incident = access.incident_for(SYSTEM, incident_id, lock=True)
        if not incident.is_open or incident.restricted or incident.incident_type_id is None:
            return
        plans = access.response_plans(SYSTEM).filter(access.plans_for(incident.unit_id, incident.severity))
        types = access.types_of(SYSTEM, incident)
        teams = (team for plan in plans for team in plan.teams.all())
        _ask(incident, (team for team in teams if team.incident_type_id in types))


def _ask(incident: Incident, teams: Iterable[ResponseTeam]) -> None:
    """Put on the incident whom of these teams it is for, in the order of `routing`."""
    domains, types = access.domains_of(SYSTEM, incident), access.types_of(SYSTEM, incident)
    for team in in_order(teams):
        if is_for(team, domains=domains, tags=incident.tags, types=types):
            _put_on(incident, team)


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
        # Somebody has it by now. Whoever was put there by hand, or owns the system, is not set against a plan.
        first = held[0]
        if first.route not in (None, Route.OWNER, route_of(team)):
            found = f"{first.person.name} was found before ({first.reason})"
            said = f"{name} is not asked for a {role.label.lower()}: {found}"
            append_entry(actor=SYSTEM, incident=incident, kind=EntryKind.SYSTEM, body=said)
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
    reason = f"{why}, {led_by(team)}"
    give_role(actor=SYSTEM, incident=incident, role=role, person=person, reason=reason, route=route_of(team))


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
