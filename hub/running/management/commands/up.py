"""`manage.py up`: start the whole hub, with its own PostgreSQL unless DATABASE_URL names one."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from hub.config.secrets import data_dir
from hub.running.errors import RunningError
from hub.running.up import Up


class Command(BaseCommand):
    """Start everything under one command; Ctrl-C ends everything."""

    help = "Start the database, the web server, the worker and the sequencer, and serve until Ctrl-C."
    requires_system_checks = ()  # there may be no database yet
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One switch; the rest are environment variables, which the processes share."""
        parser.add_argument("--no-demo", action="store_true", help="Do not load the demonstration organisation.")

    def handle(self, *arguments: Any, no_demo: bool, **options: Any) -> None:
        """Run until told to stop. A failure is one sentence on standard error and status 1."""
        if settings.SETTINGS_MODULE == "hub.config.settings.production":
            sys.exit("hub: `up` is for one machine; deploy/README.md says how to run a real installation.")
        try:
            Up(data_dir(), port=_port(), demonstration=not no_demo, say=self._say).run()
        except RunningError as error:
            sys.exit(f"hub: {error}")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _port() -> int:
    chosen = os.environ.get("HUB_PORT", "").strip() or "8000"
    if not (chosen.isascii() and chosen.isdigit() and 0 < int(chosen) < 65536):
        sys.exit(f"hub: HUB_PORT is “{chosen}”; it must be a number from 1 to 65535.")
    return int(chosen)
