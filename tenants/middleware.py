"""Who is asking, and the transaction in which they are answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware as SessionAuthentication
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse

from hub.lib import identity
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
        person_id = tokens.person_of(token.strip())
        person = Person.objects.filter(pk=person_id, is_active=True).first() if person_id else None
        request.user = person or AnonymousUser()
        request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]


class ActorMiddleware:
    """Runs each view, and the rendering of its response, in one transaction on behalf of whoever asks.

    Nobody signed in means no identity: such a view can read what has no scope (the sign-in page, health) and the
    database refuses the rest.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        if getattr(view, "manages_identity", False) or not request.user.is_authenticated:
            return None
        with identity.acting_as(identity.person(request.user.pk)):
            response = view(request, *args, **kwargs)
            # A lazy template would otherwise read the database after the transaction has ended.
            if hasattr(response, "render") and not getattr(response, "is_rendered", True):
                response = response.render()
        return response
