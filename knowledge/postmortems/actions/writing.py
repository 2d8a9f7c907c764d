"""The steps that every action on a review shares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol, TypeVar
from urllib.parse import urlsplit

from django.db.models import Model

from hub.lib import clock
from hub.lib.errors import Forbidden, Invalid
from hub.lib.events import Event
from hub.lib.identity import Actor
from hub.lib.texts import checked_text
from hub.live import outbox
from knowledge.postmortems import access
from knowledge.postmortems.actions.voiding import void_signatures
from knowledge.postmortems.events import PostmortemEdited
from knowledge.postmortems.models import Postmortem
from tenants import audit

LONGEST_ADDRESS: Final = 500


class OfReview(Protocol):
    """A row that belongs to a review."""

    postmortem_id: int


Part = TypeVar("Part", bound=OfReview)


def postmortem_for_writing(actor: Actor, postmortem_id: int) -> Postmortem:
    """The review, locked, for somebody who may change what it says. Raises `NotFound` or `Forbidden`."""
    postmortem = postmortem_for_work(actor, postmortem_id)
    if not access.may_write(actor, postmortem):
        raise Forbidden(
            f"The review of {postmortem.reference} is published: changing what it says takes somebody who may publish."
        )
    return postmortem


def postmortem_for_work(actor: Actor, postmortem_id: int) -> Postmortem:
    """The review, locked, for somebody who works on it or its action items. Raises `NotFound` or `Forbidden`."""
    seen = access.postmortem_for(actor, postmortem_id)
    if not access.may_add_actions(actor, seen):
        raise Forbidden(
            f"You can read the review of {seen.reference} but not write in it:"
            " that needs a responder's role in its unit."
        )
    return access.postmortem_for(actor, postmortem_id, lock=True)


def part_for_writing(find: Callable[..., Part], actor: Actor, key: int, **how: Any) -> tuple[Postmortem, Part]:
    """The review, locked as by `postmortem_for_writing`, and the part of it as it is then.

    Args:
        find: the part's door in `access`: looked through for the review, and again once that is locked.
        how: what the door is given the second time: `lock=True`, where others lock the part alone.
    """
    seen = find(actor, key)
    postmortem = postmortem_for_writing(actor, seen.postmortem_id)
    return postmortem, find(actor, key, **how)


def scope_of(postmortem: Postmortem) -> dict[str, Any]:
    """The columns that a child carries of its review."""
    return {
        "postmortem": postmortem,
        "unit_id": postmortem.unit_id,
        "incident_id": postmortem.incident_id,
        "restricted": postmortem.restricted,
        "shared": postmortem.shared,
    }


def save_change(actor: Actor, postmortem: Postmortem, fields: list[str]) -> None:
    """Write `fields` of the locked review as its next version."""
    postmortem.version += 1
    # Clocks of two processes may differ by a little; the history never runs backwards.
    postmortem.edited_at = max(clock.now(), postmortem.edited_at)
    postmortem.edited_by_id = actor.person_id
    postmortem.save(update_fields=[*fields, "version", "edited_at", "edited_by"])


def announce_change(actor: Actor, postmortem: Postmortem, *changed: str) -> None:
    """Record that what the review says changed, which voids the signatures under what it said."""
    void_signatures(actor, postmortem, changed)
    announce(
        actor,
        PostmortemEdited(
            unit_id=postmortem.unit_id,
            incident_id=postmortem.incident_id,
            restricted=postmortem.restricted,
            postmortem_id=postmortem.pk,
            version=postmortem.version,
            changed=changed,
        ),
    )


def announce(actor: Actor, event: Event) -> None:
    outbox.record(actor=actor, event=event)


def part_changed(
    actor: Actor, postmortem: Postmortem, obj: Model, verb: str, change: dict[str, Any], *, of: str
) -> None:
    """Count a change of a part as one of the review, announce it as one of its `of`, and audit it."""
    save_change(actor, postmortem, [])
    announce_change(actor, postmortem, of)
    audit_change(actor, postmortem, verb, change, obj=obj)


def audit_change(
    actor: Actor, postmortem: Postmortem, verb: str, change: dict[str, Any], *, obj: Any | None = None
) -> None:
    """Audit what was done to the review, or to `obj` of it."""
    audit.record(
        actor=actor,
        verb=verb,
        obj=obj or postmortem,
        unit_id=postmortem.unit_id,
        incident_id=postmortem.incident_id,
        restricted=postmortem.restricted,
        change=change,
    )


def checked_address(url: str, field: str) -> str:
    """An http or https address without surrounding space, or nothing. Raises `Invalid`."""
    address = checked_text(url, field, what="address", longest=LONGEST_ADDRESS, required=False)
    try:
        parts = urlsplit(address)
        is_fit = not address or (parts.scheme in ("http", "https") and bool(parts.hostname))
    except ValueError:
        is_fit = False
    if not is_fit or any(char.isspace() for char in address):
        raise Invalid("The address of evidence begins with http:// or https://.", path=[field])
    return address
