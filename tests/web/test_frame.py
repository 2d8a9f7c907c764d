"""What stands around a page follows from the person, the address and the settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from hub.web.frame import ITEMS, Frame, Item, reachable_items
from tenants.models import Person

pytestmark = pytest.mark.usefixtures("web_urls")


def three_items(request: HttpRequest) -> Sequence[Item]:
    addresses = {"now": "/", "incidents": "/incidents/", "knowledge": "/knowledge/"}
    return [replace(item, url=addresses[item.name]) for item in ITEMS if item.name in addresses]


def frame_of(path: str, person: Person | AnonymousUser, **cookies: str) -> Frame:
    request = RequestFactory().get(path)
    request.user = person
    request.COOKIES.update(cookies)
    return Frame(request)


@pytest.fixture
def somebody() -> Person:
    return Person(pk=1, username="commander.payments", name="Jonas Weber")


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/", ["now"]),
        ("/incidents/", ["incidents"]),
        ("/incidents/PAY-1/timeline", ["incidents"]),
        ("/postmortems/7/history", ["knowledge"]),
        ("/incidentals", []),
        ("/elsewhere", []),
    ],
)
def test_the_rail_marks_where_the_page_is(settings: Settings, somebody: Person, path: str, current: list[str]) -> None:
    settings.HUB_FRAME = {"items": "tests.web.test_frame.three_items"}

    assert [item.name for item in frame_of(path, somebody).items if item.is_current] == current


def test_a_phone_shows_four_items_and_the_rest_under_more(settings: Settings, somebody: Person) -> None:
    settings.HUB_FRAME = {"items": "tests.web.test_frame.three_items"}

    frame = frame_of("/", somebody)

    assert [item.name for item in frame.phone_items] == ["now", "incidents", "knowledge"]
    assert frame.more_items == []


def test_nobody_sees_the_frame_of_no_one(settings: Settings) -> None:
    settings.HUB_FRAME = {"items": "tests.web.test_frame.three_items"}

    frame = frame_of("/", AnonymousUser())

    assert not frame.is_signed_in
    assert frame.items == []
    assert list(frame.scopes) == []
    assert list(frame.on_call) == []
    assert frame.declare_url == ""


def test_an_item_without_a_page_is_left_out() -> None:
    assert reachable_items(RequestFactory().get("/")) == []


@pytest.mark.parametrize(
    ("cookie", "theme"), [("dark", "dark"), ("light", "light"), ('"><script>', "auto"), ("", "auto")]
)
def test_the_theme_is_what_the_reader_chose(somebody: Person, cookie: str, theme: str) -> None:
    assert frame_of("/", somebody, theme=cookie).theme == theme


def test_every_item_has_keys_of_its_own() -> None:
    assert len({item.keys for item in ITEMS}) == len(ITEMS)
