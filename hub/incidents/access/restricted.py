"""Who is admitted to a restricted incident, who owns it, and who has read it."""

from __future__ import annotations

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.db.models.functions import Now

from hub.incidents.models import Incident, IncidentPersonGrant, IncidentSighting
from hub.lib.identity import Actor
from tenants.models import Person


def grants(actor: Actor, incident: Incident) -> QuerySet[IncidentPersonGrant]:
    """Who is admitted to a restricted incident, by whom, why and until when, by name; those that ended come last."""
    is_over = ExpressionWrapper(Q(valid_until__isnull=False, valid_until__lte=Now()), BooleanField())
    return incident.person_grants.select_related("user", "granted_by", "ended_by").order_by(is_over, "user__name", "id")


def live_grant(actor: Actor, incident: Incident) -> IncidentPersonGrant | None:
    """The actor's own grant, while it lasts."""
    return incident.person_grants.filter(_lasting(), user_id=actor.person_id or 0).first()


def owners(actor: Actor, incident: Incident) -> QuerySet[IncidentPersonGrant]:
    """The grants of those who own a restricted incident now."""
    return incident.person_grants.filter(_lasting(), is_owner=True, user__is_active=True).select_related("user")


def is_admitted(actor: Actor, incident: Incident, person_id: int) -> bool:
    """Whether somebody who is still active has a grant of the restricted incident."""
    return incident.person_grants.filter(_lasting(), user=person_id, user__is_active=True).exists()


def former_owners(actor: Actor, incident: Incident, *, but: int) -> QuerySet[Person]:
    """Active people who owned a restricted incident once, without one of them."""
    owned = incident.person_grants.filter(is_owner=True).exclude(user_id=but)
    return Person.objects.filter(is_active=True, pk__in=owned.values("user_id"))


def sightings(actor: Actor, incident: Incident) -> QuerySet[IncidentSighting]:
    """Who has read a restricted incident, the latest first."""
    return incident.sightings.select_related("person").order_by("-at", "-id")


def _lasting() -> Q:
    return Q(valid_until=None) | Q(valid_until__gt=Now())
