"""What every protocol's document becomes: alerts as the hub understands them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

LONGEST_NAME: Final = 200
LONGEST_SUMMARY: Final = 2_000
NAMELESS: Final = "Alert without a name"


@dataclass(frozen=True, slots=True)
class ReportedAlert:
    """One alert of a request.

    Attributes:
        fingerprint: what the sender knows it by; at most 255 characters.
        name: what kind of alert it is.
        labels: what tells it from others, and where severity and service are looked for.
        annotations: what else is said about it; JSON values.
        starts_at, ends_at: by the sender's clock, in UTC; None where it does not say.
        link: where the sender shows it.
    """

    fingerprint: str
    name: str
    summary: str
    is_firing: bool
    labels: Mapping[str, str]
    annotations: Mapping[str, Any]
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    link: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """The alerts of one request, each once.

    Attributes:
        group_key: what the sender groups them by, as `group_digest` shortens it.
        truncated: how many more the sender left out.
    """

    group_key: str
    alerts: Sequence[ReportedAlert]
    truncated: int = 0


def group_digest(key: str) -> str:
    """A sender's group key, at the length that the hub keeps."""
    return hashlib.sha256(key.encode()).hexdigest()


def shortened(text: str, longest: int) -> str:
    """The text in one line, cut with an ellipsis where it is longer than `longest` characters."""
    line = " ".join(text[: longest * 2].split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"
