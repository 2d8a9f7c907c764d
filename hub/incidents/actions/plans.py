"""What a severity engages: teams, roles that somebody must hold, and how those affected are kept informed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from hub.incidents.actions.thresholds import check_keeper
from hub.incidents.models import LONGEST_TAG, ResponsePlan, ResponseTeam, RoleKind, Severity
from hub.lib import clock
from hub.lib.errors import Invalid, InvalidMany, NotFound
from hub.lib.identity import Actor, acting_as
from hub.lib.locks import hold
from hub.lib.texts import checked_text
from hub.oncall import access as oncall
from tenants import access as tenants
from tenants import audit
from tenants.models import TermKind

MOST_TEAMS: Final = 20
LONGEST_PROTOCOL: Final = 2_000
LONGEST_SILENCE: Final = 7 * 24 * 60
"""In minutes."""


@dataclass(frozen=True)
class NewTeam:
    """Whoever is on call for the schedule takes the role, in incidents with the tag, of the type and in the domain, if
    these are said.

    Attributes:
        domain_id: the field of technology, a term; services and tags are in one.
        expertise: what they must hold; somebody of the schedule who does is taken where whoever is on call does not.
    """

    schedule_id: int
    role: RoleKind = RoleKind.RESPONDER
    incident_type_id: int | None = None
    tag: str = ""
    expertise: str = ""
    domain_id: int | None = None

    @property
    def is_for_some(self) -> bool:
        """Whether it is asked only for some incidents, or for some who are able."""
        return bool(self.tag or self.expertise) or (self.incident_type_id, self.domain_id) != (None, None)


def set_response_plan(
    *,
    actor: Actor,
    unit_id: int | None,
    severity: Severity,
    teams: Sequence[NewTeam] = (),
    roles: Sequence[RoleKind] = (),
    protocol: str = "",
    update_minutes: int | None = None,
) -> ResponsePlan:
    """Say what incidents of the unit that are this grave, or graver, engage; for None, those of every unit.

    Args:
        teams: who is put on the incident, and paged.
        roles: that somebody must hold, beside those that the severity demands anyway.
        update_minutes: at most so long between two updates to those affected.

    It holds for what is declared, or grows graver, from now on. Raises `NotFound`, `Forbidden` without unit.administer
    in the unit (for every unit's, taxonomy.steward in the whole enterprise), `Invalid` for a plan that engages
    nothing, `InvalidMany` for schedules that `actor` cannot see. Takes the advisory lock on these plans.
    """
    with acting_as(actor):
        check_keeper(actor, unit_id, "response plans")
        if not (teams or roles or protocol.strip() or update_minutes):
            raise Invalid("A plan engages something: a team, a role or a protocol.", path=["teams"])
        text = checked_text(protocol, "protocol", longest=LONGEST_PROTOCOL, required=False)
        if update_minutes is not None and not 1 <= update_minutes <= LONGEST_SILENCE:
            raise Invalid("Between two updates there are from a minute to a week, in minutes.", path=["updateMinutes"])
        teams = [replace(each, tag=each.tag.strip().lower(), expertise=each.expertise.strip()) for each in teams]
        names = _checked_teams(actor, unit_id, teams)
        hold("incidents_responseplan", unit_id or 0)
        former = ResponsePlan.objects.filter(unit=unit_id, severity=severity).first()
        before = _said(former, _teams_of(former)) if former else {}
        plan, _ = ResponsePlan.objects.update_or_create(
            unit_id=unit_id,
            severity=severity,
            defaults={
                "roles": [each.value for each in dict.fromkeys(roles)],
                "protocol": text,
                "update_minutes": update_minutes,
                "updated_at": clock.now(),
            },
        )
        ResponseTeam.objects.filter(plan=plan).delete()
        made = [
            ResponseTeam(
                plan=plan,
                unit_id=unit_id,
                schedule_id=each.schedule_id,
                role=each.role,
                incident_type_id=each.incident_type_id,
                tag=each.tag,
                expertise=each.expertise,
                domain_id=each.domain_id,
            )
            for each in dict.fromkeys(teams)
        ]
        ResponseTeam.objects.bulk_create(made)
        after = _said(
            plan, [f"{RoleKind(each.role).label}: {names[each.schedule_id]}" for each in dict.fromkeys(teams)]
        )
        audit.record(
            actor=actor,
            verb="set_response_plan",
            obj=plan,
            unit_id=unit_id,
            change={name: [before.get(name), said] for name, said in after.items() if before.get(name) != said},
        )
        return plan


def teams_of(plan_id: int) -> list[NewTeam]:
    """The teams of a plan as somebody would write them."""
    return _written(plan_id, without=None)


def place_response_team(*, actor: Actor, plan_id: int, team: NewTeam, former_id: int | None = None) -> ResponseTeam:
    """Add one team to a plan, or put it in the place of another one. Raises `NotFound`, `Forbidden`, `InvalidMany`."""
    with acting_as(actor):
        plan = _plan_for(plan_id)
        _set_teams(actor, plan, [*_written(plan_id, without=former_id), team])
        return ResponseTeam.objects.filter(plan=plan_id).latest("pk")


def withdraw_response_team(*, actor: Actor, team_id: int) -> None:
    """Take one team out of its plan; those whom it put on incidents stay. Raises `NotFound`, `Forbidden`, `Invalid`."""
    with acting_as(actor):
        row = ResponseTeam.objects.filter(pk=team_id).first()
        if row is None:
            raise NotFound("response team")
        plan = _plan_for(row.plan_id)
        _set_teams(actor, plan, _written(plan.pk, without=team_id))


def _written(plan_id: int, *, without: int | None) -> list[NewTeam]:
    """The teams of a plan but for one, which is named by its row."""
    return [
        NewTeam(each.schedule_id, RoleKind(each.role), each.incident_type_id, each.tag, each.expertise, each.domain_id)
        for each in ResponseTeam.objects.filter(plan=plan_id)
        if each.schedule_id is not None and each.pk != without
    ]


def _plan_for(plan_id: int) -> ResponsePlan:
    plan = ResponsePlan.objects.filter(pk=plan_id).first()
    if plan is None:
        raise NotFound("response plan")
    return plan


def _set_teams(actor: Actor, plan: ResponsePlan, teams: Sequence[NewTeam]) -> None:
    set_response_plan(
        actor=actor,
        unit_id=plan.unit_id,
        severity=Severity(plan.severity),
        teams=teams,
        roles=[RoleKind(each) for each in plan.roles],
        protocol=plan.protocol,
        update_minutes=plan.update_minutes,
    )


def withdraw_response_plan(*, actor: Actor, plan_id: int) -> None:
    """Take a plan away; what it engaged stays engaged. Raises `NotFound`, `Forbidden`."""
    with acting_as(actor):
        plan = _plan_for(plan_id)
        check_keeper(actor, plan.unit_id, "response plans")
        audit.record(
            actor=actor,
            verb="withdraw_response_plan",
            obj=plan,
            unit_id=plan.unit_id,
            change={name: [said, None] for name, said in _said(plan, _teams_of(plan)).items()},
        )
        plan.delete()


def _checked_teams(actor: Actor, unit_id: int | None, teams: Sequence[NewTeam]) -> dict[int, str]:
    """The schedules' names by their ids."""
    if len(teams) > MOST_TEAMS:
        raise Invalid(f"A plan engages at most {MOST_TEAMS} teams; these are {len(teams)}.", path=["teams"])
    names: dict[int, str] = {}
    faults: list[Invalid] = []
    for number, each in enumerate(teams):
        where = ["teams", str(number)]
        try:
            names[each.schedule_id] = oncall.schedule_for(actor, each.schedule_id).name
        except NotFound as error:
            faults.append(Invalid(error.message, path=[*where, "scheduleId"]))
        for text, field, longest in ((each.tag, "tag", LONGEST_TAG), (each.expertise, "expertise", 60)):
            if len(text) > longest:
                faults.append(Invalid(f"The {field} has {len(text)} characters; {longest} is the most.",
                                      path=[*where, field]))  # fmt: skip
        for kind, term_id, field in (
            (TermKind.INCIDENT_TYPE, each.incident_type_id, "incidentTypeId"),
            (TermKind.DOMAIN, each.domain_id, "domainId"),
        ):
            if term_id is not None:
                try:
                    tenants.term_for(actor, kind, term_id, unit_id=unit_id)
                except NotFound as error:
                    faults.append(Invalid(error.message, path=[*where, field]))
    if faults:
        raise InvalidMany(faults)
    return names


def _teams_of(plan: ResponsePlan) -> list[str]:
    return [
        f"{RoleKind(each.role).label}: {each.schedule or 'somebody’s schedule'}"
        for each in plan.teams.select_related("schedule")
    ]


def _said(plan: ResponsePlan, teams: list[str]) -> dict[str, Any]:
    """The plan as the audit trail tells it."""
    return {
        "severity": str(plan.severity),
        "roles": list(plan.roles),
        "protocol": plan.protocol,
        "update_minutes": plan.update_minutes,
        "teams": teams,
    }
