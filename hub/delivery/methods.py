"""When a contact method may be used: pure, from its rules, the message's severity and its person's clock."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from hub.delivery.models import ContactMethod
from hub.lib.week import end_of, is_within


def why_silent(method: ContactMethod, severity: str, time_zone: str, moment: datetime) -> str:
    """Why the method is not used for a message at `moment` (aware), in a sentence; empty when it is.

    Args:
        severity: of what the message is about; nothing for what has none, which quiet hours keep back.
        time_zone: where its person is, by IANA name.
    """
    if _is_for_others(method, severity):
        return f"Its person uses it for {', '.join(each.upper() for each in method.severities)} only."
    if not _is_quiet(method, severity, time_zone, moment):
        return ""
    end = end_of(method.quiet_hours, moment, time_zone)
    if end is None:
        return "Its person has quiet hours."
    return f"Its person has quiet hours until {end.astimezone(ZoneInfo(time_zone)):%A %H:%M}, where they are."


def quiet_until(method: ContactMethod, severity: str, time_zone: str, moment: datetime) -> datetime | None:
    """When the quiet hours end that alone keep the method from being used at `moment`; None for any other reason."""
    if _is_for_others(method, severity) or not _is_quiet(method, severity, time_zone, moment):
        return None
    return end_of(method.quiet_hours, moment, time_zone)


def _is_for_others(method: ContactMethod, severity: str) -> bool:
    return bool(method.severities and severity and severity not in method.severities)


def _is_quiet(method: ContactMethod, severity: str, time_zone: str, moment: datetime) -> bool:
    return severity not in method.breaks_quiet and is_within(method.quiet_hours, moment, time_zone)
