"""The only door to reviews and what belongs to them. Missing and forbidden are the same error."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, Model, OuterRef, Q, QuerySet

from hub.incidents.models import Incident, IncidentRole, TimelineEntry
from hub.lib import clock, identity
from hub.lib.errors import NotFound
from hub.lib.identity import Actor, acting_as
from knowledge.postmortems.models import (
    ActionItem,
    ActionStatus,
    Analysis,
    CausalLink,
    Effect,
    Evidence,
    Gap,
    Postmortem,
    PostmortemMoment,
    PostmortemRevision,
    PostmortemStatus,
    Proof,
)
from tenants import access as tenants
from tenants.definitions import Basis, Grounds
from tenants.models import Person
from tenants.permissions import Permission, can

Part = TypeVar("Part", bound=Model)


def postmortems(actor: Actor) -> QuerySet[Postmortem]:
    """Every review that `actor` may read: the database decides, the query only asks."""
    return Postmortem.objects.all()


def postmortem_for(actor: Actor, postmortem_id: int, *, lock: bool = False) -> Postmortem:
    """The review with this id.

    Args:
        lock: hold the row until the transaction ends, leaving its key free for children. Whoever may not write in
            the review cannot lock it, and gets the same answer as for a review that is not there.

    Raises `NotFound`.
    """
    queryset = Postmortem.objects.select_for_update(no_key=True, of=("self",)) if lock else Postmortem.objects.all()
    try:
        return queryset.get(pk=postmortem_id)
    except Postmortem.DoesNotExist:
        raise NotFound("post-mortem") from None


def postmortem_of(actor: Actor, incident_id: int) -> Postmortem | None:
    """The incident's review, if it has one that `actor` may read."""
    return Postmortem.objects.filter(incident_id=incident_id).first()


def postmortem_referenced(actor: Actor, reference: str) -> Postmortem:
    """The review of the incident called PAY-142. Raises `NotFound`."""
    found = Postmortem.objects.filter(reference=reference.upper()).order_by("id").first()
    if found is None:
        raise NotFound("post-mortem")
    return found


def action_item_for(actor: Actor, action_item_id: int, *, lock: bool = False) -> ActionItem:
    """The action item with this id. Raises `NotFound`."""
    queryset = ActionItem.objects.select_for_update(no_key=True, of=("self",)) if lock else ActionItem.objects.all()
    try:
        return queryset.get(pk=action_item_id)
    except ActionItem.DoesNotExist:
        raise NotFound("action item") from None


def moment_for(actor: Actor, moment_id: int, *, lock: bool = False) -> PostmortemMoment:
    """The moment of a review's timeline with this id. Raises `NotFound`."""
    rows = PostmortemMoment.objects
    queryset = rows.select_for_update(no_key=True, of=("self",)) if lock else rows.all()
    try:
        return queryset.get(pk=moment_id)
    except PostmortemMoment.DoesNotExist:
        raise NotFound("moment") from None


def analysis_for(actor: Actor, analysis_id: int) -> Analysis:
    """The analysis of a review with this id. Its writers lock the review. Raises `NotFound`."""
    return _part(Analysis.objects.all(), analysis_id, "analysis")


def effect_for(actor: Actor, effect_id: int) -> Effect:
    """The effect of an analysis with this id. Raises `NotFound`."""
    return _part(Effect.objects.select_related("analysis"), effect_id, "effect")


def link_for(actor: Actor, link_id: int) -> CausalLink:
    """The link from an effect to a cause of it. Raises `NotFound`."""
    return _part(CausalLink.objects.select_related("effect", "cause"), link_id, "cause")


def evidence_for(actor: Actor, evidence_id: int) -> Evidence:
    """The piece of evidence with this id. Raises `NotFound`."""
    return _part(Evidence.objects.select_related("effect"), evidence_id, "evidence")


def gap_for(actor: Actor, gap_id: int) -> Gap:
    """The gap of a review with this id. Raises `NotFound`."""
    return _part(Gap.objects.all(), gap_id, "gap")


def _part(rows: QuerySet[Part], key: int, noun: str) -> Part:
    found = rows.filter(pk=key).first()
    if found is None:
        raise NotFound(noun)
    return found


def analyses(actor: Actor, postmortem: Postmortem) -> QuerySet[Analysis]:
    """The review's analyses in the order in which they were begun, with their effects, links and evidence."""
    return postmortem.analyses.select_related("created_by").prefetch_related("effects__evidence", "links")


def open_effects(actor: Actor, postmortem: Postmortem) -> QuerySet[Effect]:
    """The effects of the review's analyses whose causes are still asked for."""
    return Effect.objects.filter(postmortem=postmortem, is_open=True).order_by("analysis_id", "id")


def overdue(actor: Actor) -> QuerySet[Postmortem]:
    """The drafts that should have been published by now, the longest overdue first."""
    late = Q(status=PostmortemStatus.DRAFT, due_at__lt=clock.now())
    return postmortems(actor).filter(late).order_by("due_at", "id")


def due_by(actor: Actor, moment: datetime) -> QuerySet[Postmortem]:
    """The drafts that should be published by `moment` (aware)."""
    return postmortems(actor).filter(status=PostmortemStatus.DRAFT, due_at__lte=moment).order_by("due_at", "id")


def actions_due_by(actor: Actor, day: date) -> QuerySet[ActionItem]:
    """The open action items of published reviews whose deadline is on `day` or before, with their owners."""
    return (
        ActionItem.objects.filter(
            status=ActionStatus.OPEN, due_on__lte=day, postmortem__status=PostmortemStatus.PUBLISHED
        )
        .select_related("owner", "unit", "postmortem")
        .order_by("due_on", "id")
    )


def overdue_actions(actor: Actor) -> QuerySet[ActionItem]:
    """The open action items whose day, counted in UTC, is over, of published reviews that `actor` may read."""
    return actions_due_by(actor, clock.now().date() - timedelta(days=1))


def waiting_for_owners(actor: Actor, postmortem_id: int) -> QuerySet[ActionItem]:
    """The review's open items whose owners have not committed to their deadline yet."""
    waiting = ActionItem.objects.filter(postmortem=postmortem_id, status=ActionStatus.OPEN, accepted_at=None)
    return waiting.exclude(owner=None).exclude(due_on=None).select_related("owner", "unit", "postmortem").order_by("id")


@dataclass(frozen=True)
class Completion:
    """What became of the action items that fell due in a span.

    Attributes:
        due: all of them but those that were dropped.
        in_time, late: done by their day, and after it.
        open: not done yet.
        undated: written in the span without a day, so that they cannot fall due; dropped ones are not among them.
    """

    due: int
    in_time: int
    late: int
    open: int
    dropped: int
    undated: int = 0

    @property
    def basis(self) -> Basis:
        """On what the rate rests: the items that have a day, of all."""
        dated = self.due + self.dropped
        return Basis(counted=dated + self.undated, covered=dated, strength=Decimal(dated))

    @property
    def rate(self) -> float | None:
        """The share that is done, in time or late; None where nothing fell due."""
        return (self.in_time + self.late) / self.due if self.due else None


def completion(actor: Actor, *, days: int = 365) -> Completion:
    """What became of the items of published reviews that `actor` may see and that fell due lately.

    Args:
        days: how far back, until yesterday, in UTC.
    """
    return Completion(**_fell_due(days).aggregate(**_BY_OUTCOME))


def completion_by_unit(actor: Actor, *, days: int = 365) -> dict[int, Completion]:
    """The same by the unit whose reviews the items are of; a unit without any is left out."""
    rows = _fell_due(days).order_by().values("unit_id").annotate(**_BY_OUTCOME)
    return {row.pop("unit_id"): Completion(**row) for row in rows}


def completion_grounds(found: Mapping[int, Completion]) -> Grounds:
    """On what rates rest that were read by unit."""
    by_unit = {unit: each.basis for unit, each in sorted(found.items())}
    counted, covered = sum(each.counted for each in by_unit.values()), sum(each.covered for each in by_unit.values())
    return Grounds(
        said="action items have a day",
        whole=Basis(counted=counted, covered=covered, strength=Decimal(covered)),
        by_unit=by_unit,
        known_at=clock.now(),
        taxonomy_version=None,
    )


MOST_TOLD: Final = 3
"""So many of those who could lead a review hear of one that nobody leads."""

_DATED: Final = Q(due_on__isnull=False)
_DONE: Final = _DATED & Q(status=ActionStatus.DONE)
_IN_TIME: Final = Q(done_at__date__lte=F("due_on"))
_BY_OUTCOME: Final = {
    "due": Count("pk", filter=_DATED & ~Q(status=ActionStatus.DROPPED)),
    "in_time": Count("pk", filter=_DONE & _IN_TIME),
    "late": Count("pk", filter=_DONE & ~_IN_TIME),
    "open": Count("pk", filter=_DATED & Q(status=ActionStatus.OPEN)),
    "dropped": Count("pk", filter=_DATED & Q(status=ActionStatus.DROPPED)),
    "undated": Count("pk", filter=~_DATED),
}


def _fell_due(days: int) -> QuerySet[ActionItem]:
    """The items that fell due, and those that cannot: they have no day."""
    today = clock.now().date()
    first = today - timedelta(days=days)
    dated = Q(due_on__lt=today, due_on__gte=first)
    undated = Q(due_on=None, created_at__date__lt=today, created_at__date__gte=first) & ~Q(status=ActionStatus.DROPPED)
    return ActionItem.objects.filter(dated | undated, postmortem__status=PostmortemStatus.PUBLISHED)


def my_action_items(actor: Actor) -> QuerySet[ActionItem]:
    """The open action items that `actor` owns, the most urgent first; those without a deadline last.

    An item of a review that `actor` may not read has no review.
    """
    owned = ActionItem.objects.filter(owner_id=actor.person_id or 0, status=ActionStatus.OPEN)
    return owned.select_related("unit", "postmortem").order_by("due_on", "id")


def wanted_since(item: ActionItem, review: Postmortem | None, kind: Proof) -> datetime:
    """Since when something of this kind can have come of an item: since the incident, or since it was written for
    whoever may not read its `review`. An alert since it was written in any case: what fired before was no test.
    """
    if review is None or kind == Proof.ALERT_TEST:
        return item.created_at
    return min(review.occurred_at, item.created_at)


def review_of_item(actor: Actor, item: ActionItem) -> Postmortem | None:
    """The item's review, or None when `actor` may not read it."""
    return Postmortem.objects.filter(pk=item.postmortem_id or 0).first()


def action_items(actor: Actor, postmortem: Postmortem) -> QuerySet[ActionItem]:
    """The review's action items in the order in which they are shown, with their owners."""
    return postmortem.action_items.select_related("owner").order_by("due_on", "id")


def revisions(actor: Actor, postmortem: Postmortem) -> QuerySet[PostmortemRevision]:
    """What the review said before, the latest first. Readers outside the unit see none of it."""
    return postmortem.revisions.select_related("replaced_by").order_by("-version", "-id")


def incident_of(actor: Actor, postmortem: Postmortem) -> Incident | None:
    """The review's incident, or None when `actor` may not see it."""
    return Incident.objects.filter(postmortem=postmortem).first()


def people_involved(actor: Actor, postmortem: Postmortem) -> QuerySet[Person]:
    """Whose names may stand in the text: people of the incident, its timeline and the action items."""
    return _involved(postmortem.pk, postmortem.incident_id, postmortem.author_id)


def candidates(actor: Actor, postmortem: Postmortem) -> QuerySet[Person]:
    """Who is offered as an owner: the people involved, and those with a role in the unit."""
    people = Q(pk__in=people_involved(actor, postmortem).values("pk")) | Q(role_assignments__unit=postmortem.unit_id)
    return Person.objects.filter(people, is_active=True, is_service=False).distinct()


def names_involved() -> ArraySubquery:
    """The same people's names, as an annotation of many reviews at once."""
    # The review stands two queries further out than the ids of its people.
    review, incident = OuterRef(OuterRef("pk")), OuterRef(OuterRef("incident_id"))
    return ArraySubquery(_involved(review, incident, OuterRef("author_id")).values("name"))


def _involved(postmortem: Any, incident: Any, author: Any) -> QuerySet[Person]:
    return Person.objects.filter(
        Q(pk__in=IncidentRole.objects.filter(incident=incident).values("person"))
        | Q(pk__in=TimelineEntry.objects.filter(incident=incident).values("author"))
        | Q(pk__in=ActionItem.objects.filter(postmortem=postmortem).values("owner"))
        | Q(pk=author)
    )


def may_write(actor: Actor, postmortem: Postmortem) -> bool:
    """Whether `actor` may change what the review says now: a published one takes somebody who may publish."""
    if postmortem.is_published:
        return may_publish(actor, postmortem)
    return _in_its_room(actor, postmortem, Permission.KNOWLEDGE_WRITE)


def may_add_actions(actor: Actor, postmortem: Postmortem) -> bool:
    """Whether `actor` may add and change action items, before and after publication."""
    return _in_its_room(actor, postmortem, Permission.KNOWLEDGE_WRITE)


def may_publish(actor: Actor, postmortem: Postmortem) -> bool:
    """Whether `actor` may publish the review and take it back."""
    return _in_its_room(actor, postmortem, Permission.KNOWLEDGE_PUBLISH)


def _in_its_room(actor: Actor, postmortem: Postmortem, permission: Permission) -> bool:
    # A restricted review is seen by explicit grants alone, and they write it together.
    return postmortem.restricted or can(actor, permission, postmortem.unit_id)


def reads_drafts(actor: Actor, postmortem: Postmortem) -> bool:
    """Whether `actor`, who reads the review, would also read it as a draft, and so what belongs to its unit alone."""
    return _in_its_room(actor, postmortem, Permission.KNOWLEDGE_VIEW)


def readers(actor: Actor, postmortem: Postmortem, people: Iterable[int]) -> set[int]:
    """Who of these people may read the review while its unit writes it: each is asked for as themselves."""
    found = set()
    rows = Person.objects.filter(pk__in=set(people), is_active=True, is_service=False)
    for person_id in rows.values_list("pk", flat=True):
        reader = identity.person(person_id, through=actor.through)
        with acting_as(reader):
            if Postmortem.objects.filter(pk=postmortem.pk).exists() and reads_drafts(reader, postmortem):
                found.add(person_id)
    return found


def owner_to_tell(actor: Actor, item: ActionItem) -> Person | None:
    """Whose item it is, while they are here; of a restricted review's, while they still read it.

    Its owner and review are read with it.
    """
    owner, review = item.owner, item.postmortem
    if owner is None or not owner.is_active:
        return None
    if item.restricted and (review is None or not readers(actor, review, [owner.pk])):
        return None
    return owner


def whoever_leads(actor: Actor, postmortem: Postmortem) -> list[Person]:
    """Who leads a review; where nobody does who is still here and reads it, some of those who could, or nobody of a
    restricted one.

    Its author and unit are read with it.
    """
    if postmortem.author is not None and readers(actor, postmortem, [postmortem.author.pk]):
        return [postmortem.author]
    if postmortem.restricted:
        return []
    return list(tenants.people_holding(actor, Permission.KNOWLEDGE_PUBLISH, postmortem.unit_id, most=MOST_TOLD))
