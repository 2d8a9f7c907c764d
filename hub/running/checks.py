"""The system check of a running installation: `manage.py check --database default`, and before each migrate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.db import connections


def check_logins(
    *,
    app_configs: Sequence[AppConfig] | None,
    databases: Sequence[str] | None,
    **more: Any,
) -> list[CheckMessage]:
    """Refuse a login that row-level security does not hold: a superuser, or one with BYPASSRLS.

    Two logins are past row-level security by purpose and only looked at for being superusers: the owner's, which
    migrates, and the one of HUB_PROCESS=seed.
    """
    found: list[CheckMessage] = []
    for alias in databases or ():
        may_bypass = alias == "owner" or settings.PROCESS == "seed"
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = session_user")
            name, superuser, bypasses = cursor.fetchone()
        if superuser or (bypasses and not may_bypass):
            right = "is a superuser" if superuser else "has BYPASSRLS"
            found.append(
                Error(
                    f"The login “{name}” of the database alias “{alias}” {right}: row-level security does not hold it.",
                    hint="Use the logins that deploy/roles.sql makes.",
                    id="running.E001",
                )
            )
    return found
