"""Says to areas above that messages came further (`HUB_DELIVERY_WITNESSES`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from hub.delivery.models import Message
from hub.lib.jobs import defer

ANNOUNCE = "hub.delivery.jobs.announce"


def tell_witnesses(messages: Iterable[Message]) -> None:
    """Call each witness with these messages, in the caller's transaction, which is `SYSTEM`'s."""
    for witness in _witnesses():
        witness(messages)


def tell_witnesses_later(message: Message) -> None:
    """The same by a job: for what a person does, who may not see the incident that a message of theirs is about."""
    if message.incident_id is not None:
        defer(ANNOUNCE, message_id=message.pk)


@cache
def _witnesses() -> tuple[Callable[[Iterable[Message]], None], ...]:
    return tuple(import_string(path) for path in settings.HUB_DELIVERY_WITNESSES)
