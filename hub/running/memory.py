"""What the hub remembers of its last start, so that the next one need not ask again.

Loading the applications to learn that no migration is missing takes seconds. Each mark names what it holds for: this
database and no other, these migrations, these packages; whatever differs is done again, which is harmless.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from importlib.metadata import distributions
from pathlib import Path

import psycopg

from hub.config.databases import Address
from hub.config.secrets import PROJECT_DIR
from hub.running.bootstrap import one_line
from hub.running.errors import RunningError

_AREAS = ("hub", "knowledge", "tenants")


class Memory:
    """The marks that are kept in a data directory, in `prepared.json`."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "prepared.json"
        self._marks: dict[str, str] = {}
        with contextlib.suppress(OSError, ValueError, AttributeError):
            kept = json.loads(self._path.read_text(encoding="utf-8"))
            self._marks = {str(key): str(value) for key, value in kept.items()}

    def is_migrated(self, address: Address) -> bool:
        """Whether the database had all of today's migrations, and has the same ones now as it had then."""
        return self._marks.get("migrations") == _migrations_mark(address)

    def keep_migrated(self, address: Address) -> None:
        """Remember that all of today's migrations are in the database."""
        self._keep("migrations", _migrations_mark(address))

    def is_demonstrated(self, address: Address) -> bool:
        """Whether the demonstration organisation was loaded into this very database."""
        return self._marks.get("demonstration") == _identity(address)

    def keep_demonstrated(self, address: Address) -> None:
        """Remember that the demonstration organisation is, or is not wanted, in this database."""
        self._keep("demonstration", _identity(address))

    def _keep(self, key: str, mark: str) -> None:
        self._marks[key] = mark
        self._path.write_text(json.dumps(self._marks, indent=2) + "\n", encoding="utf-8")


def _identity(address: Address) -> str:
    """What tells this database from any other, also from one made later under the same name."""
    return _ask(
        address,
        "SELECT concat_ws('/', system_identifier, (SELECT oid FROM pg_database WHERE datname = current_database()))"
        " FROM pg_control_system()",
    )


def _migrations_mark(address: Address) -> str:
    """This database, the migrations that it has, the migrations there are, and the packages that bring more."""
    known = hashlib.sha256()
    for area in _AREAS:
        for path in sorted((PROJECT_DIR / area).glob("**/migrations/*.py")):
            known.update(str(path.relative_to(PROJECT_DIR)).encode() + b"\0" + path.read_bytes() + b"\0")
    for package in sorted(f"{each.name} {each.version}" for each in distributions()):
        known.update(package.encode() + b"\0")
    applied = "none"
    if _ask(address, "SELECT to_regclass('public.django_migrations')"):
        applied = _ask(
            address, "SELECT md5(string_agg(app || '.' || name, ',' ORDER BY app, name)) FROM django_migrations"
        )
    return f"{_identity(address)}/{applied}/{known.hexdigest()}"


def _ask(address: Address, query: str) -> str:
    """The one value that the query finds, as text; empty where it is null."""
    try:
        with psycopg.connect(address.dsn()) as connection:
            row = connection.execute(query.encode()).fetchone()
    except psycopg.Error as error:
        raise RunningError(f"The database {address} cannot be read: {one_line(error)}.") from None
    return "" if row is None or row[0] is None else str(row[0])
