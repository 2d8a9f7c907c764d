"""What resolvers work out as plain data stands in a compiled answer as the executor would have put it there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hub.lib.identity import Actor, acting_as
from tests.graphql.compiler.both import both

pytestmark = pytest.mark.django_db

SPAN = 'since: "2026-03-02T00:00:00Z", until: "2026-03-20T00:00:00Z"'
DATA = [
    f"{{ finalSchedules({SPAN}) {{ scheduleId name stretches {{ startsAt endsAt primary {{ id name }} }} }} }}",
    f"{{ a: finalSchedules({SPAN}) {{ slug }} b: finalSchedules({SPAN}, scheduleIds: []) {{ slug }} }}",
    f"query ($all: Boolean = false) {{ finalSchedules({SPAN}) {{ __typename ...Part"
    " stretches @include(if: $all) { endsAt } stretches { secondary { username timeZone } } } }"
    " fragment Part on FinalSchedule { u: unitSlug stretches { ... on Stretch { isUncovered } } }",
    f'{{ finalSchedules({SPAN}, scheduleIds: ["nonsense"]) {{ slug }} }}',
    f"{{ coverageGaps({SPAN}) {{ scheduleName lacks }} dutyCollisions({SPAN}) {{ reason person {{ name }} }} }}",
    f"{{ overview({SPAN}) {{ total {{ declared mttrMinutes }} byUnit {{ unit {{ id name }} severity open }} }} }}",
    f"{{ overview({SPAN}) {{ byUnit {{ unit {{ slug parent {{ name parent {{ slug }} }} }} }} }} }}",
    f"{{ finalSchedules({SPAN}) {{ stretches {{ primary {{ unit {{ slug parent {{ slug }} }} }} }} }} }}",
    f"{{ consolidated(kind: CAUSE, {SPAN}) {{ byTerm {{ term {{ name kind label }} figures {{ certainty }} }} }} }}",
    f"{{ unitRanking(measure: MEAN_TO_RESOLVE, {SPAN}) {{ ranked {{ figures {{ unit {{ name }} }} }} refusal }} }}",
    "{ restrictedFigures { quarter byUnit { restricted unit { slug } } } figureDefinitions { key version } }",
    "{ figureDefinitions { key @skip(if: true) } restrictedFigures @skip(if: true) { quarter }"
    f" finalSchedules({SPAN}) {{ stretches {{ endsAt @skip(if: true) }} }} }}",
]
BESIDE_ROWS = [
    f"{{ finalSchedules({SPAN}) {{ slug }} viewer {{ username }} }}",
    f"{{ viewer {{ username }} finalSchedules({SPAN}) {{ slug }} schedules(first: 2) {{ totalCount }} }}",
    f"{{ __typename finalSchedules({SPAN}) {{ slug }} figureDefinitions {{ name }} __typename }}",
    """query ($since: DateTime = "2026-03-02T00:00:00Z") {
         coverageGaps(since: $since, until: "2026-03-09T00:00:00Z") { scheduleId }
         incidents(first: 2, filters: {declaredAt: {gte: $since}}) { totalCount } }""",
]
OF_ROWS = [
    """{ schedules(first: 5) { totalCount edges { cursor node { name hours { fromDay untilTime }
         onCallNow { since until person { id name } secondary { username } } next: nextOnCall { since }
         layers { name rotations { handsOverAt handOverDays hours { fromTime } turns { people { name } } } } } } } }""",
    "{ postmortems(first: 20) { edges { node { reference blamelessFindings { section phrase suggestion } } } } }",
    "query ($yes: Boolean = false) { schedules { edges { node { slug onCallNow @include(if: $yes) { since } } } }"
    " figureDefinitions { key } }",
    "{ schedules { edges { node { onCallNow { since @skip(if: true) } layers { name @skip(if: true) } } } } }",
    "{ a: schedules(first: 2) { edges { node { onCallNow { since } } } } schedules(last: 1) { edges { node {"
    " onCallNow { primary { name } } unit { name } } } } viewer { name } }",
]
IN_PART = [
    '{ viewer { name } searchKnowledge(query: "pool") { totalCount } incidents(first: 2) { edges { cursor } } }',
    """query ($words: String = "pool", $few: Int = 1, $yes: Boolean = true) {
         found: searchKnowledge(query: $words, first: $few) { ...Found }
         more: searchKnowledge(query: "pool") @include(if: $yes) { totalCount } __typename
         none: searchKnowledge(query: "pool") @skip(if: $yes) { totalCount }
         incidents(first: $few) { totalCount } }
       fragment Found on KnowledgeSearchConnection { totalCount edges { node { ...Title } } }
       fragment Title on Postmortem { title }""",
    "{ __schema { queryType { name } } viewer { username } }",
]
REFUSED = [
    '{ finalSchedules(since: "2026-03-02T00:00:00Z", until: "2026-03-01T00:00:00Z") { slug } viewer { name } }',
    '{ viewer { name } overview(unitIds: ["nonsense"]) { definitionVersion } }',
    '{ viewer { name } searchKnowledge(query: "pool", first: 1000) { totalCount } }',
]


@pytest.mark.parametrize("query", [*DATA, *BESIDE_ROWS, *OF_ROWS])
@pytest.mark.parametrize("username", ["coordinator", "observer.payments", "outsider.logistics"])
def test_answers_with_data_are_compiled_and_equal(actor: Callable[[str], Actor], username: str, query: str) -> None:
    answers = both(actor(username), query)

    assert answers.reason is None
    assert answers.compiled == answers.executed
    assert answers.compiled.endswith(b'"errors":[]}')


@pytest.mark.parametrize("query", IN_PART)
@pytest.mark.parametrize("username", ["coordinator", "outsider.logistics"])
def test_what_the_executor_alone_can_answer_stands_between(
    actor: Callable[[str], Actor], username: str, query: str
) -> None:
    answers = both(actor(username), query)

    assert answers.reason is not None
    assert answers.reason.startswith("in part: ")
    assert answers.compiled == answers.executed
    assert answers.compiled.endswith(b'"errors":[]}')


@pytest.mark.parametrize("query", REFUSED)
def test_what_a_resolver_refuses_is_told_by_the_executor(actor: Callable[[str], Actor], query: str) -> None:
    answers = both(actor("coordinator"), query)

    assert answers.reason is not None
    assert answers.compiled == answers.executed
    assert not answers.compiled.endswith(b'"errors":[]}')


def test_rows_take_one_statement_and_their_data_as_many_for_one_as_for_several(actor: Callable[[str], Actor]) -> None:
    person = actor("coordinator")
    rows = "{ viewer { name } schedules { edges { node { name } } } }"

    def statements(query: str, variables: dict[str, Any] | None = None) -> int:
        with acting_as(person), CaptureQueriesContext(connection) as found:
            both(person, query, variables)
        return sum("concat(" in each["sql"] for each in found)

    def all_statements(first: int) -> int:
        query = f"{{ schedules(first: {first}) {{ edges {{ node {{ onCallNow {{ person {{ name }} }} }} }} }} }}"
        with acting_as(person), CaptureQueriesContext(connection) as found:
            assert both(person, query).reason is None
        return len(found)

    assert all_statements(1) == all_statements(5)
    assert statements(rows) == statements(f"{{ figureDefinitions {{ key }} {rows[1:]}") == 1
