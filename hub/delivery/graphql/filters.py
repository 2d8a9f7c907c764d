"""Filters and orders of the delivery area."""

import strawberry_django
from django.db.models import Q
from strawberry import ID, auto
from strawberry_django import order_field

from hub.delivery import models
from hub.delivery.graphql.choices import ContactKind, MessageStatus
from hub.lib.api import ChoiceFilter, TextFilter, TimeFilter, any_id, filter_type, plain, where
from tenants.graphql.filters import BusinessUnitFilter, PersonFilter


@plain
def _is_seen(prefix: str, wanted: bool) -> Q:
    return Q(**{f"{prefix}seen_at__isnull": not wanted})


@plain
def _waits(prefix: str, wanted: bool) -> Q:
    waits = Q(**{f"{prefix}is_page": True, f"{prefix}acknowledged_at__isnull": True})
    return waits if wanted else ~waits


@filter_type(description="Which messages.")
class MessageFilter:
    reference: TextFilter | None = where("By what they are about: PAY-142.")
    person: PersonFilter | None = where("By whom they are for.")
    unit: BusinessUnitFilter | None = where("By the unit they belong to.")
    status: ChoiceFilter[MessageStatus] | None = where("By how far they have come.")
    is_page: bool | None = where("Whether somebody must say that they have it.")
    seen: bool | None = where("Whether they were seen.", condition=_is_seen)
    unanswered: bool | None = where("Whether they are pages that nobody has acknowledged.", condition=_waits)
    created_at: TimeFilter | None = where("By when they were written.")


@strawberry_django.order_type(models.Message, description="By what messages are ordered.")
class MessageOrder:
    created_at: auto = order_field(description="By when they were written.")


@filter_type(description="Which contact methods.")
class ContactMethodFilter:
    id: list[ID] | None = where("One of these.", condition=any_id("ContactMethod"))
    kind: ChoiceFilter[ContactKind] | None = where("By what kind of address they have.")


@strawberry_django.order_type(models.ContactMethod, description="By what contact methods are ordered.")
class ContactMethodOrder:
    position: auto = order_field(description="By the order in which they are tried.")
