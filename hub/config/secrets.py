"""The embedded hub's secrets: made at the first start, kept in the data directory, never in the repository."""

from __future__ import annotations

import fcntl
import json
import os
import secrets as randomness
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

PROJECT_DIR = Path(__file__).resolve().parents[2]

_CONSONANTS = "bdfghjklmnprstvz"
_VOWELS = "aeiou"


@dataclass(frozen=True)
class Secrets:
    """What the embedded hub must know and nobody else may: keys, and the passwords of the database's logins."""

    secret_key: str = field(repr=False)
    """Django's SECRET_KEY."""
    cursor_key: str = field(repr=False)
    """Fernet key that seals the event feed's cursors."""
    admin_password: str = field(repr=False)
    """The embedded PostgreSQL's administrator."""
    owner_password: str = field(repr=False)
    app_password: str = field(repr=False)
    worker_password: str = field(repr=False)
    seed_password: str = field(repr=False)
    demo_password: str = field(repr=False)
    """The one password of every demonstration login."""

    def role_passwords(self) -> dict[str, str]:
        """The database logins of the hub, each with its password."""
        return {
            "hub_owner": self.owner_password,
            "hub_app": self.app_password,
            "hub_worker": self.worker_password,
            "hub_seed": self.seed_password,
        }


def data_dir() -> Path:
    """Where the embedded hub keeps its database and secrets: HUB_DATA_DIR, or `.hub` beside manage.py."""
    chosen = os.environ.get("HUB_DATA_DIR", "").strip()
    return Path(chosen).expanduser().resolve() if chosen else PROJECT_DIR / ".hub"


def address_file(directory: Path) -> Path:
    """Where `manage.py up` notes the address it serves, for the commands that print addresses."""
    return directory / "address"


def secrets_path(directory: Path) -> Path:
    """The file that holds the secrets of the hub in `directory`."""
    return directory / "secrets.json"


def existing_secrets(directory: Path) -> Secrets | None:
    """Read the secrets kept in `directory`; None where no hub has started yet.

    Raises ImproperlyConfigured, in one sentence that names the file, where it is unreadable or damaged.
    """
    path = secrets_path(directory)
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"The hub's secrets in {path} cannot be read: {_reason(error)}.") from error
    names = {each.name for each in fields(Secrets)}
    try:
        values = json.loads(text)
    except ValueError:
        values = None
    if (
        not isinstance(values, dict)
        or not names <= values.keys()
        or not all(isinstance(values[name], str) and values[name] for name in names)
    ):
        raise ImproperlyConfigured(
            f"The hub's secrets in {path} are damaged: put the file back from a backup, or delete it "
            f"and new ones are made (everyone then signs in again)."
        )
    return Secrets(**{name: values[name] for name in names})


def load_secrets(directory: Path) -> Secrets:
    """Read the secrets kept in `directory`, making them (mode 0600) where there are none.

    Takes a lock on the directory, so that processes that start at once agree on one set.
    Raises ImproperlyConfigured where the directory cannot be written or the file is damaged.
    """
    found = existing_secrets(directory)
    if found is not None:
        return found
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with _locked(directory):
            found = existing_secrets(directory)
            if found is None:
                found = _new_secrets()
                _write(secrets_path(directory), found)
    except OSError as error:
        raise ImproperlyConfigured(
            f"The hub cannot keep its secrets in {directory}: {_reason(error)}; "
            f"set HUB_DATA_DIR to a directory it may write to."
        ) from error
    return found


def _new_secrets() -> Secrets:
    return Secrets(
        secret_key=randomness.token_urlsafe(50),
        cursor_key=Fernet.generate_key().decode("ascii"),
        admin_password=randomness.token_urlsafe(24),
        owner_password=randomness.token_urlsafe(24),
        app_password=randomness.token_urlsafe(24),
        worker_password=randomness.token_urlsafe(24),
        seed_password=randomness.token_urlsafe(24),
        demo_password=_speakable_password(),
    )


def _speakable_password() -> str:
    """Three words of two syllables: easy to type from a terminal, and one of 2.6 * 10**11."""
    words = ("".join(randomness.choice(_CONSONANTS) + randomness.choice(_VOWELS) for _ in range(2)) for _ in range(3))
    return "-".join(words)


def _write(path: Path, values: Secrets) -> None:
    """Put the file in place whole: a crash leaves the old state or the new one."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(values), file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return (error.strerror or str(error)).lower() if isinstance(error, OSError) else "it is not text"
