"""The tenant admin's site: for those who administer a unit, under the same row-level security as everything else."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.sites import UnfoldAdminSite

from hub.lib import identity
from tenants.administration.choosing import FormChoices
from tenants.permissions import Permission, holds_for_enterprise, units_with

T = TypeVar("T")


class TenantAdminSite(UnfoldAdminSite):  # type: ignore[misc]  # unfold ships no types
    """Unfold's site, open to whoever administers something; signing in happens on the hub's own page."""

    index_title = "What you administer"

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether the person has anything to do here."""
        return asked_once(request, administers_something)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """What every page is given: without the colours, which are in a style sheet that the policy allows."""
        return {**super().each_context(request), "colors": None}

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """What a form's field offers, searched."""
        view: Callable[[HttpRequest], Any] = FormChoices.as_view(admin_site=self)
        answer: HttpResponse = view(request)
        return answer

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The hub's own sign-in page, where attempts are limited; whoever is signed in already is not admitted."""
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next", reverse("admin:index")))

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """Areas in the order of the house, and not by the alphabet."""
        order = ["tenants", "catalog", "oncall", "incidents", "alerts", "bridge"]
        apps: list[dict[str, Any]] = super().get_app_list(request, app_label)
        return sorted(apps, key=lambda app: order.index(app["app_label"]) if app["app_label"] in order else len(order))


def administered_units(request: HttpRequest, permission: Permission) -> frozenset[int]:
    """The units in which whoever acts now holds `permission`, as of the request's first look; none for nobody."""
    actor = identity.current()
    return asked_once(request, units_with, actor, permission) if actor and not actor.is_system else frozenset()


def asked_once(request: HttpRequest, question: Callable[..., T], *arguments: Hashable) -> T:
    """What `question` answers: a page asks it for every model, and so the database is asked once in a request."""
    known: dict[Hashable, T] = vars(request).setdefault("_asked", {})
    key = (question, *arguments)
    if key not in known:
        known[key] = question(*arguments)
    return known[key]


def ask_again(request: HttpRequest) -> None:
    """Let `asked_once` ask the database anew, where an answer is written long after its request."""
    vars(request).pop("_asked", None)


def administers_something() -> bool:
    """Whether whoever acts now administers a unit, reads an audit trail, or keeps the global terms or the enterprise's
    rules for breaches."""
    actor = identity.current()
    if actor is None or actor.is_system:
        return False
    with identity.reading_as(actor), connection.cursor() as cursor:
        cursor.execute(
            "SELECT cardinality(app.units(%s)) > 0 OR cardinality(app.units(%s)) > 0 OR app.enterprise(%s)"
            " OR app.enterprise(%s)",
            [
                Permission.UNIT_ADMINISTER,
                Permission.AUDIT_VIEW,
                Permission.TAXONOMY_STEWARD,
                Permission.SECURITY_RESPOND,
            ],
        )
        return bool(cursor.fetchone()[0])


def is_steward(request: HttpRequest) -> bool:
    """Whether whoever acts now keeps the global terms."""
    actor = identity.current()
    if actor is None or actor.is_system:
        return False
    return asked_once(request, holds_for_enterprise, actor, Permission.TAXONOMY_STEWARD)
