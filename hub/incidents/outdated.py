"""What a message about an incident says no longer matters once that is over."""

from __future__ import annotations

from collections.abc import Sequence

from hub.delivery.models import Message
from hub.incidents.models import Incident


def why_unwanted(messages: Sequence[Message]) -> dict[int, str]:
    """Why messages that quiet hours kept back need not go out any more, in a sentence, by message id.

    What was written after the incident was resolved still matters. Asked by whoever is about to send them, as `SYSTEM`
    (`HUB_MESSAGE_CONDITIONS`).
    """
    kept = [each for each in messages if each.quiet_until is not None and each.incident_id is not None]
    if not kept:
        return {}
    over = Incident.objects.filter(pk__in={each.incident_id for each in kept}, resolved_at__isnull=False)
    ended = dict(over.values_list("pk", "resolved_at"))
    return {
        each.pk: "The incident was resolved before its person’s quiet hours ended."
        for each in kept
        if (resolved_at := ended.get(each.incident_id or 0)) is not None and each.created_at <= resolved_at
    }
