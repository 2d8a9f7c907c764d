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
    escalate_incident,
    resume_escalation,
    settle_runs,
    snooze_escalation,
    start_runs,
)

__all__ = [
    "NewPolicy",
    "NewStep",
    "NewTarget",
    "create_policy",
    "escalate_incident",
    "require_writer",
    "resume_escalation",
    "retire_policy",
    "settle_runs",
    "snooze_escalation",
    "start_runs",
    "update_policy",
]
