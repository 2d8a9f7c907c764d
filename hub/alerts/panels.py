"""What an incident's room shows of its alerts: what fires, what its sender says of it, and where that shows it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from hub.alerts import access
from hub.alerts.models import Alert, AlertStatus
from hub.incidents.models import Incident
from hub.incidents.pages.panels import Panel
from hub.lib.identity import Actor

MOST_SHOWN: Final = 10
LONGEST_VALUE: Final = 500
WEB: Final = ("http", "https")


@dataclass(frozen=True)
class Said:
    """Something that a sender says, and where that leads; `href` is an address of the web, or empty."""

    text: str
    href: str = ""


def alerts_panel(actor: Actor, incident: Incident) -> Panel | None:
    """The panel, what fires first; None for an incident without alerts."""
    every = access.alerts_of(actor, incident)
    firing = access.firing_alerts(actor, incident.pk).count()
    # By name "firing" comes before "resolved".
    alerts = list(every.order_by("status", "-id")[: MOST_SHOWN + 1])
    if not alerts:
        return None
    return Panel(
        "alerts/panel.html",
        {
            "alerts": [_shown(alert) for alert in alerts[:MOST_SHOWN]],
            "firing": firing,
            "more": every.count() - MOST_SHOWN if len(alerts) > MOST_SHOWN else 0,
        },
    )


def _shown(alert: Alert) -> dict[str, Any]:
    return {
        "alert": alert,
        "is_firing": alert.status == AlertStatus.FIRING,
        "link": web_address(alert.link),
        "said": list(said_of(alert.annotations)),
        "labels": sorted((name, str(value)) for name, value in alert.labels.items()),
    }


def said_of(annotations: Mapping[str, Any]) -> Iterator[tuple[str, Sequence[Said]]]:
    """What a sender says of an alert beside its summary, by name; what it nests is taken apart once."""
    for name, value in annotations.items():
        if name == "summary":
            continue
        if isinstance(value, dict):
            yield from ((str(key), _pieces(each)) for key, each in value.items())
        else:
            yield name.replace("_", " "), _pieces(value)


def web_address(value: str) -> str:
    """The address if it is one of the web, and nothing otherwise: a sender could write a script there."""
    try:
        parts = urlsplit(value)
    except ValueError:
        return ""
    return value if parts.scheme in WEB and parts.netloc and not any(map(str.isspace, value)) else ""


def _pieces(value: Any) -> Sequence[Said]:
    return [_piece(each) for each in value] if isinstance(value, list) else [_piece(value)]


def _piece(value: Any) -> Said:
    if isinstance(value, dict) and (address := value.get("href") or value.get("src")):
        return Said(_short(value.get("text") or value.get("alt") or address), web_address(str(address)))
    return Said(_short(value), web_address(value) if isinstance(value, str) else "")


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
