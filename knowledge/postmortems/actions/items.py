"""Action items: who does what until when, from the review to its closure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date
from typing import Any, Final, NamedTuple

from hub.incidents import access as incidents
from hub.lib import clock, identity
from hub.lib.errors import Conflict, Forbidden, HubError, Invalid, InvalidMany, NotFound
from hub.lib.identity import Actor, acting_as
from hub.lib.texts import checked_text
from hub.lib.unchanged import UNCHANGED, Unchanged
from knowledge.postmortems import access, proofs
from knowledge.postmortems.actions.writing import (
    checked_address,
    part_changed,
    postmortem_for_work,
    scope_of,
)
from knowledge.postmortems.models import ActionItem, ActionPriority, ActionStatus, Postmortem, Proof
from tenants import access as tenants
from tenants import audit

LONGEST_TITLE: Final = 300
LONGEST_OUTCOME: Final = 500


class Way(NamedTuple):
    """How evidence of a kind is given.

    Attributes:
        path: the input that names the thing.
        wanted: what is asked of who gives none.
    """

    path: str
    wanted: str


WAYS: Final[Mapping[Proof, Way]] = {
    Proof.RUNBOOK: Way("proofRevisionId", "name the revision, or the address where it stands"),
    Proof.ALERT_TEST: Way("proofAlertId", "name the alert that came when it was tested"),
    Proof.DRILL: Way("proofDrillId", "name the drill, or the address of its record"),
    Proof.CHANGE: Way("proofMaintenanceId", "name its address, or the maintenance in which it was made"),
}


def add_action_item(
    *,
    actor: Actor,
    postmortem_id: int,
    title: str,
    owner_id: int | None = None,
    due_on: date | None = None,
    priority: ActionPriority = ActionPriority.MEDIUM,
    closes_with: Proof | None = None,
) -> ActionItem:
    """Add an action item. Whoever takes one themselves, with a deadline, has accepted it.

    Args:
        owner_id: who does it, in any unit; a published review takes no item without.
        due_on: until when; a published review takes no item without.
        closes_with: what has to be shown to close it; None for nothing in particular.

    Raises `NotFound` for the review or owner, `Forbidden`, `Invalid` for the title or a deadline before the incident,
    `InvalidMany` for what a published review lacks. Locks the review.
    """
    with acting_as(actor):
        postmortem = postmortem_for_work(actor, postmortem_id)
        item = ActionItem(
            **scope_of(postmortem),
            title=checked_text(title, "title", longest=LONGEST_TITLE),
            owner_id=_owner(actor, postmortem, owner_id),
            due_on=_deadline(postmortem, due_on),
            priority=priority,
            closes_with=closes_with,
            created_at=clock.now(),
            created_by_id=actor.person_id,
        )
        _check_commitment(postmortem, item)
        _accept_own(actor, item)
        item.save(force_insert=True)
        _changed(actor, postmortem, item, "add_action_item", {})
        return item


def update_action_item(
    *,
    actor: Actor,
    action_item_id: int,
    title: str | Unchanged = UNCHANGED,
    owner_id: int | Unchanged | None = UNCHANGED,
    due_on: date | Unchanged | None = UNCHANGED,
    priority: ActionPriority | Unchanged = UNCHANGED,
    closes_with: Proof | Unchanged | None = UNCHANGED,
) -> ActionItem:
    """Change what, who or until when. Another owner or deadline is a new commitment, to be accepted anew.

    Raises `NotFound` for the item or owner, `Forbidden`, `Conflict` for an item that is not open, `Invalid` and
    `InvalidMany` as `add_action_item` does. Locks the review and the item.
    """
    with acting_as(actor):
        postmortem, item = _item_for_work(actor, action_item_id)
        _check_open(item)
        before = _facts(item)
        if not isinstance(title, Unchanged):
            item.title = checked_text(title, "title", longest=LONGEST_TITLE)
        if not isinstance(owner_id, Unchanged) and owner_id != item.owner_id:
            item.owner_id = _owner(actor, postmortem, owner_id)
            item.accepted_at = None
        if not isinstance(due_on, Unchanged) and due_on != item.due_on:
            item.due_on = _deadline(postmortem, due_on)
            item.accepted_at = None
        if not isinstance(priority, Unchanged):
            item.priority = priority
        if not isinstance(closes_with, Unchanged):
            item.closes_with = closes_with
        _check_commitment(postmortem, item)
        _accept_own(actor, item)
        if _facts(item) == before:
            return item
        item.save(update_fields=["title", "owner", "due_on", "accepted_at", "priority", "closes_with"])
        _changed(actor, postmortem, item, "update_action_item", before)
        return item


def accept_action_item(*, actor: Actor, action_item_id: int) -> ActionItem:
    """Commit oneself to the deadline. Raises `NotFound`, `Forbidden` for anybody but the owner, `Conflict` for an item
    that is not open, has no deadline or is accepted already. Locks the item.
    """
    with acting_as(actor):
        item = _item_of_owner(actor, action_item_id, owner_only=True)
        _check_open(item)
        if item.due_on is None:
            raise Conflict("There is no deadline to commit to yet.")
        if item.accepted_at is not None:
            raise Conflict("You have accepted it already.")
        item.accepted_at = clock.now()
        item.save(update_fields=["accepted_at"])
        _audit(actor, item, "accept_action_item", {"accepted_at": [None, item.accepted_at.isoformat()]})
        return item


def complete_action_item(
    *,
    actor: Actor,
    action_item_id: int,
    outcome: str = "",
    proof: str = "",
    proof_url: str = "",
    proof_revision_id: int | None = None,
    proof_alert_id: int | None = None,
    proof_drill_id: int | None = None,
    proof_maintenance_id: int | None = None,
) -> ActionItem:
    """Say that it is done, and what was done. The owner may, and whoever may write in the review.

    An item that says with what it is closed is closed with a thing of the hub of that kind, or with an address where
    it can be looked at; the test of an alert with an alert alone, since what was not received here paged nobody.

    Args:
        proof: what shows it, in words beside that: the revision, the test, the drill or the change.
        proof_url: where that can be looked at: an http or https address, or empty.
        proof_revision_id: a runbook's revision that shows it: one that came in force since the incident. Who may not
            see it reads `proof`, or that there is one.
        proof_alert_id: likewise an alert that a source sent since the item was written.
        proof_drill_id: likewise a drill that is over.
        proof_maintenance_id: the maintenance in which the change was made: since the incident, and over.

    Raises `NotFound` for the item, and for a thing that the actor may not see, `Forbidden`, `Conflict` for an item that
    is not open and for a thing that shows nothing, `Invalid` for an overlong text, a bad address, evidence of another
    kind than the item needs, or none. Locks the item.
    """
    with acting_as(actor):
        item = _item_of_owner(actor, action_item_id)
        _check_open(item)
        item.status = ActionStatus.DONE
        item.done_at = clock.now()
        item.outcome = checked_text(outcome, "outcome", longest=LONGEST_OUTCOME, required=False)
        item.proof = checked_text(proof, "proof", what="evidence", longest=LONGEST_OUTCOME, required=False)
        item.proof_url = checked_address(proof_url, "proofUrl")
        item.proof_revision_id, item.proof_alert_id = proof_revision_id, proof_alert_id
        item.proof_drill_id, item.proof_maintenance_id = proof_drill_id, proof_maintenance_id
        kind = _shown_by(actor, item) or _shown_elsewhere(item)
        if kind is not None:
            item.proof = item.proof or str(kind.label)
        return _settled(actor, item, "complete_action_item", before=ActionStatus.OPEN)


def drop_action_item(*, actor: Actor, action_item_id: int, reason: str) -> ActionItem:
    """Decide not to do it, and say why. Takes somebody who may write in the review.

    Raises `NotFound`, `Forbidden`, `Conflict` for an item that is not open, `Invalid` without a reason. Locks the
    review and the item.
    """
    with acting_as(actor):
        _, item = _item_for_work(actor, action_item_id)
        _check_open(item)
        item.status = ActionStatus.DROPPED
        item.outcome = checked_text(reason, "reason", longest=LONGEST_OUTCOME)
        return _settled(actor, item, "drop_action_item", before=ActionStatus.OPEN)


def reopen_action_item(*, actor: Actor, action_item_id: int) -> ActionItem:
    """It was not done after all, or shall be done. Raises `NotFound`, `Forbidden`, `Conflict` for an open item. Locks
    the item.
    """
    with acting_as(actor):
        item = _item_of_owner(actor, action_item_id)
        if item.status == ActionStatus.OPEN:
            raise Conflict("It is open already.")
        before = ActionStatus(item.status)
        item.status = ActionStatus.OPEN
        item.done_at = None
        item.outcome = item.proof = item.proof_url = ""
        item.proof_revision = item.proof_alert = item.proof_drill = item.proof_maintenance = None
        return _settled(actor, item, "reopen_action_item", before=before)


def lacks_commitment(item: ActionItem, *path: str) -> list[HubError]:
    """The owner and the deadline that an open item of a published review must not be without."""
    if item.status != ActionStatus.OPEN:
        return []
    lacking: list[HubError] = []
    if item.owner_id is None:
        lacking.append(Invalid(f"“{item.title}” has no owner.", path=[*path, "ownerId"]))
    if item.due_on is None:
        lacking.append(Invalid(f"“{item.title}” has no deadline.", path=[*path, "dueOn"]))
    return lacking


def waits_for_owner(item: ActionItem, *path: str) -> list[HubError]:
    """That the owner of an open item has not committed to its deadline yet: a review closes after that."""
    if item.status != ActionStatus.OPEN or item.owner is None or item.due_on is None or item.accepted_at is not None:
        return []
    day = f"{item.due_on:%-d %b %Y}"
    return [Invalid(f"{item.owner.name} has not accepted “{item.title}” by {day}.", path=[*path, "acceptedAt"])]


def _shown_by(actor: Actor, item: ActionItem) -> Proof | None:
    """Of what kind the thing in the hub is that the item names as its evidence, if it names one; checked."""
    named = {kind: key for kind, column in proofs.COLUMNS.items() if (key := getattr(item, column)) is not None}
    for kind, key in named.items():
        path = [WAYS[kind].path]
        if len(named) > 1:
            raise Invalid("One thing shows that it was done: say which.", path=path)
        if item.closes_with not in (None, kind):
            needed = Proof(item.closes_with).label.lower()
            raise Invalid(f"“{item.title}” is closed with the {needed}, not with a {kind.label.lower()}.", path=path)
        try:
            since = access.wanted_since(item, access.review_of_item(actor, item), kind)
            proofs.things_of(kind).check(actor, key, since)
        except HubError as error:
            raise error.at(*path) from None
        return kind
    return None


def _shown_elsewhere(item: ActionItem) -> Proof | None:
    """Of what kind that is which the item is closed with and the hub does not know, if it wants any; with its address.

    Raises `Invalid` without one, and for the test of an alert: an alert comes through the hub.
    """
    if not item.closes_with:
        return None
    kind = Proof(item.closes_with)
    if kind == Proof.ALERT_TEST or not item.proof_url:
        raise Invalid(
            f"“{item.title}” is closed with the {kind.label.lower()}: {WAYS[kind].wanted}.", path=[WAYS[kind].path]
        )
    return kind


def _item_for_work(actor: Actor, action_item_id: int) -> tuple[Postmortem, ActionItem]:
    """The review and its item, both locked, for somebody who may write in the review."""
    seen = access.action_item_for(actor, action_item_id)
    try:
        postmortem = postmortem_for_work(actor, seen.postmortem_id or 0)
    except NotFound:
        # An owner from elsewhere sees the item and not its review.
        raise Forbidden(f"Only people who write in the review can change “{seen.title}”.") from None
    return postmortem, access.action_item_for(actor, action_item_id, lock=True)


def _item_of_owner(actor: Actor, action_item_id: int, *, owner_only: bool = False) -> ActionItem:
    """The item, locked, for its owner or, unless `owner_only`, for somebody who may write in the review."""
    seen = access.action_item_for(actor, action_item_id)
    is_owner = actor.person_id is not None and seen.owner_id == actor.person_id
    if owner_only and not is_owner:
        raise Forbidden(f"Only the owner can commit to “{seen.title}”.")
    if not is_owner:
        return _item_for_work(actor, action_item_id)[1]
    # Between the look and the lock the item may have been given to somebody else: then it is no longer there to lock.
    return access.action_item_for(actor, action_item_id, lock=True)


def _owner(actor: Actor, postmortem: Postmortem, owner_id: int | None) -> int | None:
    if owner_id is None:
        return None
    try:
        owner = tenants.person_for(actor, owner_id)
        if postmortem.restricted and postmortem.incident_id is not None:
            # An item of a restricted review must not tell anybody who has no grant that there is one.
            as_owner = identity.person(owner.pk, through=actor.through)
            with acting_as(as_owner):
                incidents.incident_for(as_owner, postmortem.incident_id)
    except NotFound:
        raise NotFound("person", path=["ownerId"]) from None
    return owner.pk


def _deadline(postmortem: Postmortem, due_on: date | None) -> date | None:
    if due_on is not None and due_on < postmortem.occurred_at.astimezone(UTC).date():
        raise Invalid("The deadline lies before the incident.", path=["dueOn"])
    return due_on


def _check_commitment(postmortem: Postmortem, item: ActionItem) -> None:
    lacking = lacks_commitment(item) if postmortem.is_published else []
    if lacking:
        raise InvalidMany(lacking)


def _check_open(item: ActionItem) -> None:
    if item.status != ActionStatus.OPEN:
        raise Conflict(f"“{item.title}” is {ActionStatus(item.status).label.lower()} already.")


def _accept_own(actor: Actor, item: ActionItem) -> None:
    if item.accepted_at is None and item.due_on is not None and item.owner_id == actor.person_id is not None:
        item.accepted_at = clock.now()


def _facts(item: ActionItem) -> dict[str, Any]:
    return {
        "title": item.title,
        "owner": item.owner_id,
        "due_on": item.due_on.isoformat() if item.due_on else None,
        "priority": item.priority,
        "closes_with": item.closes_with,
    }


def _changed(actor: Actor, postmortem: Postmortem, item: ActionItem, verb: str, former: dict[str, Any]) -> None:
    change = {name: [former.get(name), value] for name, value in _facts(item).items() if former.get(name) != value}
    part_changed(actor, postmortem, item, verb, change, of="action_items")


def _settled(actor: Actor, item: ActionItem, verb: str, *, before: ActionStatus) -> ActionItem:
    things = {name: getattr(item, name) for name in proofs.COLUMNS.values()}
    columns = [name.removesuffix("_id") for name in things]
    item.save(update_fields=["status", "done_at", "outcome", "proof", "proof_url", *columns])
    change: dict[str, Any] = {"status": [before, item.status]}
    if item.proof:
        change["proof"] = [None, item.proof]
    change |= {name: [None, key] for name, key in things.items() if key is not None}
    _audit(actor, item, verb, change)
    return item


def _audit(actor: Actor, item: ActionItem, verb: str, change: dict[str, Any]) -> None:
    """An owner from another unit writes neither the review nor its unit's events, but stands in the trail.

    Nobody may write an entry of an incident that they do not see, so theirs names the unit alone.
    """
    sees_incident = incidents.incidents(actor).filter(pk=item.incident_id or 0).exists()
    audit.record(
        actor=actor,
        verb=verb,
        obj=item,
        unit_id=item.unit_id,
        incident_id=item.incident_id if sees_incident else None,
        restricted=item.restricted,
        change=change,
    )
