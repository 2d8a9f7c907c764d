"""Which PostgreSQL the hub talks to, and as whom: the DATABASES setting, for the embedded server and for real ones."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg
from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from hub.config.secrets import Secrets

ENGINE = "hub.lib.postgresql"
KEPT_CONNECTION = 60
"""Seconds for which a worker's thread keeps its connection."""
EMBEDDED_PORT = 5432
EMBEDDED_DATABASE = "hub"

# sun_path holds 104 bytes on the BSDs and macOS (108 on Linux), the closing zero included.
_LONGEST_SOCKET_PATH = 103

# What a process is, by HUB_PROCESS, decides with which login it opens the database.
_LOGINS: Mapping[str, str] = {
    "web": "hub_app",
    "worker": "hub_worker",
    "sequencer": "hub_worker",
    "seed": "hub_seed",
}


@dataclass(frozen=True)
class Address:
    """A PostgreSQL database and a login to it; `options` are libpq's own (sslmode, sslrootcert, ...)."""

    host: str
    port: int
    name: str
    user: str
    password: str = field(repr=False)
    options: Mapping[str, str] = field(default_factory=dict)

    def dsn(self) -> str:
        """The address as libpq's connection string, password included."""
        return make_conninfo(
            host=self.host,
            port=self.port,
            dbname=self.name,
            user=self.user,
            password=self.password,
            **self.options,
        )

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}/{self.name}"


def parse_address(variable: str, url: str) -> Address:
    """Read `postgres://user:password@host:port/name?sslmode=...`, percent-encoding and IPv6 included.

    Raises ImproperlyConfigured in one sentence that names `variable` and never repeats the password.
    """
    expected = "expected postgres://user:password@host:port/name, with special characters percent-encoded"
    if not url.startswith(("postgres://", "postgresql://")):
        raise ImproperlyConfigured(f"{variable} is not a PostgreSQL address: {expected}.")
    try:
        parts = {key: str(value) for key, value in conninfo_to_dict(url).items()}
    except psycopg.ProgrammingError:
        # libpq quotes the offending part, which may be the password: its words are dropped with the cause.
        raise ImproperlyConfigured(f"{variable} cannot be read: {expected}.") from None
    port = parts.pop("port", "") or "5432"
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise ImproperlyConfigured(f"{variable} has a port that is not a number from 1 to 65535.")
    named = {"host": "host", "user": "user name", "dbname": "database name"}
    for key, noun in named.items():
        if not parts.get(key):
            raise ImproperlyConfigured(f"{variable} has no {noun}: {expected}.")
    if "@" in parts["host"]:  # an "@" of the password that was not encoded moved the rest of it into the host
        raise ImproperlyConfigured(f"{variable} cannot be read: {expected}.")
    return Address(
        host=parts.pop("host"),
        port=int(port),
        name=parts.pop("dbname"),
        user=parts.pop("user"),
        password=parts.pop("password", ""),
        options=parts,
    )


def administrator_address() -> Address | None:
    """The administrator that DATABASE_URL names, or None where the hub runs its embedded PostgreSQL."""
    url = os.environ.get("DATABASE_URL", "").strip()
    return parse_address("DATABASE_URL", url) if url else None


def socket_dir(directory: Path) -> Path:
    """Where the embedded PostgreSQL of `directory` puts its socket: inside it, or, where the path would be
    longer than an operating system allows, in a short directory of the same hash."""
    inside = directory / "run"
    if len(os.fsencode(inside / f".s.PGSQL.{EMBEDDED_PORT}")) <= _LONGEST_SOCKET_PATH:
        return inside
    digest = hashlib.sha256(os.fsencode(directory)).hexdigest()[:12]
    return Path("/tmp") / f"hub-{digest}"


def port_file(directory: Path) -> Path:
    """Written by the embedded PostgreSQL where no Unix socket can be made: it then listens on this port."""
    return directory / "postgres.port"


def embedded_address(directory: Path, user: str, password: str, name: str = EMBEDDED_DATABASE) -> Address:
    """The embedded PostgreSQL of `directory`, as `user`."""
    try:
        return Address("127.0.0.1", int(port_file(directory).read_text()), name, user, password)
    except (OSError, ValueError):
        return Address(str(socket_dir(directory)), EMBEDDED_PORT, name, user, password)


def databases(directory: Path, secrets: Secrets, role: str) -> dict[str, dict[str, Any]]:
    """DATABASES of a hub that makes its own logins, on DATABASE_URL's server or the embedded one.

    `default` is the login of the process (`role`: web, worker, sequencer or seed), which owns nothing; `owner`
    migrates. Raises ImproperlyConfigured where DATABASE_URL or the role cannot be understood.
    """
    user = _login(role)
    passwords = secrets.role_passwords()
    administrator = administrator_address()

    def login(user: str) -> Address:
        if administrator is None:
            return embedded_address(directory, user, passwords[user])
        return replace(administrator, user=user, password=passwords[user])

    return {
        "default": _setting(login(user), f"hub {role}", TEST={"MIRROR": "owner"}),
        "owner": _setting(login("hub_owner"), "hub owner"),
    }


def production_databases(role: str) -> dict[str, dict[str, Any]]:
    """DATABASES of a production process: each reads only the address of its own login.

    DATABASE_URL for web, DATABASE_WORKER_URL for worker and sequencer; DATABASE_OWNER_URL, where it is set,
    adds the alias `owner` (the process that migrates needs it, the others should not have it).
    Raises ImproperlyConfigured where an address is missing or cannot be understood.
    """
    if _login(role) == "hub_seed":
        raise ImproperlyConfigured("HUB_PROCESS=seed loads demonstration data and has no place in production.")
    variable = "DATABASE_URL" if role == "web" else "DATABASE_WORKER_URL"
    aliases = {"default": _setting(_required_address(variable, role), f"hub {role}")}
    if os.environ.get("DATABASE_OWNER_URL", "").strip():
        aliases["owner"] = _setting(_required_address("DATABASE_OWNER_URL", role), "hub owner")
    return aliases


def _login(role: str) -> str:
    if role not in _LOGINS:
        raise ImproperlyConfigured(f"HUB_PROCESS is “{role}”; it must be one of {', '.join(_LOGINS)}.")
    return _LOGINS[role]


def _required_address(variable: str, role: str) -> Address:
    url = os.environ.get(variable, "").strip()
    if not url:
        raise ImproperlyConfigured(f"{variable} is not set; a {role} process in production needs it.")
    return parse_address(variable, url)


def _setting(address: Address, application_name: str, **more: Any) -> dict[str, Any]:
    options = {"connect_timeout": "10", "application_name": application_name, **address.options}
    return {
        "ENGINE": ENGINE,
        "NAME": address.name,
        "USER": address.user,
        "PASSWORD": address.password,
        "HOST": address.host,
        "PORT": str(address.port),
        "OPTIONS": options,
        # A thread of a worker keeps its connection from one job to the next, and sees before each that it still holds.
        "CONN_MAX_AGE": KEPT_CONNECTION if application_name == "hub worker" else 0,
        "CONN_HEALTH_CHECKS": True,
        **more,
    }
