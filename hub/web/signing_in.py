"""Signing in and out, and the door that every page for signed-in people goes through."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse

from hub.lib import identity
from hub.lib.errors import Unauthenticated


def acting_page(page: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page for somebody who is signed in: it gets the request, then the actor.

    Raises `Unauthenticated` for anybody else, which becomes the sign-in page.
    """

    @wraps(page)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        actor = identity.current()
        if actor is None:
            raise Unauthenticated("Sign in to see this page.")
        return page(request, actor, *args, **kwargs)

    return wrapped


class SignInForm(AuthenticationForm):
    """Django's form, in the hub's words."""

    error_messages = {
        "invalid_login": "This name and password do not go together. Check both; upper and lower case differ.",
        "inactive": "This account has been switched off. Ask your unit's administrator.",
    }


class SignIn(LoginView):
    """The sign-in page. Attempts are limited by django-axes."""

    template_name = "web/signin.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True


class SignOut(LogoutView):
    """Signs out, by POST."""
