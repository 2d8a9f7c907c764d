"""Who is asking."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware as SessionAuthentication
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from hub.lib import identity
from hub.lib.identity import Actor
from tenants import tokens
from tenants.models import Person


class AuthenticationMiddleware(SessionAuthentication):
    """A bearer token, or else the session's cookie.

    A request that names a token is judged by the token alone: a bad one is nobody, whatever the cookie says. Cookies
    are what makes cross-site forgery possible, so only requests that name a token skip the CSRF check.
    """

    def process_request(self, request: HttpRequest) -> None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            super().process_request(request)
            return
        authenticate_by_token(request, token.strip())
        request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]

    def process_view(self, request: HttpRequest, view: Any, arguments: Any, keywords: Any) -> None:
        """A token that is bound to documents opens what minds them, and no page."""
        if documents_of_request(request) is not None and not getattr(view, "minds_documents", False):
            request.user = AnonymousUser()


def documents_of_request(request: HttpRequest) -> frozenset[str] | None:
    """The only GraphQL documents that the request's token may be used for; None for any."""
    return getattr(request, "documents", None)


def authenticate_by_token(request: HttpRequest, token: str) -> None:
    """Let the request be that of whoever the token opens the hub for, or of nobody: one indexed look-up."""
    opened = tokens.opened_by(token)
    # Of the person nothing is read before something asks for it.
    request.user = Person.from_db("default", ["id"], [opened.person_id]) if opened else AnonymousUser()
    request.key_id = opened.key_id if opened else None  # type: ignore[attr-defined]
    request.documents = opened.documents if opened else None  # type: ignore[attr-defined]


def actor_of_request(request: HttpRequest, *, through: str = "page") -> Actor:
    """Who asks, held to the key that they came with. For requests of somebody who is signed in."""
    return identity.person(request.user.pk or 0, through=through, key_id=getattr(request, "key_id", None))
