"""`manage.py roles`: the database roles of a real installation, made or corrected by its administrator."""

from __future__ import annotations

import os
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from hub.config.databases import parse_address
from hub.running.bootstrap import prepare_server
from hub.running.errors import RunningError
from hub.running.roles import LOGINS


class Command(BaseCommand):
    """Make roles, database and extensions on the server of HUB_ADMIN_URL, and say what was changed."""

    help = (
        "Make or correct the database roles, the database and its extensions. HUB_ADMIN_URL names an administrator "
        "and the database; HUB_OWNER_PASSWORD, HUB_APP_PASSWORD, HUB_WORKER_PASSWORD and HUB_SEED_PASSWORD the "
        "passwords of the logins."
    )
    requires_system_checks = ()  # the database may not exist yet
    requires_migrations_checks = False

    def handle(self, *arguments: Any, **options: Any) -> None:
        """Do it, a line for each change. A failure is one sentence on standard error and status 1."""
        passwords = {role: _required(f"{role.upper()}_PASSWORD") for role in LOGINS}
        try:
            address = parse_address("HUB_ADMIN_URL", _required("HUB_ADMIN_URL"))
            done = prepare_server(address, passwords, called="HUB_ADMIN_URL", creates_databases=False)
        except (ImproperlyConfigured, RunningError) as error:
            raise CommandError(str(error)) from error
        for line in done or ["Roles, database and extensions are as they should be."]:
            self.stdout.write(line)


def _required(variable: str) -> str:
    value = os.environ.get(variable, "").strip()
    if not value:
        raise CommandError(f"{variable} is not set; `manage.py help roles` lists what is needed.")
    return value
