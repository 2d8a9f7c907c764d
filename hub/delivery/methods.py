"""When a contact method may be used: pure, from its rules, the message's severity and its person's clock."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from hub.delivery.models import ContactMethod

WEEK = 7 * 24 * 60


def why_silent(method: ContactMethod, severity: str, time_zone: str, moment: datetime) -> str:
    """Why the method is not used for a message at `moment` (aware), in a sentence; empty when it is.

    Args:
        severity: of what the message is about; nothing for what has none, which quiet hours keep back.
        time_zone: where its person is, by IANA name.
    """
    if method.severities and severity and severity not in method.severities:
        return f"Its person uses it for {', '.join(each.upper() for each in method.severities)} only."
    if severity not in method.breaks_quiet and is_quiet(method, time_zone, moment):
        return "Its person has quiet hours."
    return ""


def is_quiet(method: ContactMethod, time_zone: str, moment: datetime) -> bool:
    """Whether `moment` lies in the method's quiet hours, where its person is."""
    local = moment.astimezone(ZoneInfo(time_zone))
    minute = local.weekday() * 24 * 60 + local.hour * 60 + local.minute
    return any(start <= at < end for start, end in method.quiet_hours for at in (minute, minute + WEEK))
