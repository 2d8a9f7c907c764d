"""Runbooks, as a kind of texts that change by revisions."""

from __future__ import annotations

from typing import Final

from knowledge.revisions.kinds import Kind
from knowledge.runbooks.events import RevisionDecided, RevisionProposed, RunbookChanged
from knowledge.runbooks.models import Revision, Runbook

RUNBOOKS: Final = Kind(
    text=Runbook,
    revision=Revision,
    noun="runbook",
    a_noun="a runbook",
    revision_noun="revision",
    came_in_use="came into force",
    says_so_already=("It says what is in force already.", "steps"),
    said=lambda revision: (revision.purpose, revision.steps),
    changed=lambda runbook, columns: RunbookChanged(
        unit_id=runbook.unit_id, incident_id=None, runbook_id=runbook.pk, changed=columns
    ),
    proposed=lambda revision: RevisionProposed(
        unit_id=revision.unit_id, incident_id=None, runbook_id=revision.runbook_id, revision_id=revision.pk
    ),
    decided=lambda revision: RevisionDecided(
        unit_id=revision.unit_id,
        incident_id=None,
        runbook_id=revision.runbook_id,
        revision_id=revision.pk,
        state=revision.state,
    ),
)
