"""The endpoint `/graphql/` over HTTP."""

from __future__ import annotations

from typing import Final

from csp.decorators import csp_update
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from graphql import OperationType

from hub.graphql import http
from hub.graphql.documents import Asked, checked
from hub.graphql.execution import execute
from hub.graphql.http import NotARequest
from hub.graphql.schema import schema
from hub.lib.api.errors import refused
from hub.web.errors import error_page
from tenants.middleware import actor_of_request, documents_of_request

METHODS: Final = ("GET", "HEAD", "POST", "OPTIONS")
PATHS: Final = frozenset({"/graphql/", "/graphql"})

_SIGN_IN: Final = "Sign in, or send a bearer token that is valid."


def graphql(request: HttpRequest) -> HttpResponseBase:
    """Answer one operation, in one transaction on behalf of whoever asks, or show GraphiQL to a browser."""
    if request.method == "OPTIONS":
        return http.allowed(METHODS)
    media = http.negotiated(request.headers.get("Accept"), _offered(request))
    if media == http.HTML:
        return _graphiql(request)
    try:
        if request.method not in METHODS:
            raise NotARequest("METHOD_NOT_ALLOWED", "Send GET or POST.", headers={"Allow": ", ".join(METHODS)})
        if media is None:
            raise NotARequest("NOT_ACCEPTABLE", f"The answer is {http.GRAPHQL} or {http.JSON}.")
        if not request.user.is_authenticated:
            raise NotARequest("UNAUTHENTICATED", _SIGN_IN, headers={"WWW-Authenticate": "Bearer"})
        return _answer(request, http.read(request), media)
    except NotARequest as problem:
        return http.not_a_request(problem, media or http.GRAPHQL)


# The identity's transaction is opened by `execute`, where its failure can be told in GraphQL's own words.
graphql.manages_identity = True  # type: ignore[attr-defined]
graphql.minds_documents = True  # type: ignore[attr-defined]


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """What a request gets whose cookie has no matching token (`CSRF_FAILURE_VIEW`): JSON here, a page elsewhere."""
    match = request.resolver_match
    if match is None or match.func is not graphql:
        return error_page(request, 403, page="403_csrf")
    if request.user.is_authenticated:
        problem = NotARequest("CSRF_FAILED", f"With a cookie, send the CSRF token in X-CSRFToken too. {reason}".strip())
    else:
        problem = NotARequest("UNAUTHENTICATED", _SIGN_IN, headers={"WWW-Authenticate": "Bearer"})
    return _turned_away(request, problem)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What a request gets that is turned away before any view (`handler400`): JSON here, a page elsewhere."""
    if request.path not in PATHS:
        return error_page(request, 400)
    sentence = "The request cannot be read."
    if isinstance(exception, DisallowedHost):
        host = request.headers.get("Host", "")[:200]
        sentence = f"The hub does not answer under the host “{host}”; HUB_ALLOWED_HOSTS names those that it has."
    problem = NotARequest("BAD_REQUEST", sentence)
    return _turned_away(request, problem)


def _turned_away(request: HttpRequest, problem: NotARequest) -> HttpResponse:
    return http.not_a_request(problem, http.negotiated(request.headers.get("Accept")) or http.GRAPHQL)


def _offered(request: HttpRequest) -> tuple[str, ...]:
    return (http.GRAPHQL, http.JSON, http.HTML) if request.method in ("GET", "HEAD") else (http.GRAPHQL, http.JSON)


def _answer(request: HttpRequest, asked: Asked, media: str) -> HttpResponse:
    approved = checked(schema, asked, documents_of_request(request))
    if isinstance(approved, list):
        return http.not_executed(approved, media)
    if approved.kind is OperationType.SUBSCRIPTION:
        return http.not_executed([refused("BAD_USER_INPUT", "Subscriptions are answered over a WebSocket.")], media)
    if request.method != "POST" and approved.kind is not OperationType.QUERY:
        raise NotARequest("METHOD_NOT_ALLOWED", "Send mutations by POST.", headers={"Allow": "POST"})
    outcome = execute(actor_of_request(request, through="graphql"), asked, approved, request)
    if not outcome.is_executed:
        return http.not_executed(outcome.errors, media)
    return http.executed(outcome.data, outcome.errors, outcome.extensions, media)


# GraphiQL brings its fonts inside its style sheet.
@csp_update({"font-src": ["data:"]})
def _graphiql(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    return render(request, "graphql/graphiql.html")
