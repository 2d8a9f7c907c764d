"""What an incident's room shows of its escalation: what was done, and what comes if nobody does anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from hub.escalation import access
from hub.escalation.forecasting import Forecast, foresee_incident
from hub.escalation.models import Outcome, Run
from hub.incidents import access as incidents
from hub.incidents.models import Incident
from hub.incidents.pages.panels import Panel
from hub.incidents.rooms import Act
from hub.lib.identity import Actor

MOST_AHEAD: Final = 6
MOST_TAKEN: Final = 12


def escalation_panel(actor: Actor, incident: Incident) -> Panel | None:
    """The panel; None for an incident that no policy stands for and where nothing was escalated."""
    runs = list(access.runs_of(actor, incident.pk))
    follows_policy = incident.is_open and not incident.restricted
    policy = access.policy_of(actor, incident.unit, incident.service_id) if follows_policy else None
    if not runs and policy is None:
        return None
    rights = incidents.rights(actor, incident)
    live = [run for run in runs if run.ended_at is None]
    waits = bool(live) or (incident.is_quiet and incident.is_open)
    forecast = foresee_incident(actor, incident) if waits else Forecast((), ())
    paging = [step for step in forecast.steps if step.outcome is Outcome.PAGED]
    return Panel(
        "escalation/panel.html",
        {
            "incident": incident,
            "live": live,
            "paused_until": next((run.paused_until for run in live if run.paused_until), None),
            "policy": policy,
            "for_admitted": any(run.for_admitted for run in live),
            "quiet_until": forecast.quiet_until,
            "ahead": paging[:MOST_AHEAD],
            "more": max(len(paging) - MOST_AHEAD, 0),
            "taken": _taken(runs)[:MOST_TAKEN],
            "may_pause": Act.MOVE in rights and bool(live),
            "may_escalate": Act.WRITE in rights and policy is not None,
        },
    )


def _taken(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """The steps that paged somebody or nobody, the latest first."""
    steps = [
        {"run": run, "step": step, "number": step.position + 1}
        for run in runs
        for step in run.steps.all()
        if step.outcome != Outcome.PASSED_OVER
    ]
    return sorted(steps, key=lambda each: (each["step"].at, each["step"].pk), reverse=True)
