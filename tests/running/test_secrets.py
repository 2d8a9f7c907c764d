"""The embedded hub's secrets: one set, for this account's eyes, and a sentence where they are damaged."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from hub.config.secrets import existing_secrets, load_secrets, secrets_path


def test_the_first_start_makes_secrets_that_only_their_owner_reads(tmp_path: Path) -> None:
    directory = tmp_path / "deeper" / "data"

    secrets = load_secrets(directory)

    assert secrets_path(directory).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in directory.iterdir()] == ["secrets.json"]
    Fernet(secrets.cursor_key)
    assert len(secrets.secret_key) >= 50
    assert len({*secrets.role_passwords().values(), secrets.admin_password, secrets.demo_password}) == 6


def test_a_later_start_finds_the_same_secrets(tmp_path: Path) -> None:
    assert load_secrets(tmp_path) == load_secrets(tmp_path) == existing_secrets(tmp_path)


def test_looking_for_secrets_makes_none(tmp_path: Path) -> None:
    assert existing_secrets(tmp_path / "nowhere") is None
    assert not (tmp_path / "nowhere").exists()


def test_secrets_do_not_show_themselves(tmp_path: Path) -> None:
    assert repr(load_secrets(tmp_path)) == "Secrets()"


def test_processes_that_start_at_once_agree_on_one_set(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from hub.config.secrets import load_secrets;"
        "sys.stdin.read(); print(load_secrets(Path(sys.argv[1])).secret_key)"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(6)
    ]

    for process in processes:  # each has started, and waits for this
        assert process.stdin is not None
        process.stdin.close()
    keys = set()
    for process in processes:
        assert process.stdout is not None
        keys.add(process.stdout.read())
        process.stdout.close()
        assert process.wait(30) == 0

    assert keys == {f"{load_secrets(tmp_path).secret_key}\n"}


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"secret_key": "x"}', "\x00" * 500])
def test_a_damaged_file_is_one_sentence_that_names_it_and_stays_as_it_was(tmp_path: Path, damage: str) -> None:
    secrets_path(tmp_path).write_text(damage)

    with pytest.raises(ImproperlyConfigured, match=r"secrets\.json are damaged: put the file back from a backup"):
        load_secrets(tmp_path)

    assert secrets_path(tmp_path).read_text() == damage


def test_a_secret_of_the_wrong_kind_is_damage_too(tmp_path: Path) -> None:
    load_secrets(tmp_path)
    values = json.loads(secrets_path(tmp_path).read_text())
    secrets_path(tmp_path).write_text(json.dumps({**values, "cursor_key": 7}))

    with pytest.raises(ImproperlyConfigured, match="damaged"):
        load_secrets(tmp_path)


def test_a_directory_that_is_a_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ImproperlyConfigured, match="set HUB_DATA_DIR to a directory it may write to"):
        load_secrets(tmp_path / "file" / "data")


def test_the_command_line_says_it_in_one_line(tmp_path: Path) -> None:
    secrets_path(tmp_path).write_text("{")

    finished = subprocess.run(
        [sys.executable, "manage.py", "check"],
        env={**os.environ, "HUB_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "hub.config.settings.development"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert finished.returncode == 1
    assert len(finished.stderr.splitlines()) == 1
    assert str(tmp_path) in finished.stderr
