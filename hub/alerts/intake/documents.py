"""From a request's bytes to a checked document, or to sentences that name the field at fault."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError, from_json

from hub.lib.errors import Invalid, InvalidMany

Document = TypeVar("Document", bound=BaseModel)

MOST_ERRORS: Final = 10

_NUL: Final = b"\\u0000"
_COMPLAINTS: Final = {
    "missing": "is missing",
    "string_type": "must be text",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "list_type": "must be a list",
    "datetime": "must be a time such as 2026-05-01T12:00:00Z",
    "int": "must be a whole number",
    "string_too_short": "is empty",
    "string_too_long": "is longer than {max_length} characters",
    "greater_than_equal": "must be {ge} or more",
}
_PLACE: Final = re.compile(r"line (\d+) column (\d+)")


class Sent(BaseModel):
    """Base of every document: fields that the hub does not know are passed over, since senders add some over time."""

    model_config = ConfigDict(extra="ignore", populate_by_name=False)


def _written(value: object) -> object:
    # Pydantic would take digits for seconds since 1970, or milliseconds where they are many: "20260501" for an August.
    if isinstance(value, str) and value[4:5] == "-":
        return value
    raise PydanticCustomError("datetime", "digits are no time")


def _in_utc(moment: datetime) -> datetime | None:
    # Year 1 is how Go writes "no time"; next to either end of the calendar no other zone can say the same moment.
    if moment.year == 1:
        return None
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        return None


Moment = Annotated[datetime, BeforeValidator(_written), AfterValidator(_in_utc)]
"""A time as ISO 8601 writes it, in any zone, kept in UTC; one without a zone is taken to be UTC, and the zero time is
None."""


def read_document(kind: type[Document], body: bytes) -> Document:
    """The document that `body` holds. Raises `InvalidMany` with a sentence and a path for each fault."""
    try:
        if _NUL in body:
            return kind.model_validate(_without_nul(from_json(body)))
        return kind.model_validate_json(body)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)[:MOST_ERRORS]
        raise InvalidMany([_as_invalid(each) for each in found]) from None
    except ValueError as error:
        raise InvalidMany([_not_json(str(error))]) from None


def _without_nul(value: Any) -> Any:
    """The value without the one character that PostgreSQL cannot keep."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, list):
        return [_without_nul(each) for each in value]
    if isinstance(value, dict):
        return {key.replace("\x00", ""): _without_nul(each) for key, each in value.items()}
    return value


def _as_invalid(fault: ErrorDetails) -> Invalid:
    if fault["type"] == "json_invalid":
        return _not_json(str(fault.get("ctx", {}).get("error", "")))
    path = [str(part) for part in fault["loc"] if part != "[key]"]
    subject = written_path(path) if path else "The body"
    return Invalid(f"{subject} {_complaint(fault['type'], fault.get('ctx', {}))}.", path=path)


def written_path(path: list[str]) -> str:
    """A path as people write it: alerts[0].labels.service."""
    words = [f"[{part}]" if part.isdigit() else f".{part}" for part in path]
    return "".join(words).removeprefix(".")


def _not_json(place: str) -> Invalid:
    found = _PLACE.search(place)
    where = f" (line {found[1]}, column {found[2]})" if found else ""
    return Invalid(f"The body is not valid JSON{where}.")


def _complaint(kind: str, context: Mapping[str, Any]) -> str:
    if kind == "literal_error":
        return "must be one of " + ", ".join(re.findall(r"'([^']*)'", str(context["expected"])))
    family = "datetime" if kind.startswith(("datetime", "timezone")) else "int" if kind.startswith("int_") else kind
    return _COMPLAINTS.get(family, "cannot be accepted").format_map(context)
