"""The only door to sources, alerts and severity rules. Missing and forbidden are the same error."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from hub.alerts import keys
from hub.alerts.matchers import parse_matcher
from hub.alerts.models import Alert, AlertSource, AlertStatus, SeverityFloor, SeverityRule, SourceKind
from hub.alerts.severity import Rule
from hub.alerts.strictness import Floor
from hub.catalog.access import Standing
from hub.incidents.models import OVER, Incident, Severity
from hub.lib import identity
from hub.lib.errors import Invalid, NotFound
from hub.lib.identity import Actor
from hub.lib.prepared import Question
from tenants.permissions import Permission, units_with

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class KnownSource:
    """What a request needs to know of the source whose key it showed.

    Attributes:
        account_id: the service account on whose behalf the source's alerts are written.
        unit_id: where alerts go that name no known service.
        default_service: the service of such alerts, if the source has one.
        service_labels: where to look for a service's name, in this order.
    """

    id: int
    account_id: int
    unit_id: int
    name: str
    resolves_incidents: bool
    default_severity: Severity
    default_service: Standing | None
    service_labels: tuple[str, ...]

    @property
    def actor(self) -> Actor:
        return identity.person(self.account_id, through="ingest")


def source_of_key(key: str, kind: SourceKind) -> KnownSource | None:
    """The source whose key this is, for the protocol it is used with; None for an unknown, ended or revoked one.

    Needs no identity and opens no transaction: PostgreSQL answers for this one key.
    """
    if not keys.is_well_formed(key):
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM app.alert_source_of_key(%s, %s)", [keys.digest(key), kind.value])
        row = cursor.fetchone()
    if row is None:
        return None
    source_id, account_id, unit_id, name, resolves, severity, labels, *service = row
    return KnownSource(
        id=source_id,
        account_id=account_id,
        unit_id=unit_id,
        name=name,
        resolves_incidents=resolves,
        default_severity=Severity(severity),
        default_service=None if service[0] is None else Standing(*service),
        service_labels=tuple(labels),
    )


def sources(actor: Actor) -> QuerySet[AlertSource]:
    """The sources that `actor` administers, revoked ones included."""
    found = AlertSource.objects.select_related("unit", "default_service")
    return found if actor.is_system else found.filter(unit__in=units_with(actor, Permission.SOURCE_ADMINISTER))


def source_for(actor: Actor, source_id: int, *, lock: bool = False) -> AlertSource:
    """The source with this id, for its administrators. Raises `NotFound`."""
    found = sources(actor).select_for_update(no_key=True, of=("self",)) if lock else sources(actor)
    try:
        return found.get(pk=source_id)
    except AlertSource.DoesNotExist:
        raise NotFound("alert source") from None


def alerts(actor: Actor) -> QuerySet[Alert]:
    """Every alert that `actor` may see, newest first."""
    return Alert.objects.select_related("source", "service")


def alert_for(actor: Actor, alert_id: int) -> Alert:
    """The alert with this id, with its source, service and incident. Raises `NotFound`."""
    try:
        return alerts(actor).select_related("incident").get(pk=alert_id)
    except Alert.DoesNotExist:
        raise NotFound("alert") from None


def alerts_since(actor: Actor, moment: datetime) -> QuerySet[Alert]:
    """What fired for the first time since `moment` (aware) and opened an incident, or came to one that is still open.

    The latest first, with their incidents. Asked by way of the incidents, which have an index by time: alerts have
    none, since each would be paid for with every alert.
    """
    recent = Incident.objects.filter(Q(declared_at__gte=moment) | ~Q(status__in=OVER))
    found = alerts(actor).select_related("incident").filter(incident__in=recent, first_seen_at__gte=moment)
    return found.order_by("-first_seen_at", "-id")


def alerts_of(actor: Actor, incident: Incident) -> QuerySet[Alert]:
    """The incident's alerts, oldest first."""
    return alerts(actor).filter(incident=incident).order_by("id")


def firing_alerts(actor: Actor, incident_id: int) -> QuerySet[Alert]:
    """Those of the incident's alerts that fire."""
    return Alert.objects.filter(incident=incident_id, status=AlertStatus.FIRING)


def severity_rules(actor: Actor, unit_ids: Collection[int]) -> Question[dict[int, Sequence[Rule]]]:
    """The rules of these units, by unit id and in the order in which they are asked."""

    def read(rows: Sequence[dict[str, Any]]) -> dict[int, Sequence[Rule]]:
        return {
            unit_id: [asked for row in rules if (asked := _asked(SeverityRule(**row)))]
            for unit_id, rules in groupby(rows, itemgetter("unit_id"))
        }

    return Question(
        "SELECT id, unit_id, position, matchers, severity, explanation FROM alerts_severityrule"
        " WHERE unit_id = ANY (%b::bigint[]) ORDER BY unit_id, position",
        [list(unit_ids)],
        read,
    )


def severity_floors(actor: Actor) -> Question[list[Floor]]:
    """The enterprise's rules, in the order in which they are written."""

    def read(rows: Sequence[dict[str, Any]]) -> list[Floor]:
        asked = [each for row in rows if (each := _asked(SeverityFloor(**row)))]
        return [Floor(each.position, each.matchers, each.severity, each.explanation) for each in asked]

    return Question(
        "SELECT id, position, matchers, severity, explanation FROM alerts_severityfloor ORDER BY position", [], read
    )


def _asked(rule: SeverityRule | SeverityFloor) -> Rule | None:
    try:
        matchers = tuple(parse_matcher(text) for text in rule.matchers)
    except Invalid as fault:
        # Rules are checked when they are set; one that another version of RE2 refuses must not cost an alert.
        logger.error("%s %s is passed over: %s", rule._meta.verbose_name, rule.pk, fault.message)
        return None
    return Rule(rule.position, matchers, Severity(rule.severity), rule.explanation)
