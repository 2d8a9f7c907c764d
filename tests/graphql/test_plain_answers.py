"""What is plain data is written without the executor, and is the very answer that the executor would have given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from hub.graphql import plain
from hub.graphql.compiler.extension import executed_only
from hub.graphql.schema import schema
from hub.lib.api import Context
from hub.lib.identity import Actor, acting_as

pytestmark = pytest.mark.django_db

SPAN = 'since: "2026-03-02T00:00:00Z", until: "2026-03-20T00:00:00Z"'
DOCUMENTS = [
    f"{{ finalSchedules({SPAN}) {{ scheduleId name stretches {{ startsAt endsAt primary {{ id name }} }} }} }}",
    f"{{ a: finalSchedules({SPAN}) {{ slug }} b: finalSchedules({SPAN}, scheduleIds: []) {{ slug }} }}",
    f"query ($all: Boolean = false) {{ finalSchedules({SPAN}) {{ __typename ...Part"
    " stretches @include(if: $all) { endsAt } stretches { secondary { username timeZone } } } }"
    " fragment Part on FinalSchedule { u: unitSlug stretches { ... on Stretch { isUncovered } } }",
]
EXECUTED = [
    f"{{ finalSchedules({SPAN}) {{ slug }} viewer {{ username }} }}",
    f"{{ __typename finalSchedules({SPAN}) {{ slug }} }}",
    '{ finalSchedules(since: "2026-03-02T00:00:00Z", until: "2026-03-01T00:00:00Z") { slug } }',
    f'{{ finalSchedules({SPAN}, scheduleIds: ["nonsense"]) {{ slug }} }}',
]


def asked(actor: Actor, document: str, variables: dict[str, Any] | None = None) -> bytes:
    context = Context(actor, takes_json=True)
    result = schema.execute_sync(document, variable_values=variables, context_value=context)
    errors = [(error.message, error.path, error.extensions) for error in result.errors or ()]
    return orjson.dumps([result.data, errors], default=str)


@pytest.mark.parametrize("document", [*DOCUMENTS, *EXECUTED])
@pytest.mark.parametrize("username", ["coordinator", "observer.payments", "outsider.logistics"])
def test_the_answers_are_equal(actor: Callable[[str], Actor], username: str, document: str) -> None:
    reader = actor(username)
    with acting_as(reader):
        written = asked(reader, document)
        with executed_only():
            executed = asked(reader, document)

    assert written == executed


@pytest.mark.parametrize("document", DOCUMENTS)
def test_these_are_written(actor: Callable[[str], Actor], monkeypatch: pytest.MonkeyPatch, document: str) -> None:
    answers: list[dict[str, Any]] = []
    answered = plain._answered

    def noted(execution: Any) -> dict[str, Any]:
        answers.append(answered(execution))
        return answers[-1]

    monkeypatch.setattr(plain, "_answered", noted)
    reader = actor("coordinator")

    with acting_as(reader):
        asked(reader, document, {"all": True} if "$all" in document else None)

    assert len(answers) == 1
