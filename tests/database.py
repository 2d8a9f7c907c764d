"""The tests' PostgreSQL: one embedded server, a migrated template, and a clone of it for each test process.

The server belongs to the first test run that finds none; further runs at the same time share it. Templates are named
after a fingerprint of what made them, so that a run rebuilds only what changed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from hub.config.databases import EMBEDDED_DATABASE
from hub.config.secrets import load_secrets
from hub.running.bootstrap import prepare_server
from hub.running.cluster import Cluster
from hub.running.errors import RunningError

ROOT = Path(__file__).resolve().parents[1]
DATA_DIR = Path(os.environ.get("HUB_TEST_DATA_DIR", ROOT / ".hub" / "tests"))
TEST_LOGIN = "hub_test"
CONTENT = ("hub/demo", "tenants/permissions.py")
RUN_PREFIX = "hub_run_"


class Server:
    """The embedded server that the tests share, and the databases on it."""

    def __init__(self) -> None:
        self.cluster = Cluster(DATA_DIR)
        self.is_ours = False

    def start(self) -> None:
        """Start the server, or join the one that another test run started, and prepare roles and templates."""
        try:
            self.cluster.start()
            self.is_ours = True
        except RunningError:
            # Somebody else's run holds the server; if it does not answer, its own words are the ones to see.
            with psycopg.connect(self.cluster.admin_dsn(), connect_timeout=30):
                pass
        with self._locked():
            # Nothing here need outlive a crash of the machine, and waiting for its disk is most of a clone's time.
            self.wait_for_disk(False)
            self._prepare_logins()
            self._sweep()
            template = build_template(self)
        os.environ["HUB_TEST_TEMPLATE"] = template

    def stop(self) -> None:
        if self.is_ours:
            self.cluster.stop()

    def execute(
        self, statement: sql.Composed | sql.SQL | str, *, database: str = "postgres"
    ) -> list[tuple[object, ...]]:
        """Run one statement as the administrator, outside any transaction; returns its rows."""
        with psycopg.connect(self.cluster.admin_dsn(database), autocommit=True) as connection:
            query = sql.SQL(statement) if isinstance(statement, str) else statement
            cursor = connection.execute(query)
            return cursor.fetchall() if cursor.description else []

    def create(self, name: str, *, template: str) -> None:
        """Clone a database. A clone that is being made by another process at the same moment is waited for."""
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER hub_owner STRATEGY file_copy").format(
            sql.Identifier(name), sql.Identifier(template)
        )
        for attempt in range(20):
            try:
                self.execute(statement)
                break
            except psycopg.errors.ObjectInUse:
                if attempt == 19:
                    raise
                time.sleep(0.25)

    def drop(self, name: str) -> None:
        self.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def wait_for_disk(self, does_wait: bool) -> None:
        """Say whether a commit waits until it is on the disk, for all of the server's databases."""
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            self.execute(f"ALTER SYSTEM SET {setting} = {'on' if does_wait else 'off'}")
        self.execute("SELECT pg_reload_conf()")

    @contextmanager
    def clone(self, suffix: str) -> Iterator[str]:
        """A database of this process, made from the template and dropped afterwards."""
        name = f"{RUN_PREFIX}{os.getpid()}_{suffix}"
        self.drop(name)
        self.create(name, template=os.environ["HUB_TEST_TEMPLATE"])
        try:
            yield name
        finally:
            self.drop(name)

    def _prepare_logins(self) -> None:
        secrets = load_secrets(DATA_DIR)
        prepare_server(self.cluster.admin_address(EMBEDDED_DATABASE), secrets.role_passwords(), called="the tests")
        with psycopg.connect(self.cluster.admin_dsn(), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [TEST_LOGIN]).fetchone():
                connection.execute(f"CREATE ROLE {TEST_LOGIN} LOGIN NOINHERIT NOSUPERUSER")
            connection.execute(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(TEST_LOGIN), secrets.app_password)
            )
            connection.execute(f"GRANT hub_app, hub_worker, hub_seed TO {TEST_LOGIN}")

    def _sweep(self) -> None:
        """Drop the clones of runs that were killed."""
        for (name,) in self.execute(f"SELECT datname FROM pg_database WHERE datname LIKE '{RUN_PREFIX}%'"):
            pid = str(name).removeprefix(RUN_PREFIX).split("_")[0]
            if not psutil.pid_exists(int(pid)):
                self.drop(str(name))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with open(DATA_DIR / "templates.lock", "w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


def build_template(server: Server) -> str:
    """Make the migrated and the loaded template unless they are there, and return the loaded one's name."""
    migrations = [*ROOT.glob("hub/*/migrations/*.py"), *ROOT.glob("*/migrations/*.py")]
    migrations += [*ROOT.glob("knowledge/*/migrations/*.py"), ROOT / "hub/lib/policies.py"]
    migrations += [ROOT / "deploy/requirements.lock", ROOT / "tenants/permissions.py"]
    migrated = f"hub_migrated_{fingerprint(migrations)}"
    content = [path for entry in CONTENT for path in _files(ROOT / entry)]
    loaded = f"hub_loaded_{fingerprint([*migrations, *content])}"
    existing = {str(name) for (name,) in server.execute("SELECT datname FROM pg_database")}
    if loaded in existing:
        return loaded
    if migrated not in existing:
        draft = f"{migrated}_draft"
        server.drop(draft)
        server.execute(sql.SQL("CREATE DATABASE {} OWNER hub_owner").format(sql.Identifier(draft)))
        prepare_server(server.cluster.admin_address(draft), load_secrets(DATA_DIR).role_passwords(), called="the tests")
        _manage("migrate", "--database", "owner", "--verbosity", "0", "--skip-checks", database=draft)
        _rename(server, draft, migrated)
    draft = f"{loaded}_draft"
    server.drop(draft)
    server.create(draft, template=migrated)
    _manage("demo", database=draft, process="seed")
    _rename(server, draft, loaded)
    _forget_old_templates(server)
    return loaded


def _forget_old_templates(server: Server) -> None:
    """Keep the newest few: another run may be about to clone one of them."""
    names = server.execute(
        "SELECT datname FROM pg_database WHERE datname LIKE 'hub\\_migrated\\_%' OR datname LIKE 'hub\\_loaded\\_%'"
        " ORDER BY oid DESC OFFSET 8"
    )
    for (name,) in names:
        server.drop(str(name))


def fingerprint(paths: list[Path]) -> str:
    """A short name for the content of these files."""
    digest = hashlib.sha256()
    for path in sorted(path for path in paths if path.is_file()):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def process_environment(database: str, process: str) -> dict[str, str]:
    """The environment of one of the hub's processes on a test database."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "hub.config.settings.testing",
        "HUB_TEST_DATA_DIR": str(DATA_DIR),
        "HUB_TEST_DATABASE": database,
        "HUB_TEST_PROCESS": process,
        "HUB_PROCESS": process,
    }


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return [each for each in path.rglob("*") if each.is_file() and "__pycache__" not in each.parts]


def _manage(*words: str, database: str, process: str = "web") -> None:
    finished = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=process_environment(database, process),
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode:
        raise RuntimeError(f"manage.py {' '.join(words)} failed:\n{finished.stdout}\n{finished.stderr}")


def _rename(server: Server, draft: str, name: str) -> None:
    server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(draft), sql.Identifier(name)))


def _keep_up() -> None:
    held = Server()
    held.cluster.start()
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        held.cluster.stop()


def _make_templates() -> None:
    server = Server()
    try:
        server.start()
    finally:
        server.stop()


if __name__ == "__main__":
    # Without a word: keeps the server up between runs, until Ctrl-C.
    {"templates": _make_templates, "": _keep_up}["".join(sys.argv[1:])]()
