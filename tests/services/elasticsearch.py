"""A real Elasticsearch: the server at ELASTICSEARCH_URL, or one node for the whole machine (tests/elasticsearch).

The node starts with the first test process that asks and ends after the last, even one that is killed. What keeps the
processes apart on it is a prefix of their own for the names of indices.
"""

import os
import subprocess
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Self

from elasticsearch import Elasticsearch

from tests.services.process import ServerDidNotStart

SCRIPTS = Path(__file__).parents[1] / "elasticsearch"
INSTALL_TIMEOUT = timedelta(minutes=9)


class ElasticsearchServer:
    """A server that answers, from construction to `close()`, and the part of it that is this object's own."""

    _users = 0
    """How many of this process use the machine's node: it is told of the process, and of its end, once."""

    def __init__(self, *, worker: str = "main") -> None:
        """Find the server or start it; the first start on a machine installs it.

        Arguments:
            worker: a word for the names of indices, to tell whose they are.

        Raises:
            ServerDidNotStart: in one sentence, why not.
        """
        self._given = os.environ.get("ELASTICSEARCH_URL")
        self.url = self._given or self._start()
        self.prefix = f"hub-test-{worker}-{uuid.uuid4().hex[:8]}-"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def client(self) -> Elasticsearch:
        """A connection of the caller's own, to close after use."""
        return Elasticsearch(self.url, request_timeout=30)

    def indices(self) -> list[str]:
        """The names of the indices that carry the prefix."""
        with self.client() as client:
            return sorted(client.indices.get(index=f"{self.prefix}*", expand_wildcards="all"))

    def delete_indices(self) -> None:
        """Delete what carries the prefix; by name, since servers refuse patterns."""
        with self.client() as client:
            for name in self.indices():
                client.indices.delete(index=name)

    def close(self) -> None:
        """Delete its indices, and let a node that nobody else uses stop."""
        self.delete_indices()
        if self._given:
            return
        ElasticsearchServer._users -= 1
        if ElasticsearchServer._users == 0:
            _script("stop")

    def _start(self) -> str:
        try:
            finished = _script("start")
        except subprocess.TimeoutExpired:
            raise ServerDidNotStart(f"it was not there after {INSTALL_TIMEOUT}") from None
        if finished.returncode != 0:
            raise ServerDidNotStart(finished.stderr.strip().splitlines()[-1])
        ElasticsearchServer._users += 1
        return finished.stdout.strip()


def _script(name: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SCRIPTS / name, "--for", str(os.getpid())],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=INSTALL_TIMEOUT.total_seconds(),
        check=False,
    )
