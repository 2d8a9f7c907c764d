"""The only door to runbooks. Missing and forbidden are the same error."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db.models import F, Max, Q, QuerySet

from hub.incidents.models import Incident
from hub.lib import clock
from hub.lib.errors import NotFound
from hub.lib.identity import Actor
from knowledge.runbooks.models import Revision, RevisionState, Runbook, RunbookRun, RunbookRunStep
from tenants import access as tenants
from tenants.models import BusinessUnit
from tenants.permissions import Permission, can, units_with

IN_FORCE: Final = Q(current__isnull=False, retired_at=None)
UNUSED_AFTER: Final = timedelta(days=180)
"""A runbook that was in force for so long and carried out in no incident of that time is unused."""


def runbooks(actor: Actor) -> QuerySet[Runbook]:
    """Every runbook that `actor` may read: the database decides, the query only asks."""
    return Runbook.objects.all()


def usable(actor: Actor) -> QuerySet[Runbook]:
    """Those that can be carried out."""
    return runbooks(actor).filter(IN_FORCE)


def stale(found: QuerySet[Runbook]) -> QuerySet[Runbook]:
    """Those of `found` that nobody has looked at for too long."""
    return found.filter(IN_FORCE, check_due_at__lt=clock.now())


def unused(found: QuerySet[Runbook]) -> QuerySet[Runbook]:
    """Those of `found` that no incident used that the reader sees, for `UNUSED_AFTER`."""
    since = clock.now() - UNUSED_AFTER
    in_use = RunbookRun.objects.filter(started_at__gte=since).values("runbook_id")
    return found.filter(IN_FORCE, written_at__lt=since).exclude(pk__in=in_use)


def with_use(found: QuerySet[Runbook]) -> QuerySet[Runbook]:
    """`found` with `used_at`: when each was last carried out, as far as the reader sees."""
    return found.annotate(used_at=Max("runs__started_at"))


def runbook_for(actor: Actor, runbook_id: int, *, lock: bool = False) -> Runbook:
    """The runbook with this id; `lock` holds its row until the transaction ends. Raises `NotFound`."""
    queryset = Runbook.objects.select_for_update(no_key=True, of=("self",)) if lock else Runbook.objects.all()
    try:
        return queryset.get(pk=runbook_id)
    except Runbook.DoesNotExist:
        raise NotFound("runbook") from None


def named(actor: Actor, unit_id: int, title: str) -> Runbook | None:
    """The unit's runbook of this title that is not retired, if there is one."""
    return runbooks(actor).filter(unit_id=unit_id, title__iexact=title, retired_at=None).first()


def next_number(actor: Actor, unit_id: int) -> int:
    """The number of the unit's next runbook. The caller holds the unit's lock for numbers."""
    last: int | None = Runbook.objects.filter(unit_id=unit_id).aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def revisions(actor: Actor, runbook: Runbook) -> QuerySet[Revision]:
    """What it says and said, the latest first."""
    return runbook.revisions.select_related("proposed_by", "decided_by", "postmortem").order_by("-number")


def all_revisions(actor: Actor) -> QuerySet[Revision]:
    """Every revision that `actor` may read, with its runbook and unit."""
    return Revision.objects.select_related("runbook__unit")


def revision_for(actor: Actor, revision_id: int) -> Revision:
    """The revision with this id. Its writers lock the runbook. Raises `NotFound`."""
    try:
        return Revision.objects.select_related("runbook").get(pk=revision_id)
    except Revision.DoesNotExist:
        raise NotFound("revision") from None


def waiting(actor: Actor, runbook: Runbook) -> Revision | None:
    """The revision that waits for approval, if `actor` may see one."""
    return runbook.revisions.filter(state=RevisionState.PROPOSED).first()


def waiting_for_decision(actor: Actor) -> QuerySet[Revision]:
    """Proposals that `actor` may decide: of the units where they publish, and not their own. The oldest first."""
    units = units_with(actor, Permission.KNOWLEDGE_PUBLISH)
    rows = Revision.objects.filter(state=RevisionState.PROPOSED, unit__in=units)
    return rows.exclude(proposed_by_id=actor.person_id or 0).order_by("proposed_at", "id")


def revisions_from(actor: Actor, postmortem_id: int) -> QuerySet[Revision]:
    """What a review's findings proposed, the latest first."""
    rows = Revision.objects.filter(postmortem_id=postmortem_id).select_related("runbook", "proposed_by")
    return rows.order_by("-proposed_at", "-id")


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
    alike = Q(failure_mode=failure_mode_id or 0) | Q(service=service_id or 0)
    rows = runbooks(actor).filter(unit_id=unit_id, retired_at=None).annotate(is_alike=alike)
    return rows.order_by("-is_alike", "title", "id")


def may_write(actor: Actor, unit_id: int) -> bool:
    """Whether `actor` may write runbooks of the unit and propose revisions."""
    return can(actor, Permission.KNOWLEDGE_WRITE, unit_id)


def may_decide(actor: Actor, revision: Revision) -> bool:
    """Whether `actor` may put a proposal in force: somebody who publishes in the unit, and did not write it."""
    return may_publish(actor, revision.unit_id) and (revision.proposed_by_id is None or not _is_own(actor, revision))


def may_publish(actor: Actor, unit_id: int) -> bool:
    """Whether `actor` may approve revisions of the unit's runbooks, share and retire them."""
    return can(actor, Permission.KNOWLEDGE_PUBLISH, unit_id)


def _is_own(actor: Actor, revision: Revision) -> bool:
    return revision.proposed_by_id == actor.person_id


def units_to_write_in(actor: Actor) -> QuerySet[BusinessUnit]:
    """The units whose runbooks `actor` may write."""
    return tenants.units(actor).filter(pk__in=units_with(actor, Permission.KNOWLEDGE_WRITE))


def check_due(moment: datetime, days: int) -> datetime:
    """When somebody has to look again."""
    return moment + timedelta(days=days)
