"""A real installation: everything comes from the environment, and nothing unsafe starts.

Each refusal is one sentence that names the variable. `deploy/README.md` has the table of variables.
"""

from __future__ import annotations

import os
import re

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from hub.config.databases import production_databases
from hub.config.secrets import data_dir, existing_secrets
from hub.config.settings.base import *  # noqa: F403
from hub.config.settings.base import PROCESS
from hub.config.settings.environment import words

_SHORTEST_KEY = 50
_REDIS = "processes wake each other through Redis, as in redis://host:6379/0"
_MARKS_OF_EXAMPLES = ("demo", "insecure", "example", "change-me", "changeme", "secret-key")

# A name, one with all that end in it (“.acme.test”), or an address; IPv6's stands in brackets.
_HOST = re.compile(r"[^/:\s\[\]]+|\[[0-9a-fA-F:.]+\]")


def _required(variable: str, purpose: str) -> str:
    value = os.environ.get(variable, "").strip()
    if not value:
        raise ImproperlyConfigured(f"{variable} is not set: {purpose}.")
    return value


def _switch(variable: str, default: bool) -> bool:
    value = os.environ.get(variable, "").strip().lower()
    if value in ("", "0", "1"):
        return default if value == "" else value == "1"
    raise ImproperlyConfigured(f"{variable} must be 1 or 0.")


def _allowed_hosts() -> list[str]:
    hosts = words(_required("HUB_ALLOWED_HOSTS", "name the host names under which the hub is reached, with commas"))
    if not hosts or "*" in hosts:
        raise ImproperlyConfigured("HUB_ALLOWED_HOSTS must name host names; “*” would accept any.")
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise ImproperlyConfigured(f"HUB_ALLOWED_HOSTS has “{host}”: a host name has no scheme, port or path.")
    return hosts


def _fresh(variable: str, value: str, embedded: str | None) -> str:
    """The key, unless it was published, made for a demonstration, or too short to be random."""
    if any(mark in value.lower() for mark in _MARKS_OF_EXAMPLES):
        raise ImproperlyConfigured(f"{variable} looks like one from an example or a demonstration: make a random one.")
    if value == embedded:
        raise ImproperlyConfigured(f"{variable} is the demonstration's own, from its data directory: make a new one.")
    return value


def _secret_key(embedded: str | None) -> str:
    key = _required("HUB_SECRET_KEY", f"give a random text of at least {_SHORTEST_KEY} characters")
    if len(key) < _SHORTEST_KEY or len(set(key)) < 10:
        raise ImproperlyConfigured(f"HUB_SECRET_KEY must be random and at least {_SHORTEST_KEY} characters long.")
    return _fresh("HUB_SECRET_KEY", key, embedded)


def _cursor_key(embedded: str | None) -> str:
    key = _required("HUB_CURSOR_KEY", "give a Fernet key (deploy/README.md says how to make one)")
    try:
        Fernet(key)
    except ValueError as error:
        raise ImproperlyConfigured("HUB_CURSOR_KEY is not a Fernet key (32 bytes in URL-safe base64).") from error
    return _fresh("HUB_CURSOR_KEY", key, embedded)


if _switch("HUB_DEBUG", default=False):
    raise ImproperlyConfigured("HUB_DEBUG is on: production does not start with it, for it shows people its insides.")

_embedded = existing_secrets(data_dir())

DEBUG = False
SECRET_KEY = _secret_key(_embedded.secret_key if _embedded else None)
SECRET_KEY_FALLBACKS = words(os.environ.get("HUB_SECRET_KEY_FALLBACKS", ""))
CURSOR_KEY = _cursor_key(_embedded.cursor_key if _embedded else None)
ALLOWED_HOSTS = _allowed_hosts()
CSRF_TRUSTED_ORIGINS = words(os.environ.get("HUB_TRUSTED_ORIGINS", ""))
DATABASES = production_databases(PROCESS)
PUBLIC_URL = _required("HUB_PUBLIC_URL", "give the https:// address under which people reach the hub").rstrip("/")
if not PUBLIC_URL.startswith("https://"):
    raise ImproperlyConfigured("HUB_PUBLIC_URL must begin with https://: people sign in over it.")
if not _required("REDIS_URL", _REDIS).startswith(("redis://", "rediss://", "unix://")):
    raise ImproperlyConfigured(f"REDIS_URL is no address: {_REDIS}.")

# Static files have names of their content, so that browsers may keep them for ever; deploy/collect-static gathers them.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "hub.web.storage.ModuleStaticFilesStorage"},
}

# The proxy in front ends TLS. It must set this header itself and drop the one a client sends.
if _switch("HUB_BEHIND_PROXY", default=True):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # the orchestrator asks over plain HTTP, inside
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = _switch("HUB_HSTS_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD = False
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_SECURE = True
