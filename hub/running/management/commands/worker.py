"""`manage.py worker`: do background jobs until told to stop."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from hub.running.worker import run_worker


class Command(BaseCommand):
    """Does jobs; ends by SIGTERM, SIGINT or SIGHUP, within the time that a supervisor waits."""

    help = "Do background jobs and send messages until told to stop."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How much at once; the rest are environment variables."""
        parser.add_argument(
            "--concurrency",
            type=int,
            default=settings.WORKER_CONCURRENCY,
            help="How many jobs to do at the same time (HUB_WORKER_CONCURRENCY; %(default)s).",
        )

    def handle(self, *arguments: Any, concurrency: int, **options: Any) -> None:
        """Run until told to stop."""
        if settings.PROCESS != "worker":
            raise CommandError("A worker logs in as hub_worker: start it with HUB_PROCESS=worker.")
        if not 1 <= concurrency <= 64:
            raise CommandError("The concurrency must be between 1 and 64.")
        run_worker(concurrency)
