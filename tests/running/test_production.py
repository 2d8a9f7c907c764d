"""Production settings: what is unsafe does not start, and says why in one sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from hub.config.secrets import load_secrets
from hub.running.bootstrap import prepare_server
from hub.running.cluster import Cluster
from hub.running.roles import LOGINS

PROJECT = Path(__file__).parents[2]

SAFE = {
    "DJANGO_SETTINGS_MODULE": "hub.config.settings.production",
    "HUB_SECRET_KEY": "fK3j9-Zr_81hdmQPw4ntyX0v7sLbC2aGeu6oViTpJR5xEqNYHz",
    "HUB_CURSOR_KEY": "VJGKp5X5zVhDYlN9VwYr2m0pMUZ7GQ3qzZx2yZ2xG1o=",
    "HUB_ALLOWED_HOSTS": "hub.acme.test, hub.intra.test",
    "HUB_PUBLIC_URL": "https://hub.acme.test",
    "DATABASE_URL": "postgres://hub_app:p@127.0.0.1:1/hub",
    "DATABASE_WORKER_URL": "postgres://hub_worker:p@127.0.0.1:1/hub",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
}
CONCERNED = ("HUB_", "DATABASE_", "REDIS_", "DJANGO_")


def manage(*words: str, directory: Path, **changes: str | None) -> subprocess.CompletedProcess[str]:
    """Run manage.py with the safe settings but for these changes; None leaves a variable out."""
    return run("manage.py", *words, directory=directory, **changes)


def run(*words: str, directory: Path, **changes: str | None) -> subprocess.CompletedProcess[str]:
    """Run Python with the safe settings but for these changes; None leaves a variable out."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(CONCERNED)}
    chosen = {**SAFE, "HUB_DATA_DIR": str(directory), **changes}
    return subprocess.run(
        [sys.executable, *words],
        cwd=PROJECT,
        env={**inherited, **{name: value for name, value in chosen.items() if value is not None}},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_safe_settings_start_and_pass_djangos_own_examination(tmp_path: Path) -> None:
    finished = manage("check", "--deploy", "--fail-level=ERROR", directory=tmp_path)

    assert finished.returncode == 0, finished.stderr
    assert list(tmp_path.iterdir()) == []  # production keeps no secrets on disk


def test_cookies_and_transport_are_strict(tmp_path: Path) -> None:
    names = [
        "DEBUG",
        "ALLOWED_HOSTS",
        "SESSION_COOKIE_SECURE",
        "CSRF_COOKIE_SECURE",
        "SECURE_SSL_REDIRECT",
        "SECURE_HSTS_SECONDS",
        "SECURE_PROXY_SSL_HEADER",
    ]
    program = (
        f"import json; from django.conf import settings; print(json.dumps([getattr(settings, n) for n in {names}]))"
    )

    finished = run("-c", program, directory=tmp_path)

    assert json.loads(finished.stdout) == [
        False,
        ["hub.acme.test", "hub.intra.test"],
        True,
        True,
        True,
        31536000,
        ["HTTP_X_FORWARDED_PROTO", "https"],
    ]


def test_every_static_file_is_found_and_named_by_its_content(tmp_path: Path) -> None:
    program = (
        "from django.core.management import call_command; from django.test import override_settings\n"
        f"with override_settings(STATIC_ROOT={str(tmp_path / 'static')!r}):\n"
        "    call_command('collectstatic', interactive=False, verbosity=0)"
    )

    finished = manage("shell", "--no-imports", "-c", program, directory=tmp_path / "none")

    assert finished.returncode == 0, finished.stderr[-2000:]
    names = json.loads((tmp_path / "static" / "staticfiles.json").read_text())["paths"]
    assert names["web/img/mark.svg"] != "web/img/mark.svg"


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("HUB_DEBUG", "1", "HUB_DEBUG is on"),
        ("HUB_DEBUG", "yes", "HUB_DEBUG must be 1 or 0"),
        ("HUB_ALLOWED_HOSTS", None, "HUB_ALLOWED_HOSTS is not set"),
        ("HUB_ALLOWED_HOSTS", " , ", "HUB_ALLOWED_HOSTS must name host names"),
        ("HUB_ALLOWED_HOSTS", "*", "HUB_ALLOWED_HOSTS must name host names"),
        ("HUB_ALLOWED_HOSTS", "hub.acme.test, https://hub.acme.test", "HUB_ALLOWED_HOSTS has “https://hub.acme.test”"),
        ("HUB_SECRET_KEY", None, "HUB_SECRET_KEY is not set"),
        ("HUB_SECRET_KEY", "short", "HUB_SECRET_KEY must be random and at least 50 characters long"),
        ("HUB_SECRET_KEY", "x" * 60, "HUB_SECRET_KEY must be random"),
        (
            "HUB_SECRET_KEY",
            "django-insecure-" + SAFE["HUB_SECRET_KEY"],
            "HUB_SECRET_KEY looks like one from an example",
        ),
        ("HUB_SECRET_KEY", "demo" + SAFE["HUB_SECRET_KEY"], "HUB_SECRET_KEY looks like one from an example"),
        ("HUB_CURSOR_KEY", None, "HUB_CURSOR_KEY is not set"),
        ("HUB_CURSOR_KEY", "not-a-key", "HUB_CURSOR_KEY is not a Fernet key"),
        ("DATABASE_URL", None, "DATABASE_URL is not set; a web process in production needs it"),
        ("DATABASE_URL", "postgres://hub_app:p%zz@db/hub", "DATABASE_URL cannot be read"),
        ("HUB_PUBLIC_URL", None, "HUB_PUBLIC_URL is not set"),
        ("HUB_PUBLIC_URL", "http://hub.acme.test", "HUB_PUBLIC_URL must begin with https://"),
        ("REDIS_URL", None, "REDIS_URL is not set"),
        ("REDIS_URL", "redis.acme.test:6379", "REDIS_URL is no address"),
        ("HUB_LOG_LEVEL", "loud", "HUB_LOG_LEVEL is “loud”; it must be one of DEBUG, INFO"),
        ("HUB_GRAPHQL_CONNECTIONS", "0.5", "HUB_GRAPHQL_CONNECTIONS is “0.5”; it must be a whole number"),
    ],
)
def test_what_is_unsafe_or_missing_is_refused(tmp_path: Path, variable: str, value: str | None, sentence: str) -> None:
    finished = manage("check", directory=tmp_path, **{variable: value})

    assert finished.returncode == 1
    assert finished.stderr.startswith(f"hub: {sentence}")
    assert len(finished.stderr.splitlines()) == 1


def test_the_web_process_says_it_in_a_sentence_as_well(tmp_path: Path) -> None:
    finished = run("-c", "import hub.config.asgi", directory=tmp_path, HUB_SECRET_KEY=None)

    assert (finished.returncode, finished.stderr) == (
        1,
        "hub: HUB_SECRET_KEY is not set: give a random text of at least 50 characters.\n",
    )


def test_the_demonstrations_own_keys_are_refused(tmp_path: Path) -> None:
    embedded = load_secrets(tmp_path)

    for variable, key in (("HUB_SECRET_KEY", embedded.secret_key), ("HUB_CURSOR_KEY", embedded.cursor_key)):
        finished = manage("check", directory=tmp_path, **{variable: key})

        assert finished.returncode == 1
        assert finished.stderr.startswith(f"hub: {variable} ")


def test_a_worker_needs_its_own_login(tmp_path: Path) -> None:
    finished = manage("check", directory=tmp_path, HUB_PROCESS="worker", DATABASE_WORKER_URL=None)

    assert finished.stderr == "hub: DATABASE_WORKER_URL is not set; a worker process in production needs it.\n"


def test_a_login_past_row_level_security_fails_the_check(own_cluster: Cluster, tmp_path: Path) -> None:
    passwords = dict.fromkeys(LOGINS, "secret-of-the-test")
    prepare_server(own_cluster.admin_address("hub"), passwords, called="the test")

    def check(login: str, password: str = "secret-of-the-test") -> subprocess.CompletedProcess[str]:
        url = f"postgres://{login}:{password}@/hub?host={own_cluster.socket_dir}"
        return manage("check", "--database=default", "--tag=database", directory=tmp_path / "none", DATABASE_URL=url)

    assert check("hub_app").returncode == 0
    assert "The login “hub_seed” of the database alias “default” has BYPASSRLS" in check("hub_seed").stderr
    administrator = own_cluster.admin_address()
    assert (
        "“hub_admin” of the database alias “default” is a superuser"
        in check(administrator.user, administrator.password).stderr
    )


def test_the_roles_command_prepares_a_server_and_says_what_it_did(
    own_cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    administrator = own_cluster.admin_address()
    url = f"postgres://{administrator.user}:{administrator.password}@/hub?host={own_cluster.socket_dir}"
    passwords = {f"{role.upper()}_PASSWORD": f"{role}-password" for role in LOGINS}

    first = manage("roles", directory=tmp_path, HUB_ADMIN_URL=url, **passwords)
    second = manage("roles", directory=tmp_path, HUB_ADMIN_URL=url, **passwords)
    assert "created role hub_app\n" in first.stdout
    assert "created database hub\n" in first.stdout
    assert second.stdout == "Roles, database and extensions are as they should be.\n"
    monkeypatch.setenv("HUB_ADMIN_URL", url)
    for name, value in passwords.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("HUB_APP_PASSWORD")
    with pytest.raises(CommandError) as refused:
        call_command("roles")
    assert str(refused.value) == "HUB_APP_PASSWORD is not set; `manage.py help roles` lists what is needed."
