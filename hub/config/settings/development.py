"""What `make up` runs: secrets and the database come from the data directory."""

from __future__ import annotations

import os

from hub.config.databases import databases
from hub.config.secrets import address_file, data_dir, load_secrets
from hub.config.settings.base import *  # noqa: F403
from hub.config.settings.base import CALL_LISTS_DIR, PROCESS, PUBLIC_URL
from hub.config.settings.environment import words

DATA_DIR = data_dir()
_secrets = load_secrets(DATA_DIR)

DEBUG = os.environ.get("HUB_DEBUG", "") == "1"
SECRET_KEY = _secrets.secret_key
CURSOR_KEY = _secrets.cursor_key
DEMO_PASSWORD = _secrets.demo_password
# `manage.py up` listens on loopback, and asks there whether the hub answers.
ALLOWED_HOSTS = [*words(os.environ.get("HUB_ALLOWED_HOSTS", "")), "localhost", "127.0.0.1", "[::1]"]
DATABASES = databases(DATA_DIR, _secrets, PROCESS)

CALL_LISTS_DIR = CALL_LISTS_DIR or str(DATA_DIR / "call-lists")

# Static files are served from where they are written, and looked for anew at each request only while debugging.
STATIC_ROOT = None  # type: ignore[assignment]  # base names a folder for what is collected
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

# `manage.py source` and the e-mails name the address that `manage.py up` serves, unless they are told another.
if not {"HUB_PUBLIC_URL", "HUB_PORT"} & os.environ.keys() and address_file(DATA_DIR).is_file():
    PUBLIC_URL = address_file(DATA_DIR).read_text().strip()
