"""Local fields of incidents in GraphQL: an interface, a type for each kind of value, and filters."""

import datetime as dt
from decimal import Decimal
from typing import Any, cast

import strawberry
import strawberry_django
from django.db.models import BigIntegerField, Q
from strawberry import ID

from hub.incidents import models
from hub.incidents.fields import Given
from hub.lib.api import TextFilter, Variant, node_key, one_of, plain
from hub.lib.api.filters import condition_of
from hub.lib.errors import Invalid
from hub.lib.given import Given as Open
from tenants.graphql.customization import LocalFieldType
from tenants.graphql.types import PersonType
from tenants.models import FieldKind


@strawberry_django.interface(
    models.FieldValue, name="FieldValue", description="What an incident says in a field of its unit."
)
class FieldValueType:
    field: LocalFieldType | None = strawberry_django.field(
        description="The field; none where it belongs to a unit that you do not view."
    )
    words: str = strawberry_django.field(description="The value as people read it.")


@strawberry_django.type(models.FieldValue, name="TextValue", description="A text.")
class TextValue(FieldValueType):
    text: str = strawberry_django.field(description="The text.")
    is_type_of = Variant(models.FieldValue, "kind", FieldKind.TEXT)


@strawberry_django.type(models.FieldValue, name="NumberValue", description="A number.")
class NumberValue(FieldValueType):
    number: Decimal = strawberry_django.field(description="The number, with at most 4 digits after the point.")
    is_type_of = Variant(models.FieldValue, "kind", FieldKind.NUMBER)


@strawberry_django.type(models.FieldValue, name="ChoiceValue", description="One of the field's choices.")
class ChoiceValue(FieldValueType):
    choice: str = strawberry_django.field(description="What was chosen.")
    is_type_of = Variant(models.FieldValue, "kind", FieldKind.CHOICE)


@strawberry_django.type(models.FieldValue, name="DateValue", description="A day.")
class DateValue(FieldValueType):
    date: dt.date = strawberry_django.field(description="The day.")
    is_type_of = Variant(models.FieldValue, "kind", FieldKind.DATE)


@strawberry_django.type(models.FieldValue, name="BooleanValue", description="Yes or no.")
class BooleanValue(FieldValueType):
    boolean: bool = strawberry_django.field(description="Whether it is so.")
    is_type_of = Variant(models.FieldValue, "kind", FieldKind.BOOLEAN)


@strawberry_django.type(models.FieldValue, name="PersonValue", description="A person.")
class PersonValue(FieldValueType):
    person: PersonType = strawberry_django.field(description="The person.")
    is_type_of = Variant(models.FieldValue, "kind", FieldKind.PERSON)


@strawberry_django.type(models.FieldValue, name="LinkValue", description="A link.")
class LinkValue(FieldValueType):
    link: str = strawberry_django.field(description="The address.")
    is_type_of = Variant(models.FieldValue, "kind", FieldKind.LINK)


def values_of(root: Any) -> list[FieldValueType]:
    """What an incident says, read for all incidents of a page together."""
    return cast("list[FieldValueType]", list(root.field_values.all()))


VALUES = (TextValue, NumberValue, ChoiceValue, DateValue, BooleanValue, PersonValue, LinkValue)
"""The types behind the interface, which the schema must be told of."""


@strawberry.input(
    description="What an incident says in a field: the value that fits the field's kind, or none to say nothing."
)
class FieldInput:
    key: str = strawberry.field(description="The field's key.")
    text: str | None = strawberry.field(default=None, description="For a text.")
    number: Decimal | None = strawberry.field(default=None, description="For a number.")
    choice: str | None = strawberry.field(default=None, description="For a choice.")
    date: dt.date | None = strawberry.field(default=None, description="For a date.")
    boolean: bool | None = strawberry.field(default=None, description="For a yes or no.")
    person_id: ID | None = strawberry.field(default=None, description="For a person.")
    link: str | None = strawberry.field(default=None, description="For a link.")


def given_fields(fields: list[FieldInput]) -> list[Given]:
    """Raises `Invalid` for a field with two values, `NotFound` for an id of nobody."""
    given = []
    for each in fields:
        said = [
            value
            for value in (each.text, each.number, each.choice, each.date, each.boolean, each.link)
            if value is not None
        ]
        if each.person_id is not None:
            said.append(node_key(each.person_id, "Person", "person", "fields", each.key))  # type: ignore[arg-type]
        if len(said) > 1:
            raise Invalid("A field holds one value: give the one of its kind.", path=["fields", each.key])
        given.append(Given(each.key, said[0] if said else None))
    return given


@strawberry.input(description="How large a number is. All that is given has to hold.")
class DecimalFilter:
    exact: Decimal | None = strawberry.field(default=None, description="Exactly this.")
    gt: Decimal | None = strawberry.field(default=None, description="Greater than this.")
    gte: Decimal | None = strawberry.field(default=None, description="This or greater.")
    lt: Decimal | None = strawberry.field(default=None, description="Less than this.")
    lte: Decimal | None = strawberry.field(default=None, description="This or less.")


@strawberry.input(description="Which day it is. All that is given has to hold.")
class DayFilter:
    exact: dt.date | None = strawberry.field(default=None, description="This day.")
    gte: dt.date | None = strawberry.field(default=None, description="This day or later.")
    lte: dt.date | None = strawberry.field(default=None, description="This day or earlier.")


@strawberry.input(description="What incidents say in a field of their unit. All that is given has to hold.")
class FieldFilter:
    key: str = strawberry.field(description="The field's key; units may have fields of the same key.")
    is_filled: bool | None = strawberry.field(default=None, description="Whether they say anything in it.")
    words: TextFilter | None = strawberry.field(default=None, description="By the value as people read it.")
    number: DecimalFilter | None = strawberry.field(default=None, description="By a number.")
    choice: list[str] | None = strawberry.field(default=None, description="One of these choices.")
    date: DayFilter | None = strawberry.field(default=None, description="By a day.")
    boolean: bool | None = strawberry.field(default=None, description="By yes or no.")
    person_id: ID | None = strawberry.field(default=None, description="By a person.")


def _person_key(global_id: ID | Open) -> Any:
    """The person's key, or what takes it when the statement runs. Raises `NotFound` for an id of nobody, then too."""
    if isinstance(global_id, Open):
        return global_id.mapped(lambda given: node_key(given, "Person", "person"), "bigint", BigIntegerField())
    return node_key(global_id, "Person", "person")


@plain
def says(prefix: str, filters: list[FieldFilter]) -> Q:
    """Incidents that say this in their fields, as a condition on the incidents at `prefix`."""
    whole = Q()
    for each in filters:
        values = models.FieldValue.objects.filter(field__key=each.key)
        if each.words is not None:
            values = values.filter(condition_of(each.words, "words__"))
        for column, bounds in (("number", each.number), ("date", each.date)):
            if bounds is not None:
                given = {name: value for name, value in vars(bounds).items() if value is not None}
                values = values.filter(**{f"{column}__{name}": value for name, value in given.items()})
        if each.choice is not None:
            values = values.filter(one_of("choice", each.choice))
        if each.boolean is not None:
            values = values.filter(boolean=each.boolean)
        if each.person_id is not None:
            values = values.filter(person=_person_key(each.person_id))
        found = Q(**{f"{prefix}pk__in": values.values("incident_id")})
        whole &= ~found if each.is_filled is False else found
    return whole
