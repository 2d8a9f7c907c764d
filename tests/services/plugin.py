"""The services as pytest fixtures.

Servers live as long as the test process, and start when its first test asks; what they hold is a test's own.
"""

import os
import subprocess
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest

from hub.running.cluster import Cluster
from tests.services.alertmanager import Alertmanager
from tests.services.availability import require, unavailable
from tests.services.chromium import Chromium, Visit
from tests.services.elasticsearch import ElasticsearchServer
from tests.services.postgres import SystemPostgres, embedded_cluster, system_postgres
from tests.services.process import ServerDidNotStart
from tests.services.redis import RedisServer
from tests.services.smtp import SmtpServer
from tests.services.webhooks import WebhookReceiver

Directories = pytest.TempPathFactory

failed = pytest.StashKey[bool]()


class StartAlertmanager(Protocol):
    def __call__(self, webhook_url: str, **options: object) -> Alertmanager:
        """A new Alertmanager that posts to this address; the options are those of `Alertmanager`."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[failed] = report.failed or item.stash.get(failed, False)
    return report


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: Directories) -> Iterator[RedisServer]:
    """A Redis of this test process; a test that stops it starts it again."""
    program = require("redis")
    with RedisServer.on_free_port(program=program, directory=tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis(redis_server: RedisServer) -> RedisServer:
    """An empty Redis."""
    redis_server.empty()
    return redis_server


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    """An SMTP server that accepts everything and keeps it."""
    with SmtpServer() as server:
        yield server


@pytest.fixture
def webhooks() -> Iterator[WebhookReceiver]:
    """An HTTP receiver of JSON posts."""
    with WebhookReceiver() as receiver:
        yield receiver


@pytest.fixture
def start_alertmanager(tmp_path_factory: Directories) -> Iterator[StartAlertmanager]:
    """Starts an Alertmanager that posts to an address; all end with the test."""
    program = require("alertmanager")
    with ExitStack() as running:

        def start(webhook_url: str, **options: object) -> Alertmanager:
            directory = tmp_path_factory.mktemp("alertmanager")
            return running.enter_context(
                Alertmanager.on_free_port(program=program, directory=directory, webhook_url=webhook_url, **options)
            )

        yield start


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """A Chromium of this test process."""
    with Chromium(program=require("chromium")) as chromium:
        yield chromium


@pytest.fixture
def browser(chromium: Chromium, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """Opens pages for one test; when it fails, screenshots/ shows how they looked."""
    with chromium.visit() as visit:
        yield visit
        _show_failure(visit, request)


@pytest.fixture(scope="module")
def long_visit(chromium: Chromium) -> Iterator[Visit]:
    """Pages that stay open for all tests of a module: use `same_browser`."""
    with chromium.visit() as visit:
        yield visit


@pytest.fixture
def same_browser(long_visit: Visit, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """Like `browser`, for tests that only look: what one opened, the next goes on with.

    A new window is a process of its own, which reads every script and style sheet anew and takes axe in anew.
    """
    long_visit.problems.clear()
    yield long_visit
    _show_failure(long_visit, request)


def _show_failure(visit: Visit, request: pytest.FixtureRequest) -> None:
    if request.node.stash.get(failed, False):
        for path in visit.screenshots(f"failed-{request.node.name}"):
            request.node.add_report_section("teardown", "screenshot", str(path))


@pytest.fixture(scope="session")
def elasticsearch_server(worker_name: str) -> Iterator[ElasticsearchServer]:
    """The machine's Elasticsearch, with a prefix for indices of this test process."""
    require("elasticsearch")
    try:
        server = ElasticsearchServer(worker=worker_name)
    except ServerDidNotStart as error:
        unavailable("elasticsearch", str(error))
    with server:
        yield server


@pytest.fixture
def elasticsearch(elasticsearch_server: ElasticsearchServer) -> Iterator[ElasticsearchServer]:
    """Elasticsearch without any index of this test process."""
    yield elasticsearch_server
    elasticsearch_server.delete_indices()


@pytest.fixture(scope="session")
def made_cluster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of an embedded PostgreSQL that was started once, for copies: its files take longer than a start."""
    directory = tmp_path_factory.mktemp("made") / "cluster"
    with embedded_cluster(directory):
        return directory


@pytest.fixture
def own_cluster(made_cluster: Path, tmp_path: Path) -> Iterator[Cluster]:
    """An embedded PostgreSQL of this test without data, which it may stop."""
    directory = tmp_path / "cluster"
    # Its files belong to the account that runs the server, which `shutil` does not keep.
    subprocess.run(["cp", "-a", made_cluster, directory], check=True)
    with embedded_cluster(directory) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def postgresql_15() -> Iterator[SystemPostgres]:
    """A server of Debian's PostgreSQL 15, where it is installed."""
    with system_postgres(Path(require("postgresql-15"))) as server:
        yield server


@pytest.fixture(scope="session")
def worker_name() -> str:
    """A word that no other process of this test run has."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")
