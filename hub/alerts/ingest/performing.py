"""Stores what was posted, in a thread that may wait for the database."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from django.db import IntegrityError, InterfaceError, OperationalError, connection

from hub.alerts import access, actions
from hub.alerts.access import KnownSource
from hub.alerts.actions import SettledMeanwhile
from hub.alerts.ingest import answers
from hub.alerts.ingest.answers import Answer
from hub.alerts.ingest.endpoints import Posted
from hub.alerts.intake.reports import Report
from hub.alerts.intake.requests import Acknowledgement, Request, Resolution, batches
from hub.lib.errors import InvalidMany

logger = logging.getLogger(__name__)

T = TypeVar("T")

ATTEMPTS: Final = 4
"""How often work is begun: again after a lock that somebody else kept, a race that it lost, or a connection that had
died while it was idle."""


def perform(posted: Sequence[Posted]) -> list[Answer]:
    """Store requests that showed one and the same key, and say what each is to be answered.

    A 2xx is given after its commit and never before; whatever goes wrong, the sender is told to repeat.
    """
    try:
        source = _attempted(lambda: access.source_of_key(posted[0].key, posted[0].kind))
        if source is None:
            return [answers.unknown_key(each.protocol) for each in posted]
        return _performed(source, posted)
    except Exception as error:
        return [_refusal(each, error) for each in posted]


def _performed(source: KnownSource, posted: Sequence[Posted]) -> list[Answer]:
    given = {index: each.answer for index, each in enumerate(posted)}
    understood = {index: each.request for index, each in enumerate(posted) if not isinstance(each.request, InvalidMany)}
    places, requests = list(understood), list(understood.values())
    for batch in batches(requests):
        given |= _stored(source, {places[each]: requests[each] for each in batch}, posted)
    return [given[index] for index in range(len(posted))]


def _stored(source: KnownSource, batch: dict[int, Request], posted: Sequence[Posted]) -> dict[int, Answer]:
    """The refusals among a batch that is one transaction, or, where that fails, one for each request."""
    try:
        _attempted(lambda: _act(source, list(batch.values())))
    except Exception as error:
        if len(batch) == 1:
            return {index: _refusal(posted[index], error) for index in batch}
        alone = ({index: request} for index, request in batch.items())
        return {index: refusal for each in alone for index, refusal in _stored(source, each, posted).items()}
    return {}


def _act(source: KnownSource, requests: Sequence[Request]) -> None:
    match requests:
        case [Acknowledgement(group_key)]:
            actions.acknowledge_alert(actor=source.actor, source=source, group_key=group_key)
        case [Resolution(group_key, fingerprint)]:
            actions.resolve_alert(actor=source.actor, source=source, group_key=group_key, fingerprint=fingerprint)
        case _:
            reports = [request for request in requests if isinstance(request, Report)]
            actions.receive_alerts(actor=source.actor, source=source, reports=reports)


def _attempted(work: Callable[[], T]) -> T:
    """The result of `work`, a whole transaction, begun again where that can end otherwise."""
    attempt = 1
    while True:
        try:
            return work()
        except (IntegrityError, SettledMeanwhile):
            if attempt == ATTEMPTS:
                raise
        except (OperationalError, InterfaceError):
            if attempt == ATTEMPTS or connection.connection is None:  # it could not even connect
                raise
            if not connection.is_usable():
                connection.close()
        attempt += 1


def _refusal(posted: Posted, error: Exception) -> Answer:
    if isinstance(error, OperationalError | InterfaceError | IntegrityError | SettledMeanwhile):
        logger.error("Alerts were not stored, and their sender was asked to repeat them: %s", error)
        return answers.unavailable(posted.protocol)
    logger.error("Alerts were not stored", exc_info=error)
    return answers.failed(posted.protocol)
