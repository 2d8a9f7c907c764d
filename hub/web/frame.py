"""What stands around a page: where the person may go, what they look at, what they are on call for.

The context processor gives every template `frame`. Its parts are computed when a template asks for them, so that a
fragment for htmx costs nothing. What a person may see is decided above this layer: `settings.HUB_FRAME` names a
function of the request for each part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Literal, TypeVar
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from hub.lib import clock

T = TypeVar("T")
Theme = Literal["auto", "light", "dark"]
THEMES: tuple[Theme, ...] = ("auto", "light", "dark")
THEME_COOKIE = "theme"
SCOPE = "scope"
"""Where an address says which part of the organisation its page is narrowed to."""

# On a phone the bottom bar has room for four items and "More".
PHONE_ITEMS = 4


@dataclass(frozen=True, kw_only=True)
class Item:
    """A place in the rail.

    Attributes:
        name: stable, also the name of its URL.
        icon: a Lucide icon.
        keys: the keys that lead there, such as "g i".
        count: how much waits there; 0 shows nothing.
        holds: what the addresses of further pages start with that are found through this one.
        is_scoped: whether the page can be narrowed to a part of the organisation; its link keeps the present one.
    """

    name: str
    label: str
    icon: str
    keys: str
    url: str = ""
    count: int = 0
    holds: tuple[str, ...] = ()
    is_current: bool = False
    is_scoped: bool = False

    def leads_to(self, path: str) -> int:
        """How much of the path says that its page is found through this item: characters, 0 for nothing.

        Every path starts with Now's address, which leads to its own page alone.
        """
        if path == self.url:
            return len(path)
        starts = [start for start in (self.url, *self.holds) if start not in ("", "/") and path.startswith(start)]
        return max(map(len, starts), default=0)


ITEMS = (
    Item(name="now", label="Now", icon="inbox", keys="g h"),
    Item(name="incidents", label="Incidents", icon="siren", keys="g i", is_scoped=True),
    Item(name="on-call", label="On call", icon="phone-call", keys="g c", holds=("/escalation",), is_scoped=True),
    Item(
        name="knowledge",
        label="Knowledge",
        icon="book-open",
        keys="g k",
        holds=("/postmortems", "/problems", "/runbooks", "/articles", "/training", "/recurrence", "/actions"),
    ),
    Item(name="overview", label="Overview", icon="chart-column", keys="g o", is_scoped=True),
    Item(name="services", label="Services", icon="layers", keys="g s", holds=("/maintenance",), is_scoped=True),
    Item(name="status", label="Status", icon="radio-tower", keys="g t"),
    Item(name="admin:index", label="Admin", icon="settings", keys="g a"),
)


@dataclass(frozen=True, kw_only=True)
class Scope:
    """A part of the organisation that pages can be narrowed to; its `url` is the present page in that scope."""

    code: str
    label: str
    url: str
    group: str = ""
    is_current: bool = False


@dataclass(frozen=True, kw_only=True)
class Shift:
    """What the person is on call for now: "Payments, primary", until an aware moment."""

    label: str
    until: datetime
    url: str = ""


def reachable_items(request: HttpRequest) -> Sequence[Item]:
    """The items whose pages exist: the default of `HUB_FRAME["items"]`."""
    return [replace(item, url=url) for item in ITEMS if (url := _url(item.name))]


def _url(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


class Frame:
    """The frame of one request's page.

    `settings.HUB_FRAME` maps "items", "scopes", "on_call" and "declare_url" to dotted paths of functions of the
    request. They return sequences of `Item`, `Scope` and `Shift`, and an address, and are called for signed-in
    people only.
    """

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    def _part(self, name: str, default: Callable[[HttpRequest], T], nothing: T) -> T:
        if not self.is_signed_in:
            return nothing
        sources: Mapping[str, str] = getattr(settings, "HUB_FRAME", {})
        source: Callable[[HttpRequest], T] = import_string(sources[name]) if name in sources else default
        return source(self._request)

    @cached_property
    def is_signed_in(self) -> bool:
        user = getattr(self._request, "user", None)
        return bool(user and user.is_authenticated)

    @property
    def name(self) -> str:
        """The person's name."""
        return str(getattr(self._request, "user", ""))

    @cached_property
    def items(self) -> list[Item]:
        """The rail, with the item marked whose page this is."""
        items: Sequence[Item] = self._part("items", reachable_items, ())
        path = self._request.path
        nearest = max((item.leads_to(path) for item in items), default=0)
        return [
            replace(item, url=self._in_scope(item), is_current=0 < nearest == item.leads_to(path)) for item in items
        ]

    def _in_scope(self, item: Item) -> str:
        code = self._request.GET.get(SCOPE, "")
        return f"{item.url}?{urlencode({SCOPE: code})}" if code and item.is_scoped else item.url

    @property
    def phone_items(self) -> list[Item]:
        return self.items[:PHONE_ITEMS]

    @property
    def more_items(self) -> list[Item]:
        return self.items[PHONE_ITEMS:]

    @cached_property
    def scopes(self) -> Sequence[Scope]:
        return self._part("scopes", lambda request: (), ())

    @property
    def scope(self) -> Scope | None:
        """The present scope."""
        return next((scope for scope in self.scopes if scope.is_current), None)

    @cached_property
    def on_call(self) -> Sequence[Shift]:
        return self._part("on_call", lambda request: (), ())

    @property
    def theme(self) -> Theme:
        """What the reader chose, kept in a cookie so that the first paint is right."""
        chosen = self._request.COOKIES.get(THEME_COOKIE, "auto")
        return next((theme for theme in THEMES if theme == chosen), "auto")

    @property
    def themes(self) -> tuple[Theme, ...]:
        return THEMES

    @property
    def zone(self) -> str:
        """The reader's time zone, by its IANA name."""
        return str(timezone.get_current_timezone())

    @property
    def now(self) -> str:
        """The server's time, so that ticking times are right on a device whose clock is not."""
        return clock.now().isoformat(timespec="seconds")

    @cached_property
    def search_url(self) -> str:
        return _url("knowledge") or "/knowledge/"

    @cached_property
    def palette_url(self) -> str:
        return _url("palette") or "/palette"

    @cached_property
    def sign_out_url(self) -> str:
        return _url("sign-out")

    @cached_property
    def declare_url(self) -> str:
        """Where an incident is declared; empty for those who may not."""
        return self._part("declare_url", lambda request: "", "")


def frame(request: HttpRequest) -> dict[str, Frame]:
    """Context processor: `frame`."""
    return {"frame": Frame(request)}
