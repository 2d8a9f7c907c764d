"""What an incident's room shows of runbooks: those that are carried out in it, and those that may be for it."""

from __future__ import annotations

from typing import Any, Final

from hub.incidents import access as incidents
from hub.incidents.models import Incident
from hub.incidents.pages.panels import Panel
from hub.incidents.rooms import Act
from hub.lib.identity import Actor
from knowledge.postmortems.prose import render as render_prose
from knowledge.runbooks import access
from knowledge.runbooks.models import RunbookRun, StepState

MOST_OFFERED: Final = 5


def runbooks_panel(actor: Actor, incident: Incident) -> Panel | None:
    """The panel; None where nothing was carried out and nothing is offered."""
    runs = list(access.runs_in(actor, incident).prefetch_related("steps__settled_by"))
    may_tick = Act.WRITE in incidents.rights(actor, incident)
    may_run = incident.is_open and may_tick
    offers = list(access.offered(actor, incident)[:MOST_OFFERED]) if may_run else []
    if not runs and not offers:
        return None
    return Panel(
        "runbooks/panel.html",
        {
            "incident": incident,
            "runs": [_shown(run) for run in runs],
            "offers": offers,
            "may_run": may_run,
            "may_tick": may_tick,
        },
    )


def _shown(run: RunbookRun) -> dict[str, Any]:
    steps = list(run.steps.all())
    settled = sum(step.state != StepState.OPEN for step in steps)
    following = next((step.pk for step in steps if step.state == StepState.OPEN), None)
    return {
        "run": run,
        "steps": [{"step": step, "html": render_prose(step.detail), "is_next": step.pk == following} for step in steps],
        "settled": settled,
        "count": len(steps),
        "left": len(steps) - settled,
    }
