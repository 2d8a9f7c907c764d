"""Signing in and out, and the door that every page for signed-in people goes through."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from hub.lib import identity
from hub.lib.errors import Invalid, NotFound, Unauthenticated
from tenants.actions import ask_for_way_in, choose_password
from tenants.invitations import is_invited
from tenants.models import Person


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


def reading_page(page: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """An `acting_page` that is only read: it takes GET and HEAD, and refuses what is posted to it."""
    return require_safe(acting_page(page))


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


class PasswordForm(forms.Form):
    """A password, written twice."""

    password = forms.CharField(
        label="Password",
        help_text="At least 12 characters, and none of those that everybody uses.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(label="The same again", widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if "again" in given and given.get("password") != given["again"]:
            self.add_error("again", "The two passwords are not the same.")
        return given


class ForgottenForm(forms.Form):
    """Who cannot sign in."""

    called = forms.CharField(
        label="Username or e-mail address", max_length=254, widget=forms.TextInput(attrs={"autocomplete": "username"})
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def forgotten(request: HttpRequest) -> HttpResponse:
    """Where somebody who has forgotten their password asks for another. The answer is the same for every name."""
    form = ForgottenForm(request.POST or None)
    is_asked = request.method == "POST" and form.is_valid()
    if is_asked:
        ask_for_way_in(called=form.cleaned_data["called"])
    context = {"form": form, "is_asked": is_asked, "sends_mail": bool(settings.SMTP_URL)}
    return render(request, "web/forgotten.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def welcome(request: HttpRequest, person_id: int, token: str) -> HttpResponse:
    """Where somebody who was added, or has forgotten theirs, chooses a password. An address that does not hold is a
    missing page."""
    person = Person.objects.filter(pk=person_id).first()
    if person is None or not is_invited(person, token):
        raise NotFound("invitation")
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            choose_password(person_id=person_id, token=token, password=form.cleaned_data["password"])
        except Invalid as refusal:
            form.add_error("password", refusal.message)
        else:
            return redirect("sign-in")
    context = {"form": form, "person": person}
    return render(request, "web/welcome.html", context, status=422 if form.errors else 200)


class SignOut(LogoutView):
    """Signs out, by POST."""
