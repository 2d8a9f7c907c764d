"""The only door to runbooks. Missing and forbidden are the same error."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db.models import F, Max, Q, QuerySet

from hub.incidents.models import Incident
from hub.lib import clock
from hub.lib.errors import NotFound
from hub.lib.identity import Actor
from knowledge.revisions import access as revised
from knowledge.runbooks.kind import RUNBOOKS
from knowledge.runbooks.models import Revision, Runbook, RunbookRun, RunbookRunStep
from tenants import access as tenants

UNUSED_AFTER: Final = timedelta(days=180)
"""A runbook that was in force for so long and carried out in no incident of that time is unused."""


def runbooks(actor: Actor) -> QuerySet[Runbook]:
    """Every runbook that `actor` may read: the database decides, the query only asks."""
    return Runbook.objects.all()


def usable(actor: Actor) -> QuerySet[Runbook]:
    """Those that can be carried out."""
    return revised.in_use(runbooks(actor))


def stale(found: QuerySet[Runbook]) -> QuerySet[Runbook]:
    """Those of `found` that nobody has looked at for too long."""
    return revised.stale(found)


def unused(found: QuerySet[Runbook]) -> QuerySet[Runbook]:
    """Those of `found` that no incident used that the reader sees, for `UNUSED_AFTER`."""
    since = clock.now() - UNUSED_AFTER
    in_use = RunbookRun.objects.filter(started_at__gte=since).values("runbook_id")
    return revised.in_use(found).filter(written_at__lt=since).exclude(pk__in=in_use)


def with_use(found: QuerySet[Runbook]) -> QuerySet[Runbook]:
    """`found` with `used_at`: when each was last carried out, as far as the reader sees."""
    return found.annotate(used_at=Max("runs__started_at"))


def runbook_for(actor: Actor, runbook_id: int) -> Runbook:
    """The runbook with this id. Raises `NotFound`."""
    return revised.text_for(RUNBOOKS, runbook_id)


def revisions(actor: Actor, runbook: Runbook) -> QuerySet[Revision]:
    """What it says and said, the latest first."""
    return revised.revisions_of(RUNBOOKS, runbook)


def all_revisions(actor: Actor) -> QuerySet[Revision]:
    """Every revision that `actor` may read, with its runbook and unit."""
    return Revision.objects.select_related("runbook__unit")


def revision_for(actor: Actor, revision_id: int) -> Revision:
    """The revision with this id, with its runbook. Raises `NotFound`."""
    return revised.revision_for(RUNBOOKS, revision_id)


def waiting(actor: Actor, runbook: Runbook) -> Revision | None:
    """The revision that waits for approval, if `actor` may see one."""
    return revised.waiting(RUNBOOKS, runbook)


def waiting_for_decision(actor: Actor) -> QuerySet[Revision]:
    """Proposals that `actor` may decide: of the units where they publish, and not their own. The oldest first."""
    return revised.waiting_for_decision(RUNBOOKS, actor)


def revisions_from(actor: Actor, postmortem_id: int) -> QuerySet[Revision]:
    """What a review's findings proposed, the latest first."""
    return revised.revisions_from(RUNBOOKS, postmortem_id)


def runs_in(actor: Actor, incident: Incident) -> QuerySet[RunbookRun]:
    """What was carried out in an incident's room: what is still going on first, then the latest."""
    rows = RunbookRun.objects.filter(incident=incident).select_related("runbook", "started_by", "ended_by")
    return rows.order_by(F("ended_at").desc(nulls_first=True), "-started_at", "-id")


def is_running(actor: Actor, incident: Incident, runbook: Runbook) -> bool:
    """Whether the runbook is being carried out in the incident's room."""
    return RunbookRun.objects.filter(incident=incident, runbook=runbook, ended_at=None).exists()


def runs_of(actor: Actor, runbook: Runbook) -> QuerySet[RunbookRun]:
    """Where a runbook was carried out, as far as `actor` sees, the latest first."""
    return runbook.runs.select_related("incident", "incident__unit", "started_by").order_by("-started_at", "-id")


def run_for(actor: Actor, run_id: int) -> RunbookRun:
    """The run with this id. Its writers lock the incident. Raises `NotFound`."""
    try:
        return RunbookRun.objects.get(pk=run_id)
    except RunbookRun.DoesNotExist:
        raise NotFound("run of a runbook") from None


def step_for(actor: Actor, step_id: int) -> RunbookRunStep:
    """The step of a run with this id. Its writers lock the incident. Raises `NotFound`."""
    try:
        return RunbookRunStep.objects.select_related("run").get(pk=step_id)
    except RunbookRunStep.DoesNotExist:
        raise NotFound("step") from None


def offered(actor: Actor, incident: Incident) -> QuerySet[Runbook]:
    """Runbooks that may be for an incident: those of its service, then its unit's that are for no service."""
    service = Q(service=incident.service_id) if incident.service_id else Q(pk__in=())
    general = Q(service=None, unit=incident.unit_id)
    busy = RunbookRun.objects.filter(incident=incident, ended_at=None).values("runbook_id")
    rows = usable(actor).filter(service | general).exclude(pk__in=busy)
    return rows.select_related("unit", "service").order_by(F("service").asc(nulls_last=True), "title", "id")


def for_review(actor: Actor, *, unit_id: int, service_id: int | None, failure_mode_id: int | None) -> QuerySet[Runbook]:
    """The unit's runbooks that a review's finding may be about: of its failure mode or service, then the others."""
    modes = tenants.with_meaning(actor, failure_mode_id)
    return revised.for_finding(RUNBOOKS, unit_id, Q(failure_mode__in=modes) | Q(service=service_id or 0))
