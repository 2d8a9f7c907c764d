"""From an administrator's login to a database that the hub can migrate: roles, database, extensions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import psycopg

from hub.config.databases import Address
from hub.running.errors import RunningError
from hub.running.roles import ensure_database, ensure_roles, prepare_database

_CONNECT_PATIENCE = 10  # seconds
_NOISE = re.compile(r"^connection failed: |\[Errno -?\d+\] ")
_MAINTENANCE_DATABASES = ("postgres", "template1")


def prepare_server(
    address: Address, passwords: Mapping[str, str], *, called: str, creates_databases: bool = True
) -> list[str]:
    """Make roles, the database that `address` names, and its extensions; doing it again changes nothing.

    Args:
        address: an administrator's login; its database need not exist yet.
        passwords: of the hub's logins (`Secrets.role_passwords`).
        called: what the person knows the address by, for sentences: “DATABASE_URL”.
        creates_databases: whether hub_owner may create databases, as the tests need.

    Returns one line for each change. Raises RunningError, without the password, where the server is not reached or
    does not allow it.
    """
    try:
        with _connect_beside(address, called) as connection:
            done = ensure_roles(connection, passwords, creates_databases=creates_databases)
            done += ensure_database(connection, address.name)
        with _connect(address) as connection:
            done += prepare_database(connection)
    except psycopg.Error as error:
        raise RunningError(f"The database server of {called} ({address}) cannot be used: {one_line(error)}.") from None
    return done


def one_line(error: psycopg.Error) -> str:
    """What the server or libpq said, in one line without its final full stop."""
    said = error.diag.message_primary or str(error)
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    # psycopg's own prefix says nothing, and an error's number means nothing beside its words.
    return _NOISE.sub("", lines[0]).rstrip(".") if lines else type(error).__name__


def _connect_beside(address: Address, called: str) -> psycopg.Connection:
    """Connect to the database itself or, while it does not exist, to one that every server has."""
    for name in (address.name, *_MAINTENANCE_DATABASES):
        try:
            return _connect(replace(address, name=name))
        except psycopg.OperationalError as error:
            if f'database "{name}" does not exist' not in str(error):
                raise
    raise RunningError(f"The database “{address.name}” of {called} does not exist and cannot be made: create it first.")


def _connect(address: Address) -> psycopg.Connection:
    return psycopg.connect(address.dsn(), autocommit=True, connect_timeout=_CONNECT_PATIENCE)
