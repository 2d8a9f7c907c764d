"""Errors: each has its code, and none tells of the inside."""

from __future__ import annotations

import logging

import pytest
from django.conf import settings
from django.db import OperationalError
from graphql import GraphQLError
from psycopg.errors import QueryCanceled

from hub.lib.api.codes import CODES
from hub.lib.api.errors import coded, refused
from hub.lib.errors import Conflict, Forbidden, HubError, Invalid, NotFound, TooMany, Unauthenticated
from tests.graphql.api import ApiOf, api, global_id

__all__ = ["api"]


@pytest.fixture(autouse=True)
def the_log_is_heard() -> None:
    logging.getLogger("hub").propagate = True


def located(cause: Exception) -> GraphQLError:
    return GraphQLError(str(cause), path=["incidents", 0, "title"], original_error=cause)


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        (NotFound("incident"), "NOT_FOUND"),
        (Forbidden("You may not."), "FORBIDDEN"),
        (Unauthenticated("Sign in."), "UNAUTHENTICATED"),
        (Invalid("The title is empty.", path=["title"]), "BAD_USER_INPUT"),
        (Conflict("It is closed."), "CONFLICT"),
        (TooMany("Later."), "TOO_MANY"),
    ],
)
def test_the_hubs_own_errors_keep_their_sentence(cause: HubError, code: str) -> None:
    error = coded(located(cause))

    assert (error.message, error.path) == (cause.message, ["incidents", 0, "title"])
    assert error.extensions == {"code": code} | ({"argument": ["title"]} if cause.path else {})


def test_a_fault_shows_an_id_and_the_log_has_the_rest(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise RuntimeError("password=hunter2")
    except RuntimeError as cause:
        error = coded(located(cause))

    fault = (error.extensions or {})["id"]
    assert error.extensions == {"code": "INTERNAL", "id": fault}
    assert "hunter2" not in str(error.formatted)
    assert error.original_error is None
    (record,) = caplog.records
    assert fault in record.getMessage()
    assert "hunter2" in caplog.text


def test_a_database_that_is_away_is_not_a_fault_of_the_request() -> None:
    assert coded(located(OperationalError("connection refused at 10.0.0.1"))).extensions == {"code": "UNAVAILABLE"}


def test_a_statement_that_took_too_long_says_so() -> None:
    cause = OperationalError("canceling statement")
    cause.__cause__ = QueryCanceled("canceling statement")

    assert coded(located(cause)).extensions == {"code": "TIMEOUT", "limit": settings.GRAPHQL_STATEMENT_SECONDS}


def test_a_coded_error_stays_as_it_is() -> None:
    error = refused("TOO_DEEP", "Too deep.", limit=3)

    assert coded(error) is error


@pytest.mark.django_db
def test_an_error_inside_a_list_leaves_the_rest_of_the_answer(api: ApiOf) -> None:
    answer = api("responder.payments").ask('{ viewer { name } incident(id: "x", reference: "y") { id } }')

    assert answer.status == 200
    assert answer.body["data"]["incident"] is None
    assert answer.body["data"]["viewer"]["name"]
    assert answer.body["errors"][0]["path"] == ["incident"]
    assert answer.codes == ["BAD_USER_INPUT"]


@pytest.mark.django_db
def test_null_where_there_has_to_be_a_value_is_no_fault(api: ApiOf, caplog: pytest.LogCaptureFixture) -> None:
    """A variable with a default may be null as far as validation can tell."""
    own = api("responder.payments")

    for query in (
        "query ($given: Boolean = true) { viewer { name @include(if: $given) } }",
        "query ($given: Boolean = true) { viewer @skip(if: $given) { name } }",
        "query ($given: Boolean = true) { incidents { edges { node { roles { kind @skip(if: $given) } } } } }",
        'query ($given: [ID!] = ["x"]) { viewer { name } nodes(ids: $given) { id } }',
        "query ($given: [IncidentOrder!]) { incidents(ordering: $given) { totalCount } }",
        "query ($given: IncidentFilter = {}) { incidents(filters: {AND: [$given]}) { totalCount } }",
    ):
        assert set(own.ask(query, given=None).codes) == {"BAD_USER_INPUT"}, query

    assert [each for each in caplog.records if each.name.startswith("hub")] == []


@pytest.mark.django_db
def test_the_ends_of_the_calendar_are_no_fault(api: ApiOf) -> None:
    own = api("coordinator")
    unit, schedule, layer = (global_id(name, 1) for name in ("BusinessUnit", "Schedule", "Layer"))
    far = f'scheduleIds: ["{schedule}"], since: "9999-12-31T00:00:00Z", until: "9999-12-31T23:00:00Z"'

    for field in (
        f'freeDays(unitId: "{unit}", start: "9999-12-31", days: 4)',
        f'peopleOnCall(scheduleIds: ["{schedule}"], at: "9999-12-31T23:59:59Z")',
        f"finalSchedules({far})",
        f"coverageGaps({far})",
        f"dutyCollisions({far})",
        f"onCallBalance({far})",
        f'rotationProposal(layerId: "{layer}", since: "9999-12-31T00:00:00Z", weeks: 4)',
    ):
        assert own.ask(f"{{ {field} {{ __typename }} }}").codes == ["BAD_USER_INPUT"], field


def test_every_code_of_the_hubs_own_errors_is_documented() -> None:
    def family(kind: type[HubError]) -> list[type[HubError]]:
        return [kind, *(each for child in kind.__subclasses__() for each in family(child))]

    # INVALID is what mutations call it; as an error of the request it is BAD_USER_INPUT.
    assert {kind.code for kind in family(HubError)} - {"INVALID"} <= set(CODES)


def test_a_code_that_is_not_documented_cannot_be_used() -> None:
    with pytest.raises(ValueError, match="NO_SUCH_CODE"):
        refused("NO_SUCH_CODE", "What?")
