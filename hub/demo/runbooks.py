"""The demonstration's runbooks: in force, waiting for approval, stale, unused or retired, and where they were used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from hub.demo.organisation import Organisation
from hub.demo.reading import read_content
from hub.incidents.models import EntryKind, Incident, TimelineEntry
from hub.lib import clock
from knowledge.postmortems.models import Postmortem
from knowledge.revisions.access import check_due
from knowledge.runbooks.models import Revision, RevisionState, Runbook, RunbookRun, RunbookRunStep, StepState
from knowledge.runbooks.steps import as_rows, parse

SOURCE: Final = "runbooks.yaml"
TO_APPROVE: Final = timedelta(days=2)
A_STEP: Final = timedelta(minutes=3)


def load_runbooks(organisation: Organisation) -> None:
    """Write them past the actions."""
    numbers: Counter[str] = Counter()
    for each in read_content(SOURCE)["runbooks"]:
        numbers[each["unit"]] += 1
        approved = clock.now() - timedelta(days=each["age"]) if "age" in each else None
        written = (approved or clock.now()) - 2 * TO_APPROVE
        written -= timedelta(days=200) if "former" in each else timedelta()
        runbook = Runbook.objects.create(
            unit=organisation.units[each["unit"]],
            number=numbers[each["unit"]],
            title=each["title"],
            service=organisation.services.get(each.get("service", "")),
            failure_mode=organisation.failure_modes.get(each.get("failure_mode", "")),
            owner=organisation.people[each["owner"]],
            written_at=written,
            written_by=organisation.people[each["proposed_by"]],
            edited_at=approved or written,
        )
        _revise(organisation, runbook, each, approved, written)
        if approved is not None:
            _use(runbook, each.get("used", 0))


def _revise(
    organisation: Organisation, runbook: Runbook, each: Mapping[str, Any], approved: datetime | None, written: datetime
) -> None:
    decided_by = organisation.people.get(each.get("approved_by", ""))
    if "former" in each:
        _write(
            organisation,
            runbook,
            {**each, **each["former"]},
            state=RevisionState.SUPERSEDED,
            proposed_at=written,
            decided_at=written + TO_APPROVE,
            decided_by=decided_by,
        )
    if approved is None:
        _write(organisation, runbook, each, state=RevisionState.PROPOSED, proposed_at=written)
        return
    runbook.current = _write(
        organisation,
        runbook,
        each,
        state=RevisionState.CURRENT,
        proposed_at=approved - TO_APPROVE,
        decided_at=approved,
        decided_by=decided_by,
    )
    runbook.checked_at, runbook.check_due_at = approved, check_due(approved, runbook.check_days)
    if "retired" in each:
        runbook.retired_at, runbook.retired_because = approved + timedelta(days=90), each["retired"]
    runbook.save()
    if each.get("shared"):
        # The revisions follow by their composite key.
        Runbook.objects.filter(pk=runbook.pk).update(shared=True)
    if "waiting" in each:
        runbook.refresh_from_db()
        waiting = {**each, **each["waiting"]}
        _write(
            organisation,
            runbook,
            waiting,
            state=RevisionState.PROPOSED,
            proposed_at=clock.now() - timedelta(days=3),
        )


def _write(organisation: Organisation, runbook: Runbook, each: Mapping[str, Any], **facts: Any) -> Revision:
    finding = Postmortem.objects.filter(title=each["finding"]).first() if "finding" in each else None
    return Revision.objects.create(
        runbook=runbook,
        unit=runbook.unit,
        shared=runbook.shared,
        number=runbook.revisions.count() + 1,
        purpose=each["purpose"].strip(),
        steps=as_rows(parse(each["steps"])),
        reason=each["reason"],
        postmortem=finding,
        proposed_by=organisation.people[each["proposed_by"]],
        **facts,
    )


def _use(runbook: Runbook, times: int) -> None:
    """It was carried out in the latest closed incidents of its service; a long one ended early."""
    revision = runbook.current
    found = Incident.objects.filter(
        service=runbook.service, unit=runbook.unit, restricted=False, status="closed", acknowledged_at__isnull=False
    )
    for place, incident in enumerate(found.order_by("-declared_at")[:times]):
        started = (incident.acknowledged_at or incident.declared_at) + A_STEP
        who = {"unit": incident.unit, "incident": incident}
        steps = revision.steps if revision is not None else []
        done = len(steps) if place else len(steps) - 1
        run = RunbookRun.objects.create(
            runbook=runbook,
            revision_number=revision.number if revision is not None else 1,
            title=runbook.title,
            started_at=started,
            started_by=runbook.owner,
            ended_at=started + A_STEP * (done + 1),
            ended_by=runbook.owner,
            outcome="It helped as it stands." if place else "It was over before the last step.",
            **who,
        )
        RunbookRunStep.objects.bulk_create(
            RunbookRunStep(
                run=run,
                position=number,
                title=step["title"],
                detail=step["detail"],
                state=StepState.DONE if number <= done else StepState.OPEN,
                settled_at=started + A_STEP * number if number <= done else None,
                settled_by=runbook.owner if number <= done else None,
                **who,
            )
            for number, step in enumerate(steps, start=1)
        )
        TimelineEntry.objects.bulk_create(
            TimelineEntry(
                kind=EntryKind.SYSTEM,
                body=f"Runbook “{run.title}”, step {number} done: {step['title']}",
                author=runbook.owner,
                at=started + A_STEP * number,
                **who,
            )
            for number, step in enumerate(steps[:done], start=1)
        )
