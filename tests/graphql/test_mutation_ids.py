"""An id that is unknown, malformed or of another type is one and the same fault, in every mutation there is."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    get_named_type,
    get_nullable_type,
    is_required_input_field,
)

from tests.graphql.api import ApiOf, api, global_id
from tests.graphql.walking import SCHEMA

__all__ = ["api"]

pytestmark = pytest.mark.django_db

assert SCHEMA.mutation_type is not None
MUTATIONS = {name: get_named_type(field.args["input"].type) for name, field in SCHEMA.mutation_type.fields.items()}
VALUES: dict[str, Any] = {
    "String": "x",
    "Int": 1,
    "Boolean": True,
    "DateTime": "2026-01-01T00:00:00Z",
    "Date": "2026-01-01",
}


def first_id(input_type: GraphQLInputObjectType) -> str | None:
    """The input field that names what is acted on."""
    return next(
        (
            name
            for name, field in input_type.fields.items()
            if is_required_input_field(field) and str(get_nullable_type(field.type)) == "ID"
        ),
        None,
    )


def value_of(field: GraphQLInputField) -> Any:
    named = get_named_type(field.type)
    if isinstance(get_nullable_type(field.type), GraphQLList):
        return []
    if isinstance(named, GraphQLEnumType):
        return next(iter(named.values))
    if named.name == "ID":
        return global_id("Person", 1)
    if isinstance(named, GraphQLInputObjectType):
        return {name: value_of(each) for name, each in named.fields.items() if is_required_input_field(each)}
    return VALUES[named.name]


@pytest.mark.parametrize("mutation", [name for name, input_type in MUTATIONS.items() if first_id(input_type)])
def test_there_is_one_answer(api: ApiOf, mutation: str) -> None:
    input_type = MUTATIONS[mutation]
    field = first_id(input_type)
    assert field is not None
    given = {
        name: value_of(each)
        for name, each in input_type.fields.items()
        if is_required_input_field(each) or str(get_nullable_type(each.type)) == "String"
    }
    commander = api("commander.payments")
    ids = ["", "x", "☃", global_id("Region", 1), global_id("Nothing", 1), global_id("Incident", "x")]
    unknown = [global_id(kind, 2**62) for kind in ("Incident", "Postmortem", "Message", "TimelineEntry", "ActionItem")]

    answers = [
        commander.ask(
            f"mutation ($input: {input_type.name}!) {{ {mutation}(input: $input) {{"
            " __typename ... on MutationErrors { errors { code message path } } } }",
            input=given | {field: each},
        ).data[mutation]
        for each in [*ids, *unknown]
    ]

    assert answers[0]["errors"][0]["code"] == "NOT_FOUND"
    assert answers[0]["errors"][0]["path"] == ["input", field]
    assert answers == [answers[0]] * len(answers)
