"""What the tests run: real components, an unprivileged login, and a database cloned from a template."""

from __future__ import annotations

import os
from pathlib import Path

from hub.config.databases import EMBEDDED_DATABASE, KEPT_CONNECTION, embedded_address
from hub.config.secrets import load_secrets
from hub.config.settings.base import *  # noqa: F403
from hub.config.settings.base import BASE_DIR

DATA_DIR = Path(os.environ.get("HUB_TEST_DATA_DIR", BASE_DIR / ".hub" / "tests"))
_secrets = load_secrets(DATA_DIR)

DEBUG = False
SECRET_KEY = _secrets.secret_key
CURSOR_KEY = _secrets.cursor_key
DEMO_PASSWORD = _secrets.demo_password
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]
# A slow hash would only make the demonstration organisation's forty people slow to load.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Inside pytest: one login, a member of the hub's roles, that holds none of their rights until a transaction binds an
# identity. A process that a test starts logs in as it would in production (HUB_TEST_PROCESS names it).
TEST_LOGIN = "hub_test"
TEST_PROCESS = os.environ.get("HUB_TEST_PROCESS", "")
TEST_DATABASE = os.environ.get("HUB_TEST_DATABASE", EMBEDDED_DATABASE)
_LOGINS = {
    "": (TEST_LOGIN, _secrets.app_password),
    "web": ("hub_app", _secrets.app_password),
    "worker": ("hub_worker", _secrets.worker_password),
    "sequencer": ("hub_worker", _secrets.worker_password),
    "seed": ("hub_seed", _secrets.seed_password),
}


def _database(user: str, password: str) -> dict[str, object]:
    address = embedded_address(DATA_DIR, user, password, TEST_DATABASE)
    return {
        "ENGINE": "hub.lib.postgresql",
        "NAME": address.name,
        "USER": address.user,
        "PASSWORD": address.password,
        "HOST": address.host,
        "PORT": address.port,
        "OPTIONS": {"assume_role": "hub_app"} if user == TEST_LOGIN else {},
        "CONN_MAX_AGE": KEPT_CONNECTION if TEST_PROCESS == "worker" else 0,
        "CONN_HEALTH_CHECKS": True,
    }


DATABASES = {
    "default": _database(*_LOGINS[TEST_PROCESS]),
    "owner": _database("hub_owner", _secrets.owner_password),
}

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
