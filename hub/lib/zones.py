"""The names of time zones, as they come from people and programs."""

from __future__ import annotations

from collections.abc import Set
from functools import cache
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
