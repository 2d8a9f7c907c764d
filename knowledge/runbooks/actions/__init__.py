"""The only writers of runbooks. Each is one transaction: lock the runbook or the incident, check, write, audit."""

from knowledge.runbooks.actions.keeping import (
    confirm_runbook,
    edit_runbook,
    restore_runbook,
    retire_runbook,
    share_runbook,
)
from knowledge.runbooks.actions.revising import (
    approve_revision,
    decline_revision,
    edit_revision,
    revise_runbook,
    write_runbook,
)
from knowledge.runbooks.actions.running import end_runbook, settle_step, start_runbook

__all__ = [
    "approve_revision",
    "confirm_runbook",
    "decline_revision",
    "edit_revision",
    "edit_runbook",
    "end_runbook",
    "restore_runbook",
    "retire_runbook",
    "revise_runbook",
    "settle_step",
    "share_runbook",
    "start_runbook",
    "write_runbook",
]
