"""Which incidents a problem is behind."""

from __future__ import annotations

from hub.incidents import access as incidents
from hub.incidents.models import Incident
from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden, NotFound
from hub.lib.identity import Actor, acting_as
from hub.live import outbox
from knowledge.problems import access
from knowledge.problems.events import ProblemLinked, ProblemUnlinked
from knowledge.problems.models import Problem, ProblemIncident, ProblemState
from tenants import audit


def link_incident(*, actor: Actor, problem_id: int, incident_id: int) -> Problem:
    """Say that an incident is one of a problem's, also of another unit.

    Whoever works on the problem may, for any incident that they see; whoever works on an incident may, for any problem
    that is shared with them. Only those who may see the incident learn of it.

    Raises `NotFound` for either, `Forbidden`, `Conflict` for one that is linked already or a problem that was dropped.
    """
    with acting_as(actor):
        problem, incident = _both(actor, problem_id, incident_id)
        if problem.state == ProblemState.DROPPED:
            raise Conflict(f"“{problem.title}” was dropped: open it again first.")
        _, is_new = ProblemIncident.objects.get_or_create(
            problem=problem,
            incident=incident,
            defaults={
                "problem_unit_id": problem.unit_id,
                "shared": problem.shared,
                "unit_id": incident.unit_id,
                "restricted": incident.restricted,
                "linked_at": clock.now(),
                "linked_by_id": actor.person_id,
            },
        )
        if not is_new:
            raise Conflict(f"{incident.reference} is one of “{problem.title}” already.")
        _tell(actor, problem, incident, "link_incident", [None, incident.reference])
        return problem


def unlink_incident(*, actor: Actor, problem_id: int, incident_id: int) -> Problem:
    """Say that an incident has another reason. Raises `NotFound`, `Forbidden`, `Conflict` for one that has no link."""
    with acting_as(actor):
        problem, incident = _both(actor, problem_id, incident_id)
        gone, _ = problem.links.filter(incident=incident).delete()
        if not gone:
            raise Conflict(f"{incident.reference} is none of “{problem.title}”.")
        _tell(actor, problem, incident, "unlink_incident", [incident.reference, None])
        return problem


def _both(actor: Actor, problem_id: int, incident_id: int) -> tuple[Problem, Incident]:
    problem = access.problem_for(actor, problem_id)
    try:
        incident = incidents.incident_for(actor, incident_id)
    except NotFound as error:
        raise error.at("incidentId") from None
    if not access.may_link(actor, problem, incident):
        raise Forbidden(
            "Saying which incidents a problem is behind needs a responder's role in its unit, or in the incident's"
            " if the problem is shared."
        )
    return problem, incident


def _tell(actor: Actor, problem: Problem, incident: Incident, verb: str, change: list[str | None]) -> None:
    """In the incident's name: who may not see that learns nothing."""
    event = ProblemLinked if verb == "link_incident" else ProblemUnlinked
    outbox.record(
        actor=actor,
        event=event(
            unit_id=incident.unit_id,
            incident_id=incident.pk,
            restricted=incident.restricted,
            problem_id=problem.pk,
        ),
    )
    audit.record(
        actor=actor,
        verb=verb,
        obj=problem,
        unit_id=incident.unit_id,
        incident_id=incident.pk,
        restricted=incident.restricted,
        change={"incident": change},
    )
