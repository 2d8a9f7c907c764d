"""`manage.py worker` as a process of its own, on a test's database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Self

from tests.database import process_environment
from tests.services.process import HubProcess

READY = "The worker takes jobs"


class WorkerProcess(HubProcess):
    """A worker; it runs from `launch()` to `stop()`."""

    def __init__(self, database: str, *, log: Path, environment: Mapping[str, str] | None = None) -> None:
        """Describe the worker of this database without starting it; `environment` are settings of its own."""
        super().__init__(
            ["manage.py", "worker"],
            log=log,
            environment={**process_environment(database, "worker"), **(environment or {})},
        )

    def launch(self) -> Self:
        """Start the worker and return when it takes jobs."""
        self.log.touch()
        before = len(self.said)
        self.start(ready=lambda: READY in self.said[before:], timeout=timedelta(seconds=60))
        return self

    @property
    def said(self) -> str:
        """Everything that it has written so far."""
        return self.log.read_text(errors="replace")
