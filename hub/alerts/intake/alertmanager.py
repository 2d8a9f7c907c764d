"""Prometheus Alertmanager's webhook, version 4. Grafana sends the same document and calls it version 1."""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal

import orjson
from pydantic import Field, StringConstraints

from hub.alerts.intake.documents import Moment, Sent, read_document
from hub.alerts.intake.reports import (
    LONGEST_NAME,
    LONGEST_SUMMARY,
    NAMELESS,
    Report,
    ReportedAlert,
    group_digest,
    shortened,
)

AlertState = Literal["firing", "resolved"]


class SentAlert(Sent):
    """One alert of the group. What may be left out may be null as well: to programs in Go that is the same."""

    status: AlertState
    labels: dict[str, str]
    annotations: dict[str, str] | None = None
    starts_at: Moment | None = Field(None, alias="startsAt")
    ends_at: Moment | None = Field(None, alias="endsAt")
    generator_url: str | None = Field(None, alias="generatorURL")
    fingerprint: Annotated[str, StringConstraints(max_length=255)] | None = None


class SentGroup(Sent):
    """A notification about one group of alerts."""

    version: Literal["4", "1"] | None = None
    group_key: Annotated[str, StringConstraints(min_length=1)] = Field(alias="groupKey")
    status: AlertState
    truncated: Annotated[int, Field(ge=0)] | None = Field(None, alias="truncatedAlerts")
    alerts: list[SentAlert]


def read(body: bytes) -> Report:
    """The report that a notification makes. Raises `InvalidMany` naming what is wrong."""
    group = read_document(SentGroup, body)
    kept: dict[str, ReportedAlert] = {}
    for each in group.alerts:
        alert = _reported(each)
        former = kept.get(alert.fingerprint)
        if former is None or _precedes(former, alert):
            kept[alert.fingerprint] = alert
    return Report(group_key=group_digest(group.group_key), alerts=list(kept.values()), truncated=group.truncated or 0)


def _reported(alert: SentAlert) -> ReportedAlert:
    annotations = alert.annotations or {}
    name = alert.labels.get("alertname", "")
    summary = annotations.get("summary") or annotations.get("description") or annotations.get("message") or ""
    return ReportedAlert(
        fingerprint=alert.fingerprint or _fingerprint(alert.labels),
        name=shortened(name, LONGEST_NAME) or NAMELESS,
        summary=shortened(summary, LONGEST_SUMMARY),
        is_firing=alert.status == "firing",
        labels=alert.labels,
        annotations=annotations,
        starts_at=alert.starts_at,
        ends_at=alert.ends_at if alert.status == "resolved" else None,
        link=alert.generator_url or "",
    )


def _fingerprint(labels: dict[str, str]) -> str:
    """For senders that give none: labels are an alert's identity."""
    return hashlib.sha256(orjson.dumps(labels, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _precedes(former: ReportedAlert, latter: ReportedAlert) -> bool:
    """Whether `latter` is the newer word on the same alert: by its start, and where that is equal, what still fires."""
    if former.starts_at and latter.starts_at and former.starts_at != latter.starts_at:
        return former.starts_at < latter.starts_at
    return latter.is_firing or not former.is_firing
