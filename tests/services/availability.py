"""What a test needs and this machine may lack.

On a person's machine a test that needs a missing service skips and says how to install it. With CI=true it fails:
there, nothing may go unnoticed. Only an optional service (an older PostgreSQL) may be missing there too.
"""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NoReturn

import pytest

ServiceName = Literal["redis", "alertmanager", "chromium", "elasticsearch", "postgresql-15", "node", "go", "curl"]

POSTGRESQL_15 = Path("/usr/lib/postgresql/15/bin")


@dataclass(frozen=True)
class Service:
    """One outside program: how to find it, and what to tell a person who lacks it."""

    title: str
    find: Callable[[], str | None]
    install: str
    optional: bool = False


def _program(*names: str) -> Callable[[], str | None]:
    """Finds the first of these commands, which have different names on different systems."""
    return lambda: next((path for path in map(shutil.which, names) if path), None)


def _elasticsearch() -> str | None:
    """Either a running server, or what tests/elasticsearch/start cannot do without."""
    if url := os.environ.get("ELASTICSEARCH_URL"):
        return url
    return "tests/elasticsearch/start" if all(map(shutil.which, ("bash", "curl", "flock", "setsid"))) else None


def _node() -> str | None:
    return shutil.which("node") if shutil.which("npm") else None


def _postgresql_15() -> str | None:
    return str(POSTGRESQL_15) if (POSTGRESQL_15 / "initdb").exists() else None


SERVICES: dict[ServiceName, Service] = {
    "redis": Service("Redis", _program("redis-server", "valkey-server"), "apt-get install redis-server"),
    "alertmanager": Service(
        "Alertmanager", _program("prometheus-alertmanager", "alertmanager"), "apt-get install prometheus-alertmanager"
    ),
    "chromium": Service(
        # The shell without windows is the same engine for half of the processors' time.
        "Chromium",
        _program("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"),
        "apt-get install chromium-headless-shell",
    ),
    "elasticsearch": Service(
        "Elasticsearch",
        _elasticsearch,
        "set ELASTICSEARCH_URL, or have bash, curl and flock for tests/elasticsearch/start",
    ),
    "node": Service("Node.js with npm", _node, "apt-get install nodejs npm"),
    "go": Service("Go", _program("go"), "apt-get install golang-go"),
    "curl": Service("curl", _program("curl"), "apt-get install curl"),
    "postgresql-15": Service("PostgreSQL 15", _postgresql_15, "apt-get install postgresql-15", optional=True),
}


def require(name: ServiceName) -> str:
    """Where the service's program is; without it the running test skips, or fails in CI."""
    service = SERVICES[name]
    return service.find() or unavailable(name, "it is not installed")


def unavailable(name: ServiceName, reason: str) -> NoReturn:
    """End the running test because a service it needs is not to be had: skip it, or fail it in CI."""
    service = SERVICES[name]
    sentence = f"{service.title} is needed: {reason} ({service.install})"
    if running_in_ci() and not service.optional:
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)


def running_in_ci() -> bool:
    return os.environ.get("CI", "").lower() in ("true", "1")
