"""A hidden word in every text of a hidden row: what is written later, and what nobody thought of."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any, Final

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db.models import CharField, Field, JSONField, Model, TextField

from tests.tenancy.hidden import Hidden, word

_LISTED: Final = "one of a list that the hub has"
_NUMBERS: Final = "made of a prefix and numbers: the worlds try it by itself"
_DIGEST: Final = "a digest"

WORDLESS: Final[dict[str, str]] = {
    "alerts_alertsourcekey.hint": "the beginning of a key, shorter than a word",
    "oncall_schedule.demands": "what was demanded when: what is demanded now stands beside it",
    "oncall_calendarlink.hint": "the beginning of a key, shorter than a word",
    "incidents_fieldvalue.choice": "the value of another kind of field than a text",
    "incidents_fieldvalue.link": "the value of another kind of field than a text",
    "search_document.edition": "how it was indexed, in a number",
    "tenants_accesstoken.documents": _DIGEST,
    "tenants_localfield.choices": "of another kind of field than a text",
    "reference": _NUMBERS,
    "path": _NUMBERS,
    "digest": _DIGEST,
    "external_digest": _DIGEST,
    "fingerprint": _DIGEST,
    "code_digest": _DIGEST,
    "breaks_quiet": _LISTED,
    "criterion": _LISTED,
    "hours": _LISTED,
    "language": _LISTED,
    "noun": _LISTED,
    "permissions": _LISTED,
    "quiet_hours": _LISTED,
    "role_key": _LISTED,
    "severities": _LISTED,
    "severity": _LISTED,
    "through": _LISTED,
    "time_zone": _LISTED,
    "type": _LISTED,
    "verb": _LISTED,
}
"""Columns in which no word stands, by table and name or by name alone, and why."""


KEPT: Final = {"postmortems.postmortem"}
"""Rows whose every edit is a version of its own: their words are all written with them."""


def texts(model: type[Model]) -> Iterator[Field[Any, Any]]:
    """The columns of a table in which there is room for somebody's words."""
    for field in model._meta.concrete_fields:
        inner = field.base_field if isinstance(field, ArrayField) else field
        if isinstance(inner, CharField | TextField | JSONField) and not inner.choices:
            yield field


def is_wordless(model: type[Model], field: Field[Any, Any]) -> bool:
    return bool({field.column, f"{model._meta.db_table}.{field.column}"} & set(WORDLESS))


def fill(random: Random, hidden: Hidden) -> None:
    """Write a word wherever a hidden row says nothing yet."""
    for label, keys in hidden.rows.items():
        if label in KEPT:
            continue
        model = apps.get_model(label)
        rows = model._default_manager.filter(pk__in=keys)
        for field in texts(model):
            if is_wordless(model, field):
                continue
            said = word(random)
            nothing: Any = ""
            given: Any = said[: field.max_length]
            if isinstance(field, ArrayField):
                nothing, given = [], [said]
            elif isinstance(field, JSONField):
                continue
            rows.filter(**{field.name: nothing}).update(**{field.name: given})
