"""The only writers of problems. Each is one transaction: lock the problem, check, write, audit, record the event."""

from knowledge.problems.actions.linking import link_incident, unlink_incident
from knowledge.problems.actions.working import (
    drop_problem,
    edit_problem,
    mark_known_error,
    open_problem,
    reopen_problem,
    resolve_problem,
    share_problem,
)

__all__ = [
    "drop_problem",
    "edit_problem",
    "link_incident",
    "mark_known_error",
    "open_problem",
    "reopen_problem",
    "resolve_problem",
    "share_problem",
    "unlink_incident",
]
