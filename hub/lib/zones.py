"""The names of time zones, as they come from people and programs."""

from __future__ import annotations

from collections.abc import Mapping, Set
from functools import cache
from importlib.resources import files
from zoneinfo import available_timezones

from hub.lib.errors import Invalid


@cache
def zone_names() -> Set[str]:
    """All that there are. They are files: finding them out takes tens of milliseconds, so that is done once."""
    return frozenset(available_timezones())


def checked_zone(name: str, *path: str) -> str:
    """The IANA name of a time zone, as it was given. Raises `Invalid` for what is none, at the field's path."""
    if name not in zone_names():
        raise Invalid(f"“{name[:64]}” is no time zone: write it as Europe/Berlin.", path=path)
    return name


def country_of(name: str) -> str:
    """The country whose clocks a time zone keeps, by its ISO 3166-1 code; empty for one of no country, such as UTC."""
    return _countries().get(name, "")


@cache
def _countries() -> Mapping[str, str]:
    lines = (files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return {zone: country for country, _, zone, *_ in rows}
