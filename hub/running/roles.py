"""The database's roles: who logs in, who owns, and who may look past row-level security.

| role       | logs in | what it is for                                                                |
|------------|---------|-------------------------------------------------------------------------------|
| hub_owner  | yes     | owns the tables, migrates; never serves a request                             |
| hub_app    | yes     | serves people's requests; owns nothing, sees what its user may see            |
| hub_worker | yes     | system jobs and the sequencer; becomes hub_app to act for a person            |
| hub_guard  | no      | owns the functions that policies call; hub_owner may become it                |
| hub_seed   | yes     | loads and dumps data; past row-level security                                 |

`deploy/roles.sql` does the same for a database administrator with psql; a test holds the two together.
PostgreSQL 15 to 18.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from hub.running.errors import RunningError

OLDEST_SERVER = 150000

LOGINS = ("hub_owner", "hub_app", "hub_worker", "hub_seed")

_ATTRIBUTES: Mapping[str, str] = {
    "hub_owner": "LOGIN NOSUPERUSER BYPASSRLS NOINHERIT NOCREATEROLE",
    "hub_app": "LOGIN NOSUPERUSER NOBYPASSRLS NOINHERIT NOCREATEROLE NOCREATEDB",
    "hub_worker": "LOGIN NOSUPERUSER NOBYPASSRLS NOINHERIT NOCREATEROLE NOCREATEDB",
    "hub_guard": "NOLOGIN NOSUPERUSER BYPASSRLS NOINHERIT NOCREATEROLE NOCREATEDB",
    "hub_seed": "LOGIN NOSUPERUSER BYPASSRLS NOINHERIT NOCREATEROLE NOCREATEDB",
}

FROZEN = "15s"
"""How long a transaction of the web or of a worker may do nothing: no network call is ever made within one."""

# Who may become whom with SET ROLE; nobody inherits another's rights.
_MEMBERSHIPS = (("hub_guard", "hub_owner"), ("hub_app", "hub_worker"))

_REQUIRED_EXTENSIONS = ("pg_trgm", "unaccent", "btree_gist")
_OPTIONAL_EXTENSIONS = ("ltree", "vector")

_LOCK = 0x68756220  # "hub ": two hubs that start at once on one server take turns


@dataclass
class _Work:
    """A connection, and a line for each thing that was not as it should be and was changed."""

    connection: psycopg.Connection
    done: list[str] = field(default_factory=list)

    def holds(self, query: str, *parameters: object) -> bool:
        row = self.connection.execute(query.encode(), parameters).fetchone()
        return row is not None and bool(row[0])

    def change(self, statement: sql.SQL | sql.Composed, note: str) -> None:
        self.connection.execute(statement)
        self.done.append(note)


def ensure_roles(
    connection: psycopg.Connection, passwords: Mapping[str, str], *, creates_databases: bool = True
) -> list[str]:
    """Make the hub's roles what they must be, whatever they were; doing it again changes nothing.

    Args:
        connection: an administrator's, on any database of the server; one transaction is run on it.
        passwords: of the logins in LOGINS; only their SCRAM verifiers travel to the server.
        creates_databases: whether hub_owner may create databases (the tests need it, production does not).

    Returns one line for each change made (passwords are set each time, and not reported).
    Raises RunningError where the administrator's rights or the server do not allow it.
    """
    if connection.info.server_version < OLDEST_SERVER:
        raise RunningError(
            f"The hub needs PostgreSQL 15 or newer; the server runs {connection.info.server_version // 10000}."
        )
    missing = [name for name in LOGINS if not passwords.get(name)]
    if missing:
        raise RunningError(f"No password is given for the database role {missing[0]}.")
    work = _Work(connection)
    try:
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            for role, attributes in _ATTRIBUTES.items():
                creation = ""
                if role == "hub_owner":
                    creation = " CREATEDB" if creates_databases else " NOCREATEDB"
                _ensure_role(work, role, attributes + creation)
            for role, member in _MEMBERSHIPS:
                _ensure_membership(work, role, member)
            _ensure_owner_is_never_fooled(work)
            for role in ("hub_app", "hub_worker"):
                _ensure_nobody_waits_for_the_frozen(work, role)
            _ensure_administrator_may_give_to_owner(work)
            for role in LOGINS:
                _set_password(connection, role, passwords[role])
    except psycopg.errors.InsufficientPrivilege as error:
        raise RunningError(
            f"The database administrator “{connection.info.user}” may not make the hub's roles "
            f"({_primary(error)}): have a superuser run deploy/roles.sql."
        ) from error
    return work.done


def ensure_database(connection: psycopg.Connection, name: str) -> list[str]:
    """Make the database `name`, in UTF-8 and owned by hub_owner, or hand an empty one to hub_owner.

    `connection` is an administrator's, on another database or on this one, and in autocommit mode.
    Returns one line for each change. Raises RunningError where the database is another application's.
    """
    work = _Work(connection)
    row = connection.execute(
        "SELECT pg_get_userbyid(datdba), pg_encoding_to_char(encoding) FROM pg_database WHERE datname = %s", [name]
    ).fetchone()
    if row is None:
        work.change(
            sql.SQL("CREATE DATABASE {} OWNER hub_owner ENCODING 'UTF8' TEMPLATE template0").format(
                sql.Identifier(name)
            ),
            f"created database {name}",
        )
        return work.done
    owner, encoding = row
    if encoding != "UTF8":
        raise RunningError(f"The database “{name}” stores text as {encoding}; the hub needs one made with UTF8.")
    if owner != "hub_owner":
        if _holds_tables(connection, name):
            raise RunningError(
                f"The database “{name}” belongs to “{owner}” and holds tables of another application: "
                f"name an empty or a new database."
            )
        work.change(
            sql.SQL("ALTER DATABASE {} OWNER TO hub_owner").format(sql.Identifier(name)),
            f"gave database {name} to hub_owner",
        )
    return work.done


def prepare_database(connection: psycopg.Connection) -> list[str]:
    """Close the database that `connection` is on to everyone but the hub's logins, and add its extensions.

    `connection` is an administrator's; one transaction is run on it. Returns one line for each extension made.
    Raises RunningError where a required extension is not available.
    """
    work = _Work(connection)
    database = sql.Identifier(connection.info.dbname)
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
        connection.execute(
            sql.SQL("GRANT CONNECT ON DATABASE {} TO hub_owner, hub_app, hub_worker, hub_seed").format(database)
        )
        connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        # The database's owner may by itself, but in PostgreSQL 15 not one with NOINHERIT.
        connection.execute("GRANT USAGE, CREATE ON SCHEMA public TO hub_owner")
        ensure_extensions(work.connection, work.done)
    return work.done


def ensure_extensions(connection: psycopg.Connection, done: list[str]) -> None:
    """Add the hub's extensions to the database of `connection`, a line to `done` for each one made.

    ltree and vector are made where the server has them; without the others it raises RunningError.
    """
    known = connection.execute("SELECT name, installed_version IS NOT NULL FROM pg_available_extensions").fetchall()
    installed: dict[str, bool] = dict(known)
    for name in (*_REQUIRED_EXTENSIONS, *_OPTIONAL_EXTENSIONS):
        if name not in installed:
            if name in _REQUIRED_EXTENSIONS:
                raise RunningError(
                    f"The PostgreSQL server lacks the extension “{name}”: install its contrib modules "
                    f"(Debian and Ubuntu: part of the package postgresql)."
                )
            continue
        if not installed[name]:
            try:
                with connection.transaction():
                    connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(name)))
            except psycopg.errors.InsufficientPrivilege as error:
                if name in _REQUIRED_EXTENSIONS:
                    raise RunningError(
                        f"The database administrator may not add the extension “{name}” ({_primary(error)}): "
                        f"have a superuser run deploy/roles.sql."
                    ) from error
                continue
            done.append(f"added extension {name}")


def _ensure_role(work: _Work, role: str, attributes: str) -> None:
    row = work.connection.execute(
        "SELECT rolcanlogin, rolsuper, rolbypassrls, rolinherit, rolcreaterole, rolcreatedb "
        "FROM pg_roles WHERE rolname = %s",
        [role],
    ).fetchone()
    words = ("LOGIN", "SUPERUSER", "BYPASSRLS", "INHERIT", "CREATEROLE", "CREATEDB")
    if row is None:
        work.change(sql.SQL(f"CREATE ROLE {{}} {attributes}").format(sql.Identifier(role)), f"created role {role}")
        return
    current = {word if value else f"NO{word}" for word, value in zip(words, row, strict=True)}
    wrong = [attribute for attribute in attributes.split() if attribute not in current]
    if wrong:
        work.change(
            sql.SQL(f"ALTER ROLE {{}} {' '.join(wrong)}").format(sql.Identifier(role)),
            f"corrected role {role}: {', '.join(wrong)}",
        )


def _ensure_membership(work: _Work, role: str, member: str) -> None:
    modern = work.connection.info.server_version >= 160000
    options = " AND set_option AND NOT inherit_option" if modern else ""
    if work.holds(
        "SELECT EXISTS (SELECT FROM pg_auth_members"
        f" WHERE roleid = %s::regrole AND member = %s::regrole AND NOT admin_option{options})",
        role,
        member,
    ):
        return
    # PostgreSQL 15 has no options of a grant: there the member's NOINHERIT says the same.
    terms = " WITH ADMIN FALSE, INHERIT FALSE, SET TRUE" if modern else ""
    work.change(
        sql.SQL(f"GRANT {{}} TO {{}}{terms}").format(sql.Identifier(role), sql.Identifier(member)),
        f"let {member} become {role}",
    )
    # PostgreSQL 15 keeps an older grant's option to pass the membership on.
    work.connection.execute(
        sql.SQL("REVOKE ADMIN OPTION FOR {} FROM {}").format(sql.Identifier(role), sql.Identifier(member))
    )


def _ensure_owner_is_never_fooled(work: _Work) -> None:
    """Under FORCE a migration of data would silently change no row; with this setting it raises instead."""
    if not work.holds(
        "SELECT EXISTS (SELECT FROM pg_db_role_setting WHERE setdatabase = 0"
        " AND setrole = 'hub_owner'::regrole AND 'row_security=off' = ANY(setconfig))"
    ):
        work.change(sql.SQL("ALTER ROLE hub_owner SET row_security = off"), "set row_security = off for hub_owner")


def _ensure_nobody_waits_for_the_frozen(work: _Work, role: str) -> None:
    """A process that is frozen in the midst of a transaction would keep its locks: the server ends it for it."""
    wanted = f"idle_in_transaction_session_timeout={FROZEN}"
    if not work.holds(
        "SELECT EXISTS (SELECT FROM pg_db_role_setting WHERE setdatabase = 0"
        " AND setrole = %s::regrole AND %s = ANY(setconfig))",
        role,
        wanted,
    ):
        work.change(
            sql.SQL("ALTER ROLE {} SET idle_in_transaction_session_timeout = {}").format(
                sql.Identifier(role), sql.Literal(FROZEN)
            ),
            f"set {wanted} for {role}",
        )


def _ensure_administrator_may_give_to_owner(work: _Work) -> None:
    """An administrator who is no superuser makes and closes hub_owner's database only with hub_owner's rights."""
    modern = work.connection.info.server_version >= 160000
    rights = "USAGE, SET" if modern else "USAGE"
    if all(work.holds("SELECT pg_has_role(current_user, 'hub_owner', %s)", right) for right in rights.split(", ")):
        return
    terms = " WITH INHERIT TRUE, SET TRUE" if modern else ""
    work.change(
        sql.SQL(f"GRANT hub_owner TO CURRENT_USER{terms}"), f"gave {work.connection.info.user} the rights of hub_owner"
    )


def _set_password(connection: psycopg.Connection, role: str, password: str) -> None:
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(verifier)))


def _holds_tables(connection: psycopg.Connection, name: str) -> bool:
    query = (
        "SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT LIKE 'pg\\_%'"
        " AND n.nspname <> 'information_schema'"
        " AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e'))"
    )
    if connection.info.dbname == name:
        return bool(_only(connection.execute(query.encode()).fetchone()))
    with psycopg.connect(connection.info.dsn, password=connection.info.password, dbname=name) as inside:
        return bool(_only(inside.execute(query.encode()).fetchone()))


def _only(row: tuple[object, ...] | None) -> object:
    return row[0] if row is not None else None


def _primary(error: psycopg.Error) -> str:
    return error.diag.message_primary or "not allowed"
