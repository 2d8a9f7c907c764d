"""A real Prometheus Alertmanager that posts to the address a test gives it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import httpx
import yaml

from tests.services.process import ServerProcess, on_free_port


@dataclass(frozen=True)
class Alert:
    """An alert as Prometheus sends it: its labels are its identity."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str] = field(default_factory=dict)
    starts_at: datetime | None = None
    generator_url: str = "http://prometheus.test/graph"

    def as_json(self, *, ends_at: datetime | None = None) -> dict[str, Any]:
        document: dict[str, Any] = {
            "labels": dict(self.labels),
            "annotations": dict(self.annotations),
            "generatorURL": self.generator_url,
        }
        if self.starts_at is not None:
            document["startsAt"] = self.starts_at.isoformat()
        if ends_at is not None:
            document["endsAt"] = ends_at.isoformat()
        return document


class Alertmanager:
    """Runs from construction to `close()`; `process` can be stopped, paused and started again."""

    def __init__(
        self,
        *,
        program: str,
        directory: Path,
        port: int,
        webhook_url: str,
        group_by: Sequence[str] = ("alertname",),
        group_wait: timedelta = timedelta(0),
        group_interval: timedelta = timedelta(seconds=1),
        repeat_interval: timedelta = timedelta(hours=1),
        send_resolved: bool = True,
    ) -> None:
        """Start it with one route to one webhook.

        Arguments:
            group_by: the labels whose values make a group; ("...",) makes each alert its own.
            group_wait: how long a new group waits for more alerts before its first notification.
            group_interval: how long until a changed group, or one that was not accepted, is notified again; over 0.
            repeat_interval: how long until an unchanged group is notified again; over 0.
        """
        self.url = f"http://127.0.0.1:{port}"
        self._directory = directory
        configuration = directory / "alertmanager.yml"
        configuration.write_text(
            yaml.safe_dump(
                {
                    "templates": [str(directory / "*.tmpl")],
                    "route": {
                        "receiver": "hub",
                        "group_by": list(group_by),
                        "group_wait": _duration(group_wait),
                        "group_interval": _duration(group_interval),
                        "repeat_interval": _duration(repeat_interval),
                    },
                    "receivers": [
                        {"name": "hub", "webhook_configs": [{"url": webhook_url, "send_resolved": send_resolved}]}
                    ],
                }
            )
        )
        self._http = httpx.Client(base_url=f"{self.url}/api/v2", timeout=5, verify=False)
        self.process = ServerProcess(
            [
                program,
                f"--config.file={configuration}",
                f"--storage.path={directory / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
                f"--web.external-url={self.url}",
                "--cluster.listen-address=",  # alone, without peers to wait for
            ],
            log=directory / "alertmanager.log",
        )
        self.start()

    @classmethod
    def on_free_port(cls, *, program: str, directory: Path, webhook_url: str, **options: Any) -> Self:
        return on_free_port(
            lambda port: cls(program=program, directory=directory, port=port, webhook_url=webhook_url, **options)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def start(self) -> None:
        """Start it, again on the same port and with what it kept if it was stopped."""
        self.process.start(ready=self._answers)

    def post_alerts(self, alerts: Sequence[Alert]) -> None:
        """Fire these alerts, or keep them firing."""
        self._post("/alerts", [alert.as_json() for alert in alerts])

    def resolve(self, alerts: Sequence[Alert]) -> None:
        """Say that these alerts have ended."""
        now = datetime.now(UTC)
        self._post("/alerts", [alert.as_json(ends_at=now) for alert in alerts])

    def silence(self, labels: Mapping[str, str], *, duration: timedelta = timedelta(hours=1)) -> str:
        """Notify nobody of alerts with these labels for a while, and return the silence's id."""
        now = datetime.now(UTC)
        answer = self._post(
            "/silences",
            {
                "matchers": [
                    {"name": name, "value": value, "isRegex": False, "isEqual": True} for name, value in labels.items()
                ],
                "startsAt": now.isoformat(),
                "endsAt": (now + duration).isoformat(),
                "createdBy": "a test",
                "comment": "a test",
            },
        )
        return str(answer.json()["silenceID"])

    def end_silence(self, silence_id: str) -> None:
        self._http.delete(f"/silence/{silence_id}").raise_for_status()

    def alerts(self) -> list[dict[str, Any]]:
        """What it holds now, with the state it gives to each."""
        answer = self._http.get("/alerts").raise_for_status()
        alerts: list[dict[str, Any]] = answer.json()
        return alerts

    def close(self) -> None:
        self.process.stop()
        self._http.close()

    def _post(self, path: str, document: Any) -> httpx.Response:
        answer = self._http.post(path, json=document)
        if answer.is_error:
            raise ValueError(f"Alertmanager refused {path}: {answer.text}")
        return answer

    def _answers(self) -> bool:
        """Whether it answers, and with this directory in its configuration: another may have taken the port first."""
        try:
            status = self._http.get("/status")
        except httpx.HTTPError:
            return False
        return status.is_success and str(self._directory) in status.json()["config"]["original"]


def _duration(value: timedelta) -> str:
    return f"{round(value.total_seconds() * 1000)}ms"
