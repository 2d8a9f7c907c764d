"""The only writers of policies and runs. Each is one transaction: lock, check, write, audit, event."""

from hub.escalation.actions.policies import (
    NewPolicy,
    NewStep,
    NewTarget,
    create_policy,
    require_writer,
    retire_policy,
    update_policy,
)
from hub.escalation.actions.runs import (
    begin_graver,
    close_runs,
    escalate_incident,
    hand_runs_over,
    resume_escalation,
    settle_runs,
    snooze_escalation,
    start_runs,
)

__all__ = [
    "NewPolicy",
    "NewStep",
    "NewTarget",
    "begin_graver",
    "close_runs",
    "create_policy",
    "escalate_incident",
    "hand_runs_over",
    "require_writer",
    "resume_escalation",
    "retire_policy",
    "settle_runs",
    "snooze_escalation",
    "start_runs",
    "update_policy",
]
