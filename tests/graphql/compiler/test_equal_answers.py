"""Compiled answers equal the executor's, byte for byte: each kind of field, argument and selection, for several."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hub.alerts.models import Alert
from hub.lib.identity import Actor
from tests.conftest import seeding
from tests.graphql.compiler.both import both
from tests.graphql.walking import field_selected, query_fields
from tests.graphql.worlds import full_world

__all__ = ["full_world"]

pytestmark = pytest.mark.django_db

PEOPLE = ("coordinator", "commander.payments", "observer.retail", "outsider.logistics", "lead.emea", "security")
NAMELESS = "Name the incident by its id or by its reference, and not by both."
"""Why what the executor refuses is not compiled."""
REFUSED = "a resolver raised Invalid"
"""Why a question without what it is about is not: that has to be said where it stands in the answer."""

OPERATIONS = (
    "{ __typename viewer { id username ... on Node { __typename } } }",
    "{ regions { pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { code } } } }",
    """{ incidents(first: 3, ordering: [{declaredAt: DESC}]) { totalCount edges { cursor node {
         id reference severity status restricted declaredAt resolvedAt commander { id name }
         unit { name regions { code } parent { name } } service { name tags unit { slug } }
         timeline(first: 2) { totalCount pageInfo { hasNextPage endCursor } edges { cursor node { body at } } }
         roles { kind person { name } } } } } }""",
    "{ incidents(last: 3) { pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor } } }",
    "{ incidents(first: 0) { totalCount pageInfo { hasNextPage endCursor } edges { cursor } } }",
    "{ incidents(first: 0) { pageInfo { startCursor endCursor } } regions(last: 0) { pageInfo { startCursor } } }",
    "{ incidents(first: 2) { edges { node { timeline(first: 0) { pageInfo { endCursor hasPreviousPage } } } } } }",
    "{ incidents { totalCount } }",
    "{ incidents { pageInfo { hasNextPage } } }",
    """{ incidents(filters: {open: true, unit: {slug: {exact: "payments"}}, title: {contains: "o"},
         NOT: {severity: {in: [SEV1, SEV2]}}}) { totalCount edges { node { reference } } } }""",
    '{ incidents(filters: {OR: [{text: "100%"}, {text: "_"}, {led: false}]}) { totalCount } }',
    "{ incidents(filters: {OR: []}) { totalCount edges { node { id } } } }",
    "{ incidents(ordering: [{resolvedAt: ASC_NULLS_FIRST}, {severity: DESC}]) { edges { cursor } } }",
    "{ incidents(ordering: [{resolvedAt: DESC}], last: 4) { edges { cursor node { resolvedAt } } } }",
    "{ actionItems(filters: {mine: true}) { edges { node { title isOverdue postmortem { isOverdue } dueOn } } } }",
    "{ actionItems(filters: {overdue: true}) { totalCount } postmortems(filters: {overdue: false}) { totalCount } }",
    """{ postmortems(first: 5) { edges { node { isOverdue contributing { name } moments { at text }
         actionItems { isOverdue } revisions { totalCount edges { node { body } } } incident { reference } } } } }""",
    "{ inbox { totalCount edges { node { subject receipts { channel state } } } } }",
    "{ alerts { edges { node { labels annotations count source { serviceLabels keys { hint } } } } } }",
    '{ incident(reference: "pay-142") { id } x: incident(id: "abc") { id } postmortem(id: "") { id } }',
    '{ services(filters: {tag: "pci"}) { edges { node { tags dependencies { needs { name } } } } } }',
    """query ($no: Boolean = false) { viewer { ...Who name @skip(if: true) timeZone @include(if: $no) } }
       fragment Who on Person { name isService }""",
    """{ a: incidents(first: 1) { edges { node { t: timeline(first: 1) { edges { node { kind } } }
         u: timeline(last: 1, filters: {kind: {exact: STATUS}}) { totalCount edges { node { kind } } } } } }
         b: incidents(first: 2) { totalCount } }""",
    """{ incidents(first: 3) { a: edges { cursor } edges { node { reference } } pageInfo { endCursor }
         b: edges { node { title timeline(last: 2) { a: edges { cursor } b: edges { node { kind } } } } } } }""",
    """{ incidents { edges { node { fields { __typename words field { key unit { slug } } ... on PersonValue {
         person { name } } ...Said ... on FieldValue { w: words } } missingRoles gathered: parent { reference } } } } }
       fragment Said on NumberValue { number }""",
    """{ incidents(filters: {gathered: false, fields: [{key: "world", isFilled: true}, {key: "none", isFilled: false}]})
         { totalCount } led: incidents(filters: {fields: [{key: "world", words: {contains: "o", in: ["a"]},
         number: {gte: "1.50"}, date: {lte: "2026-03-01"}, choice: ["a"], boolean: true}]}) { totalCount } }""",
    """query ($said: [FieldFilter!], $least: Decimal = "1e3") {
         a: incidents(filters: {fields: $said}) { totalCount }
         b: incidents(filters: {fields: {key: "world", number: {gt: $least}}}) { totalCount } }""",
    """query ($id: ID = "SW5jaWRlbnQ6MQ==", $few: Int = 2) { node(id: $id) { id }
         nodes(ids: [$id]) { id } incidents(first: $few, filters: {id: [$id]}) { edges { node { id } } }
         services(first: $few, filters: {criticality: {lte: $few}}) { edges { node { criticality } } } }""",
    """{ contactMethods { edges { node { kind address quietHours severities } } }
         accessKeys { edges { node { name units { slug parent { slug } } } } }
         escalationPolicies { edges { node { steps { hours { fromDay untilTime } } } } } }""",
    """query ($text: String = "o", $word: Severity! = SEV2, $newest: Ordering! = DESC) {
         incidents(filters: {AND: {title: {contains: $text}}, OR: {severity: {in: [$word]}}},
           ordering: {declaredAt: $newest}) { totalCount edges { node { reference } } } }""",
)


BY_PYTHON = ("has a resolver", "is no column")
"""What is worked out in Python, at the root or of a row below what was."""


def everything() -> Iterator[str]:
    """Every root field with all that can be asked of it without arguments, one and two objects deep."""
    for name, field in query_fields().items():
        for depth in (1, 2):
            # The overview ends at the moment in which it is asked for.
            if name != "overview" and (selected := field_selected(name, field, depth)):
                yield f"{{ {selected} }}"


@pytest.mark.parametrize("username", PEOPLE)
def test_answers_are_equal(actor: Callable[[str], Actor], full_world: None, username: str) -> None:
    person = actor(username)

    answers = {operation: both(person, operation) for operation in [*OPERATIONS, *everything()]}

    assert {operation: each for operation, each in answers.items() if each.compiled != each.executed} == {}
    reasons = {each.reason for each in answers.values() if each.reason and not each.reason.endswith(BY_PYTHON)}
    assert NAMELESS in reasons
    assert reasons <= {NAMELESS, REFUSED}


def test_json_of_any_shape_is_compiled(actor: Callable[[str], Actor], full_world: None) -> None:
    shapes: list[Any] = [
        {"nested": [1, 2.50, {"ü": None}], "large": 12345678901234567890, "flat": True, "odd": "\a\x7f\u2028"},
        {"fine": 1e-7, "small": -0.0, "zero": 0, "empty": {}, "list": []},
        [],
        ["text", None],
        "text",
        1.5,
    ]
    with seeding():
        for alert, shape in zip(Alert.objects.order_by("pk"), shapes, strict=False):
            Alert.objects.filter(pk=alert.pk).update(labels=shape)

    answers = both(actor("coordinator"), "{ alerts { edges { node { name labels annotations } } } }")

    assert (answers.compiled, answers.reason) == (answers.executed, None)
    assert "ü".encode() in answers.compiled
