"""What an incident's room shows of phone trees: who was reached, who was silent, who could not be reached; live."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from hub.incidents import access as incidents
from hub.incidents.models import Incident
from hub.incidents.pages.panels import Panel
from hub.incidents.rooms import Act
from hub.lib.identity import Actor
from hub.reach import access
from hub.reach.models import Call, CallState, TreeRun

MOST_RUNS: Final = 5


def phone_trees_panel(actor: Actor, incident: Incident) -> Panel | None:
    """The panel; None where nobody was called and the reader may call nobody."""
    runs = list(access.tree_runs(actor).filter(incident=incident)[:MOST_RUNS])
    may_call = Act.ASSIGN in incidents.rights(actor, incident) and incident.is_open and not incident.restricted
    live = {run.tree_id for run in runs if run.ended_at is None}
    trees = [tree for tree in access.trees_for(actor, incident) if tree.pk not in live] if may_call else []
    if not runs and not trees:
        return None
    return Panel(
        "reach/panel.html",
        {
            "incident": incident,
            "runs": [shown(run) for run in runs],
            "trees": trees,
            "may_call": may_call,
            "me": actor.person_id,
        },
    )


def shown(run: TreeRun) -> dict[str, Any]:
    """A run with its calls as they hang below each other, and how many came how far; calls must be read with it."""
    calls = list(run.calls.all())
    counted = Counter(call.state for call in calls)
    return {
        "run": run,
        "branches": _branches(calls, None),
        "reached": counted[CallState.REACHED],
        "count": len(calls),
        "states": [(state.label.lower(), counted[state]) for state in CallState if counted[state]],
    }


def _branches(calls: Sequence[Call], above: int | None) -> list[dict[str, Any]]:
    return [{"call": call, "below": _branches(calls, call.pk)} for call in calls if call.above_id == above]
