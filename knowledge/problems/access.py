"""The only door to problems. Missing and forbidden are the same error."""

from __future__ import annotations

from django.db.models import Max, QuerySet

from hub.incidents.models import Incident
from hub.lib.errors import NotFound
from hub.lib.identity import Actor
from knowledge.problems.models import GOING_ON, Problem, ProblemIncident, ProblemState
from tenants import access as tenants
from tenants.models import BusinessUnit
from tenants.permissions import Permission, can, units_with


def problems(actor: Actor) -> QuerySet[Problem]:
    """Every problem that `actor` may read: the database decides, the query only asks."""
    return Problem.objects.all()


def problem_for(actor: Actor, problem_id: int, *, lock: bool = False) -> Problem:
    """The problem with this id; `lock` holds its row until the transaction ends. Raises `NotFound`."""
    queryset = Problem.objects.select_for_update(no_key=True, of=("self",)) if lock else Problem.objects.all()
    try:
        return queryset.get(pk=problem_id)
    except Problem.DoesNotExist:
        raise NotFound("problem") from None


def known_errors(actor: Actor) -> QuerySet[Problem]:
    """The known errors that `actor` may read, the latest known first."""
    return problems(actor).filter(state=ProblemState.KNOWN_ERROR).order_by("-known_at", "-id")


def going_on_called(actor: Actor, unit_id: int, title: str) -> Problem | None:
    """The unit's problem of this title that is not over, if there is one."""
    return problems(actor).filter(unit_id=unit_id, title__iexact=title, state__in=GOING_ON).first()


def next_number(actor: Actor, unit_id: int) -> int:
    """The number of the unit's next problem. The caller holds the unit's lock for numbers."""
    last: int | None = Problem.objects.filter(unit_id=unit_id).aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def links(actor: Actor, problem: Problem) -> QuerySet[ProblemIncident]:
    """The problem's incidents as far as `actor` may see them, the latest declared first."""
    rows = problem.links.select_related("incident", "incident__unit", "incident__service", "linked_by")
    return rows.order_by("-incident__declared_at", "-id")


def link_of(actor: Actor, problem: Problem, incident_id: int) -> ProblemIncident | None:
    """That the incident is one of the problem's, if it is and `actor` may see it."""
    return problem.links.filter(incident_id=incident_id).first()


def problems_of(actor: Actor, incident: Incident) -> QuerySet[Problem]:
    """The problems that are behind an incident, as far as `actor` may read them."""
    return problems(actor).filter(links__incident=incident).order_by("-opened_at", "-id")


def may_write(actor: Actor, unit_id: int) -> bool:
    """Whether `actor` may open problems in the unit and work on them."""
    return can(actor, Permission.KNOWLEDGE_WRITE, unit_id)


def units_to_work_in(actor: Actor) -> QuerySet[BusinessUnit]:
    """The units in which `actor` may."""
    return tenants.units(actor).filter(pk__in=units_with(actor, Permission.KNOWLEDGE_WRITE))


def may_share(actor: Actor, unit_id: int) -> bool:
    """Whether `actor` may let the enterprise read the unit's problems."""
    return can(actor, Permission.KNOWLEDGE_PUBLISH, unit_id)


def may_link(actor: Actor, problem: Problem, incident: Incident) -> bool:
    """Whether `actor` may say that the incident is one of the problem's.

    Whoever works on the problem may, for any incident that they see; whoever works on an incident may, for any
    problem that is shared with them.
    """
    if may_write(actor, problem.unit_id):
        return True
    return problem.shared and (incident.restricted or can(actor, Permission.INCIDENT_RESPOND, incident.unit_id))
