"""Every address says which methods it takes, and refuses the others before it does anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from tests.conftest import SignedIn

View: TypeAlias = tuple[str, Callable[..., HttpResponse], dict[str, str]]


def views(
    patterns: list[URLPattern | URLResolver],
) -> Iterator[View]:
    """The hub's views with their addresses and something for each argument; the tenant admin's are Django's."""
    for each in patterns:
        if isinstance(each, URLResolver):
            yield from views(each.url_patterns) if str(each.pattern) != "admin/" else ()
        else:
            yield str(each.pattern), each.callback, dict.fromkeys(each.pattern.converters, "1")


def test_each_address_refuses_a_method_that_it_does_not_take() -> None:
    request = RequestFactory().generic("PROPFIND", "/")
    request.user = AnonymousUser()
    request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]  # as Django's test client does
    found = list(views(get_resolver().url_patterns))

    assert len(found) > 100
    for address, view, arguments in found:
        assert view(request, **arguments).status_code == 405, address


@pytest.mark.django_db
def test_what_is_posted_to_a_page_that_is_only_read_is_refused_with_a_page(signed_in: SignedIn) -> None:
    client = signed_in("commander.payments")

    posted = client.post("/incidents/", {"title": "Lost"})
    typed = client.get("/sign-out")

    assert (posted.status_code, posted["Allow"]) == (405, "GET, HEAD")
    assert (typed.status_code, typed["Allow"]) == (405, "POST, OPTIONS")
    assert "This address takes GET, HEAD alone, and what was sent is POST." in posted.content.decode()
