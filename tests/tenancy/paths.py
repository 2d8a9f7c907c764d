"""Every way to read the hub, as requests: pages by their patterns, GraphQL by introspection, admin by its registry.

A new query field that needs an argument and has no line here fails `test_worlds`.
"""

from __future__ import annotations

import base64
import binascii
import itertools
import json
import re
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, field
from typing import Any, Final

from django.contrib import admin
from django.test import Client
from graphql import GraphQLEnumType, GraphQLInputObjectType, get_named_type, is_leaf_type, is_required_argument

from hub.graphql.schema import ENTITIES
from tests.graphql.walking import field_selected, is_connection, node_type, query_fields, selected
from tests.tenancy.addresses import PAGES, base_of, of_model
from tests.tenancy.hidden import CANARY, Hidden

OBJECT: Final = "<path:object_id>"
MISSING: Final = 10**15
"""A key that nothing has."""


@dataclass(frozen=True)
class Request:
    """One way to ask. `name` says which, so that a leak can be found again."""

    name: str
    path: str
    body: dict[str, Any] | None = None
    form: dict[str, str] | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def is_in(self, part: int, parts: int) -> bool:
        """Whether it belongs to this one of so many parts, into which all are divided by their names."""
        return binascii.crc32(self.name.encode()) % parts == part % parts

    def send(self, client: Client) -> tuple[int, str, bytes]:
        """Status, where it leads or what it is, and the body. What it leaves in the browser is not kept."""
        cookies = copy(client.cookies)
        if self.body is not None:
            response: Any = client.post(self.path, self.body, content_type="application/json", headers=self.headers)
        elif self.form is not None:
            response = client.post(self.path, self.form, headers=self.headers)
        else:
            response = client.get(self.path, headers=self.headers)
        client.cookies = cookies
        body = b"".join(response.streaming_content) if response.streaming else response.content
        return response.status_code, response.headers.get("Location", response.headers["Content-Type"]), body


_SINCE: Final = "2026-11-01T00:00:00Z"


def _spanning(hidden: Hidden | None) -> str:
    """Some weeks of every schedule, or of those that are hidden."""
    keys = () if hidden is None else hidden.ids.get("Schedule", ())
    named = ", ".join(f'"{global_id("Schedule", each)}"' for each in keys)
    only = f", scheduleIds: [{named}]" if keys else ""
    return f'(since: "{_SINCE}", until: "2026-12-01T00:00:00Z"{only})'


def _of_reviews(hidden: Hidden) -> list[str]:
    return [f'(postmortemId: "{global_id("Postmortem", each)}")' for each in hidden.ids.get("Postmortem", ())]


def _of_nodes(ids: list[str]) -> list[str]:
    """As many at a time as may be asked for."""
    return [f"(ids: {json.dumps(ids[start : start + 90])})" for start in range(0, len(ids), 90)]


ARGUMENTS: Final[dict[str, Callable[[Hidden], list[str]]]] = {
    "disclosureProposal": _of_reviews,
    "signOff": _of_reviews,
    "proposedParticipants": _of_reviews,
    "reviewAgenda": _of_reviews,
    "node": lambda hidden: [f'(id: "{each}")' for each in hidden_ids(hidden)],
    "nodes": lambda hidden: _of_nodes(hidden_ids(hidden)),
    "incident": lambda hidden: [
        *(f'(reference: "{each}")' for each in hidden.references),
        *(f'(id: "{global_id("Incident", each)}")' for each in hidden.ids.get("Incident", [])),
    ],
    "postmortem": lambda hidden: [
        f'(id: "{global_id("Postmortem", each)}")' for each in hidden.ids.get("Postmortem", [])
    ],
    "_entities": lambda hidden: [
        f'(representations: [{{__typename: "{name}", id: "{global_id(name, key)}"}}])'
        for name, keys in sorted(hidden.ids.items())
        for key in keys[:1]
        if name in {entity.name for entity in ENTITIES}
    ],
    "finalSchedules": lambda hidden: [_spanning(hidden), _spanning(None)],
    "coverageGaps": lambda hidden: [_spanning(hidden), _spanning(None)],
    "dutyCollisions": lambda hidden: [_spanning(hidden), _spanning(None)],
    "onCallBalance": lambda hidden: ["", _spanning(hidden)],
    "rotationProposal": lambda hidden: [
        f'(layerId: "{global_id("Layer", each)}", since: "{_SINCE}", weeks: 4)' for each in hidden.ids.get("Layer", [])
    ],
    "freeDays": lambda hidden: [f'(unitId: "{global_id("BusinessUnit", 1)}", start: "2026-11-01")'],
    "coverage": lambda hidden: ['(day: "2026-11-10")', '(day: "2026-11-10", timeZone: "Asia/Tokyo")'],
    "simulateEscalation": lambda hidden: [
        *(f'(incidentId: "{global_id("Incident", each)}")' for each in hidden.ids.get("Incident", [])),
        *(f'(serviceId: "{global_id("Service", each)}", severity: SEV1)' for each in range(1, 38, 3)),
    ],
    "responsibilityGaps": lambda hidden: [f'(unitId: "{global_id("BusinessUnit", each)}")' for each in range(1, 9)],
    "severityProposal": lambda hidden: [
        f'(serviceId: "{global_id("Service", each)}", impact: SEVERE)' for each in range(1, 38, 3)
    ],
    "incidentDeliveries": lambda hidden: [
        f'(incidentId: "{global_id("Incident", each)}")' for each in hidden.ids.get("Incident", [])
    ],
    "similarKnowledge": lambda hidden: [
        f'(incidentId: "{global_id("Incident", each)}")' for each in hidden.ids.get("Incident", [])
    ],
    "similarKnownErrors": lambda hidden: [
        f'(incidentId: "{global_id("Incident", each)}")' for each in hidden.ids.get("Incident", [])
    ],
    "problem": lambda hidden: [f'(id: "{global_id("Problem", each)}")' for each in (1, *hidden.ids.get("Problem", []))],
    "runbook": lambda hidden: [f'(id: "{global_id("Runbook", each)}")' for each in (1, *hidden.ids.get("Runbook", []))],
    "article": lambda hidden: [f'(id: "{global_id("Article", each)}")' for each in (1, *hidden.ids.get("Article", []))],
    "peopleOnCall": lambda hidden: [
        f'(scheduleIds: ["{global_id("Schedule", each)}"])' for each in hidden.ids.get("Schedule", [])
    ],
    "consolidated": lambda hidden: ["(kind: INCIDENT_TYPE)", "(kind: CAUSE)"],
    "recurrenceTrends": lambda hidden: ["(dimension: CAUSE)", "(dimension: SERVICE)"],
    "unitRanking": lambda hidden: ["(measure: MEAN_TO_RESOLVE)"],
    "knowledge": lambda hidden: [
        f'(query: "{CANARY}")',
        '(query: "database timeout", first: 100)',
        '(query: "certifcate", kinds: [RUNBOOK, PROBLEM, ARTICLE])',
    ],
    "knowledgeTitles": lambda hidden: [f'(typed: "{CANARY}")', '(typed: "certificate")', '(typed: "database tim")'],
    "searchKnowledge": lambda hidden: [
        f'(query: "{CANARY}")',
        '(query: "database timeout", first: 100)',
        '(query: "certifcate", first: 100)',
        '(query: "expired certificate")',
        '(query: "zqx")',
        '(query: "the credentials had run out", first: 100)',
    ],
}
"""Arguments of query fields that need some, or say more with some."""

NESTED: Final = (
    "{ businessUnits { edges { node { id slug incidents: name } } } }",
    "{ services(first: 100) { edges { node { slug unit { slug } dependencies { needs { slug } } } } } }",
    "{ incidents(first: 60) { totalCount edges { cursor node { reference updatedAt commander { name }"
    " roles { kind person { name } } timeline(first: 3) { totalCount edges { node { body revisions { body } } } }"
    " alerts(first: 3) { totalCount edges { node { name } } } grants { reason } securityLink { state }"
    " investigation { crossings { reason } } sightings { totalCount } } } } }",
)
"""Documents whose nested edges, counts and cursors tell more than a flat list does."""


def global_id(type_name: str, key: int | str) -> str:
    return base64.b64encode(f"{type_name}:{key}".encode()).decode()


def hidden_ids(hidden: Hidden) -> list[str]:
    return [global_id(name, key) for name, keys in sorted(hidden.ids.items()) for key in keys]


def requests(hidden: Hidden) -> list[Request]:
    """All of them."""
    return [*pages(hidden), *administration(hidden), *operations(hidden)]


def pages(hidden: Hidden) -> Iterator[Request]:
    for name, makes in PAGES.items():
        for path in makes(hidden):
            yield Request(f"page {name}", path)
    for name in ("now", "incidents"):
        yield Request(f"fragment {name}", PAGES[name](hidden)[0], headers={"HX-Request": "true", "HX-Target": name})


def administration(hidden: Hidden) -> Iterator[Request]:
    """Lists, searches, exports; what is hidden by its address: change, history and delete pages; autocomplete."""
    yield Request("admin index", "/admin/")
    yield Request("admin search", f"/admin/search/?s={CANARY}")
    for label in sorted({model._meta.app_label for model in admin.site._registry}):
        yield Request(f"admin app {label}", f"/admin/{label}/")
    for model, model_admin in admin.site._registry.items():
        label, name = model._meta.app_label, model._meta.model_name
        base = f"/{base_of(model)}"
        yield Request(f"admin find {label}.{name}", f"{base}?q={CANARY}")
        for page, names_one in of_model(model):
            what = page.rstrip("/").rpartition("/")[2] if page else "list"
            keys = hidden.rows.get(model._meta.label_lower, [])[:2] if names_one else []
            # The shortest address of an object leads to its page.
            if names_one and what != OBJECT:
                yield from (Request(f"admin {what} {label}.{name}", f"{base}{key}/{what}/") for key in keys)
            elif not names_one:
                yield Request(f"admin {what} {label}.{name}", f"{base}{page}")
        for column in model_admin.autocomplete_fields:
            asked = f"app_label={label}&model_name={name}&field_name={column}&term={CANARY[:4]}"
            yield Request(f"admin autocomplete {label}.{name}.{column}", f"/admin/autocomplete/?{asked}")


def operations(hidden: Hidden) -> Iterator[Request]:
    """Each query field with arguments, filters and orders; and what is nested."""
    for number, document in enumerate(NESTED):
        yield _operation(f"graphql nested {number}", document)
    for name, described in query_fields().items():
        for number, arguments in enumerate(arguments_of(name, described, hidden)):
            text = selection(name, described)
            if text is not None:
                yield _operation(f"graphql {name} {number}", "{ " + _with_arguments(text, name, arguments) + " }")


def arguments_of(name: str, described: Any, hidden: Hidden) -> Iterator[str]:
    """The argument lists to try with a query field."""
    if name in ARGUMENTS:
        yield from ARGUMENTS[name](hidden)
    if any(is_required_argument(argument) for argument in described.args.values()):
        return
    if name not in ("incident",):
        yield ""
    if not is_connection(described):
        return
    yield "(first: 100)"
    filters = described.args.get("filters")
    if filters is not None:
        named = get_named_type(filters.type)
        assert isinstance(named, GraphQLInputObjectType)
        for column, each in named.fields.items():
            if get_named_type(each.type).name == "TextFilter":
                yield f'(first: 20, filters: {{{column}: {{contains: "{CANARY}"}}}})'
            if get_named_type(each.type).name == "String":
                yield f'(first: 20, filters: {{{column}: "{CANARY}"}})'
            if get_named_type(each.type).name == "Boolean":
                yield f"(first: 20, filters: {{{column}: true}})"
    ordering = described.args.get("ordering")
    if ordering is not None:
        named = get_named_type(ordering.type)
        assert isinstance(named, GraphQLInputObjectType)
        for column, each in itertools.islice(named.fields.items(), 4):
            if isinstance(get_named_type(each.type), GraphQLEnumType):
                yield f"(first: 5, ordering: [{{{column}: ASC}}])"
                yield f"(last: 5, ordering: [{{{column}: DESC}}])"


def selection(name: str, described: Any) -> str | None:
    """What to ask of the field, one object deep."""
    if is_connection(described):
        inner = _flat(node_type(described))
        return f"{name} {{ totalCount pageInfo {{ hasNextPage endCursor }} edges {{ cursor node {inner} }} }}"
    if name in ("node", "nodes"):
        return f"{name} {{ id __typename }}"
    if name == "_entities":
        return f"{name} {{ __typename }}"
    # What it needs is given by `ARGUMENTS`, so that fields that need some are asked like the others.
    named = get_named_type(described.type)
    return name if is_leaf_type(named) else f"{name} {selected(named, 2)}"


def _flat(named: Any) -> str:
    parts = [text for each, sub in named.fields.items() if (text := field_selected(each, sub, 0))]
    return "{ __typename " + " ".join(parts) + " }"


def _with_arguments(text: str, name: str, arguments: str) -> str:
    return text.replace(name, f"{name}{arguments}", 1)


def _operation(name: str, document: str) -> Request:
    return Request(name, "/graphql/", body={"query": document}, headers={"Accept": "application/graphql-response+json"})


_CHANGING: Final = (
    (re.compile(rb'(name="csrfmiddlewaretoken" value=")[^"]*'), rb"\1"),
    (re.compile(rb"(X-CSRFToken[^A-Za-z0-9]{1,12})[A-Za-z0-9]{64}"), rb"\1"),
    (re.compile(rb'(nonce=")[^"]*'), rb"\1"),
    (re.compile(rb'(data-live-after=")[^"]*'), rb"\1"),
    (re.compile(rb'(name="(?:initial-)?valid_from_[01]" value=")[^"]*'), rb"\1"),
    (re.compile(rb'("id": ?")[0-9a-f]{32}(")'), rb"\1\2"),
)
"""What differs between two answers to the same question: tokens, sealed places in the feed, a form's idea of now."""


def normal(body: bytes) -> bytes:
    """The body without what no two answers share."""
    for pattern, replacement in _CHANGING:
        body = pattern.sub(replacement, body)
    return body
