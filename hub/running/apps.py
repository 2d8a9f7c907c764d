"""The application that gives manage.py its commands `up` and `roles`."""

from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import Tags, register

from hub.running.checks import check_logins


class RunningConfig(AppConfig):
    """Registers the system check of the database's logins."""

    name = "hub.running"
    label = "running"

    def ready(self) -> None:
        register(check_logins, Tags.database)
