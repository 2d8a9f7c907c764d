"""The endpoint `/graphql/` over HTTP."""

from __future__ import annotations

from typing import Final

from csp.decorators import csp_update
from django.contrib.auth.views import redirect_to_login
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from graphql import GraphQLError, OperationType
from psycopg.pq import TransactionStatus

from hub.graphql import http
from hub.graphql.documents import Asked, checked
from hub.graphql.http import NotARequest
from hub.graphql.schema import schema
from hub.lib import identity
from hub.lib.api import Context
from hub.lib.api.errors import coded, coded_all, refused
from hub.web.errors import error_page

_SIGN_IN: Final = "Sign in, or send a bearer token that is valid."


def graphql(request: HttpRequest) -> HttpResponseBase:
    """Answer one operation, in one transaction on behalf of whoever asks, or show GraphiQL to a browser."""
    media = http.negotiated(request.headers.get("Accept"), _offered(request))
    if media == http.HTML:
        return _graphiql(request)
    try:
        if request.method not in ("GET", "POST"):
            raise NotARequest("METHOD_NOT_ALLOWED", "Send GET or POST.", headers={"Allow": "GET, POST"})
        if media is None:
            raise NotARequest("NOT_ACCEPTABLE", f"The answer is {http.GRAPHQL} or {http.JSON}.")
        if not request.user.is_authenticated:
            raise NotARequest("UNAUTHENTICATED", _SIGN_IN, headers={"WWW-Authenticate": "Bearer"})
        asked = http.read(request)
    except NotARequest as problem:
        return http.not_a_request(problem, media or http.GRAPHQL)
    operation = checked(schema, asked)
    if isinstance(operation, list):
        return http.not_executed(operation, media)
    if operation is OperationType.SUBSCRIPTION:
        return http.not_executed([refused("BAD_USER_INPUT", "Subscriptions are answered over a WebSocket.")], media)
    if request.method == "GET" and operation is not OperationType.QUERY:
        return http.not_a_request(
            NotARequest("METHOD_NOT_ALLOWED", "Send mutations by POST.", headers={"Allow": "POST"}), media
        )
    return _answer(request, asked, media)


# The identity's transaction is opened here, where its failure can be told in GraphQL's own words.
graphql.manages_identity = True  # type: ignore[attr-defined]


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """What a request gets whose cookie has no matching token (`CSRF_FAILURE_VIEW`): JSON here, a page elsewhere."""
    match = request.resolver_match
    if match is None or match.func is not graphql:
        return error_page(request, 403, page="403_csrf")
    if request.user.is_authenticated:
        problem = NotARequest("CSRF_FAILED", f"With a cookie, send the CSRF token in X-CSRFToken too. {reason}".strip())
    else:
        problem = NotARequest("UNAUTHENTICATED", _SIGN_IN, headers={"WWW-Authenticate": "Bearer"})
    return http.not_a_request(problem, http.negotiated(request.headers.get("Accept")) or http.GRAPHQL)


def _offered(request: HttpRequest) -> tuple[str, ...]:
    return (http.GRAPHQL, http.JSON, http.HTML) if request.method == "GET" else (http.GRAPHQL, http.JSON)


def _answer(request: HttpRequest, asked: Asked, media: str) -> HttpResponse:
    try:
        with identity.acting_as(identity.person(request.user.pk or 0, through="graphql")) as actor:
            result = schema.execute_sync(
                asked.query,
                variable_values=asked.variables,
                operation_name=asked.operation_name,
                context_value=Context(actor, request),
            )
            errors = coded_all(result.errors or [])
            if connection.connection.info.transaction_status is TransactionStatus.INERROR:
                # Some statement failed outside of a mutation's own savepoint: PostgreSQL will commit nothing, so
                # nothing may be reported as done.
                transaction.set_rollback(True)
                return http.not_executed(errors or [_unfinished()], media)
            return _response(result.data, errors, result.extensions, media)
    except Exception as error:  # whatever happens, the answer is GraphQL's and tells nothing of the inside
        return http.not_executed([coded(GraphQLError(str(error), original_error=error))], media)


def _response(
    data: object, errors: list[GraphQLError], extensions: dict[str, object] | None, media: str
) -> HttpResponse:
    # Without a path nothing was executed: the values of the variables did not fit.
    if data is None and errors and not any(error.path for error in errors):
        return http.not_executed(errors, media)
    return http.executed(data, errors, extensions, media)


def _unfinished() -> GraphQLError:
    return coded(GraphQLError("the transaction failed", original_error=RuntimeError("the transaction failed")))


# GraphiQL brings its fonts inside its style sheet.
@csp_update({"font-src": ["data:"]})
def _graphiql(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    return render(request, "graphql/graphiql.html")
