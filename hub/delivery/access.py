"""The only door to messages and contact methods. Missing and forbidden are the same error."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from hub.delivery.models import ContactMethod, Message, PhoneNumber
from hub.lib.errors import NotFound
from hub.lib.identity import Actor


def messages(actor: Actor) -> QuerySet[Message]:
    """Every message that `actor` may see: their own, and those of the units that they administer."""
    return Message.objects.all()


def messages_for(actor: Actor) -> QuerySet[Message]:
    """The inbox of `actor`, newest first."""
    return Message.objects.filter(person_id=actor.person_id or 0).order_by("-created_at", "-id")


def message_for(actor: Actor, message_id: int, *, lock: bool = False) -> Message:
    """The message to `actor` with this id.

    Args:
        lock: hold the row until the transaction ends.

    Raises `NotFound`.
    """
    found = messages_for(actor)
    if lock:
        found = found.select_for_update(no_key=True, of=("self",))
    try:
        return found.get(pk=message_id)
    except Message.DoesNotExist:
        raise NotFound("message") from None


def own_methods(actor: Actor) -> QuerySet[ContactMethod]:
    """The actor's own methods, those to be verified too, in the order in which to try them."""
    return ContactMethod.objects.filter(person_id=actor.person_id or 0, removed_at=None).order_by("position", "id")


def own_method_for(actor: Actor, method_id: int, *, lock: bool = False) -> ContactMethod:
    """The actor's own method with this id. Raises `NotFound`."""
    found = own_methods(actor)
    try:
        return (found.select_for_update(no_key=True, of=("self",)) if lock else found).get(pk=method_id)
    except ContactMethod.DoesNotExist:
        raise NotFound("contact method") from None


def phone_numbers(actor: Actor, person_ids: Iterable[int]) -> dict[int, str]:
    """The numbers for call lists, by person id, as far as they are given and `actor` may see them."""
    found = PhoneNumber.objects.filter(person__in=set(person_ids)).order_by()
    return dict(found.values_list("person_id", "number"))


def is_told(actor: Actor, dedupe_key: str) -> bool:
    """Whether there is a message with this key (`actions.send_message`) already."""
    return Message.objects.filter(dedupe_key=dedupe_key).exists()


def message_of_key(actor: Actor, key: UUID) -> Message:
    """The message to `actor` with this key. Raises `NotFound`."""
    try:
        return messages_for(actor).get(key=key)
    except Message.DoesNotExist:
        raise NotFound("message") from None


def ways_of(actor: Actor, person_ids: Iterable[int]) -> dict[int, list[ContactMethod]]:
    """The methods by which these people may be reached, by person id, as far as `actor` may see them."""
    found: dict[int, list[ContactMethod]] = {}
    for method in _usable().filter(person__in=set(person_ids)):
        found.setdefault(method.person_id, []).append(method)
    return found


def contact_methods(person_id: int) -> QuerySet[ContactMethod]:
    """The methods by which this person may be reached, in the order in which to try them."""
    return _usable().filter(person_id=person_id)


def _usable() -> QuerySet[ContactMethod]:
    return ContactMethod.objects.filter(verified_at__isnull=False, removed_at=None).order_by("position", "id")
