"""Who is asking."""

from __future__ import annotations

from django.contrib.auth.middleware import AuthenticationMiddleware as SessionAuthentication
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

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
