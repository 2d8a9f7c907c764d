"""A hub that clients of other kinds talk to, started once for all of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.database import ROOT, Server, process_environment
from tests.processes import Hub


@dataclass(frozen=True)
class Endpoint:
    """The API of a running hub.

    Attributes:
        url: over HTTP.
        log: what its web process said.
    """

    url: str
    hub: Hub

    @property
    def socket_url(self) -> str:
        return self.url.replace("http://", "ws://")

    @property
    def log(self) -> str:
        return "".join(path.read_text() for path in self.hub.directory.glob("web-*.log"))

    def token(self, username: str, *options: str) -> str:
        """A new bearer token of a person, as `manage.py token` prints it."""
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "manage.py", "token", username, *options],
            env=process_environment(self.hub.database, "web"),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()


@pytest.fixture(scope="package")
def endpoint(server: Server, worker_name: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """The API of a hub on a database of its own, with a sequencer that keeps its feed moving."""
    with server.clone(f"{worker_name}_clients") as database, Hub(database, tmp_path_factory.mktemp("hub")) as hub:
        address = hub.web(HUB_GRAPHQL_INIT_SECONDS="1")
        hub.sequencer()
        yield Endpoint(f"{address}/graphql/", hub)
