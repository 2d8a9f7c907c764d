"""When a contact method may be used: pure, from its rules, the message's severity and its person's clock."""

from __future__ import annotations

from datetime import datetime

from hub.delivery.models import ContactMethod
from hub.lib.week import is_within


def why_silent(method: ContactMethod, severity: str, time_zone: str, moment: datetime) -> str:
    """Why the method is not used for a message at `moment` (aware), in a sentence; empty when it is.

    Args:
        severity: of what the message is about; nothing for what has none, which quiet hours keep back.
        time_zone: where its person is, by IANA name.
    """
    if method.severities and severity and severity not in method.severities:
        return f"Its person uses it for {', '.join(each.upper() for each in method.severities)} only."
    if severity not in method.breaks_quiet and is_within(method.quiet_hours, moment, time_zone):
        return "Its person has quiet hours."
    return ""
