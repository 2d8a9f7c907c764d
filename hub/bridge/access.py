"""The only door to the bridge. Missing and forbidden are the same error."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from django.db.models import Q, QuerySet

from hub.alerts import access as alerts
from hub.alerts.matchers import parse_matcher
from hub.bridge.criteria import Criterion, Facts
from hub.bridge.models import BridgeRule, Crossing, Investigation, SecurityLink
from hub.incidents import access as incidents
from hub.incidents.models import Incident
from hub.lib import clock
from hub.lib.errors import Invalid, NotFound
from hub.lib.identity import Actor
from tenants.models import BusinessUnit, Person, Term
from tenants.permissions import Permission, holds_for_enterprise

logger = logging.getLogger(__name__)


def link_of(actor: Actor, incident_id: int) -> SecurityLink | None:
    """The incident's side of its bridge, if it has one: what the IT side sees of the investigation."""
    return SecurityLink.objects.filter(incident=incident_id).select_related("contact", "asked_by").first()


def investigation_of(actor: Actor, incident_id: int, *, lock: bool = False) -> Investigation:
    """What this restricted incident investigates, with its link. Raises `NotFound`."""
    found = Investigation.objects.select_related("link", "link__contact")
    if lock:
        found = found.select_for_update(of=("link",))
    try:
        return found.get(incident=incident_id)
    except Investigation.DoesNotExist:
        raise NotFound("investigation") from None


def crossings(actor: Actor, investigation: Investigation) -> QuerySet[Crossing]:
    """What crossed the bridge, the latest first."""
    return investigation.crossings.select_related("person").order_by("-at", "-id")


def criteria(actor: Actor, unit_id: int) -> list[Criterion]:
    """The rules that hold for the unit: the enterprise's, then its own."""
    rules = BridgeRule.objects.filter(Q(unit=None) | Q(unit=unit_id))
    return list(_asked(sorted(rules, key=lambda rule: (rule.unit_id is not None, rule.position))))


def keeps_enterprise_rules(actor: Actor) -> bool:
    """Whether `actor` sets every unit's rules: an administrator or a security responder of the whole enterprise."""
    return holds_for_enterprise(actor, Permission.SECURITY_RESPOND) or holds_for_enterprise(
        actor, Permission.SOURCE_ADMINISTER
    )


def facts(actor: Actor, incident: Incident) -> Facts:
    """What the rules see of an incident."""
    service = incident.service
    about = {"severity": incident.severity}
    if service is not None:
        about |= {"service": service.slug, "asset_class": service.asset_class, "criticality": str(service.criticality)}
    found = alerts.alerts_of(actor, incident).values_list("labels", flat=True)
    tags = dict.fromkeys((*incident.tags, *(service.tags if service else ())))
    types = incidents.types_of(actor, incident)
    keys = dict(Term.objects.filter(pk__in=types).values_list("pk", "key"))
    return Facts(about=about, types=tuple(keys[each] for each in types), tags=tuple(tags), alerts=tuple(found))


def security_responders(actor: Actor, unit: BusinessUnit) -> QuerySet[Person]:
    """Who is admitted to what may be a breach in the unit: active people who hold security.respond there now."""
    now = clock.now()
    lasting = Q(role_assignments__valid_until=None) | Q(role_assignments__valid_until__gt=now)
    scope = (
        Q(role_assignments__unit__in=unit.lineage)
        | Q(role_assignments__is_enterprise=True)
        | Q(role_assignments__region__units=unit.pk)
    )
    return (
        Person.objects.filter(
            lasting,
            scope,
            role_assignments__valid_from__lte=now,
            role_assignments__role__permissions__contains=[Permission.SECURITY_RESPOND.value],
            is_active=True,
            is_service=False,
        )
        .order_by("name", "id")
        .distinct()
    )


def _asked(rules: list[BridgeRule]) -> Iterator[Criterion]:
    for rule in rules:
        try:
            yield Criterion(tuple(parse_matcher(text) for text in rule.matchers), rule.explanation)
        except Invalid as fault:
            # Rules are checked when they are set; one that another version of RE2 refuses must not hide the others.
            logger.error("Bridge rule %s is passed over: %s", rule.pk, fault.message)
