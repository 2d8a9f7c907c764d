"""Values of local fields: from what people send to what is kept, and what is missing for a stage. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from hub.lib.errors import Invalid, InvalidMany
from tenants.models import FieldKind, LocalField, Stage

LONGEST_TEXT: Final = 5_000
_LARGEST: Final = Decimal(10) ** 15
_IS_LINK: Final = URLValidator(schemes=["http", "https"])
_TRUE: Final = ("true", "yes", "on", "1")
_FALSE: Final = ("false", "no", "off", "0")


class MissingFields(InvalidMany):
    """An incident cannot reach a stage before it says more: one error for each thing that is missing."""


@dataclass(frozen=True)
class Given:
    """What somebody says in a field.

    Attributes:
        value: of the field's kind, or its text; None or an empty text to say nothing. A person is said by id.
    """

    key: str
    value: object


def read(field: LocalField, value: object) -> str | Decimal | date | bool | None:
    """The value as it is kept, for every kind but a person. Raises `Invalid` with the path of the field."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        return _READERS[FieldKind(field.kind)](field, value)
    except Invalid as fault:
        fault.at("fields", field.key)
        raise


def _text(field: LocalField, value: Any) -> str:
    text = str(value).replace("\x00", "").strip()
    if len(text) > LONGEST_TEXT:
        raise Invalid(f"“{field.name}” has {len(text)} characters; {LONGEST_TEXT} is the most.")
    return text


def _number(field: LocalField, value: Any) -> Decimal:
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise Invalid(f"“{field.name}” is a number, such as 12 or 0.5.") from None
    if isinstance(value, bool) or not number.is_finite() or abs(number) >= _LARGEST:
        raise Invalid(f"“{field.name}” is a number with at most 15 digits before the point.")
    kept = round(number, 4)
    if kept != number:
        raise Invalid(f"“{field.name}” has at most 4 digits after the point.")
    return kept


def _choice(field: LocalField, value: Any) -> str:
    if value not in field.choices:
        raise Invalid(f"“{field.name}” is one of: {', '.join(field.choices)}.")
    return str(value)


def _date(field: LocalField, value: Any) -> date:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        raise Invalid(f"“{field.name}” is a day, such as 2026-03-01.") from None


def _boolean(field: LocalField, value: Any) -> bool:
    said = str(value).strip().lower()
    if said not in (*_TRUE, *_FALSE):
        raise Invalid(f"“{field.name}” is yes or no.")
    return said in _TRUE


def _link(field: LocalField, value: Any) -> str:
    text = str(value).strip()
    try:
        _IS_LINK(text)
    except ValidationError:
        raise Invalid(f"“{field.name}” is a link that begins with https:// or http://.") from None
    if len(text) > 1_000:
        raise Invalid(f"“{field.name}” has {len(text)} characters; 1000 is the most.")
    return text


_READERS: Final[Mapping[FieldKind, Callable[[LocalField, Any], str | Decimal | date | bool]]] = {
    FieldKind.TEXT: _text,
    FieldKind.NUMBER: _number,
    FieldKind.CHOICE: _choice,
    FieldKind.DATE: _date,
    FieldKind.BOOLEAN: _boolean,
    FieldKind.LINK: _link,
}


def missing_for(stage: Stage, fields: Iterable[LocalField], filled: Collection[int]) -> list[LocalField]:
    """The fields in use that an incident needs for `stage` and that are not among the `filled` ids, in their order."""
    return [
        field
        for field in fields
        if field.required_from is not None
        and field.retired_at is None
        and Stage(field.required_from).place <= stage.place
        and field.pk not in filled
    ]


def missing_parts(stage: Stage, requirements: dict[str, str], filled: Collection[str]) -> Sequence[str]:
    """The parts of an incident that its unit demands for `stage` and that are not among the `filled` ones."""
    return [part for part, first in requirements.items() if Stage(first).place <= stage.place and part not in filled]
