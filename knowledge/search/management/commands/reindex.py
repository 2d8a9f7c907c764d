"""`manage.py reindex`: build the search index anew, or only say how far it is from what is published."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from hub.lib.commands import failing_in_a_sentence
from hub.lib.identity import SYSTEM
from knowledge.search import actions, elasticsearch


class Command(BaseCommand):
    requires_system_checks = ()  # they load every page and the API first, which takes as long as the start itself
    help = "Build the search index anew while people search and write, then compare it with what is published."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; say how far the index has drifted")

    @failing_in_a_sentence()
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            drifts = (
                actions.compare(actor=SYSTEM)
                if options["check"]
                else actions.rebuild(actor=SYSTEM, progress=self._progress)
            )
        except elasticsearch.Away as error:
            raise CommandError(
                f"Elasticsearch does not answer ({error}). PostgreSQL's index is up to date and answers meanwhile."
                if not options["check"]
                else f"Elasticsearch does not answer ({error})."
            ) from error
        for drift in drifts:
            said = (
                "agrees"
                if drift.is_none
                else f"lacks {drift.missing}, has {drift.stale} stale and {drift.surplus} surplus"
            )
            self.stdout.write(f"{drift.backend}: {drift.expected} documents; {said}.")
        if not all(drift.is_none for drift in drifts):
            raise CommandError("The index is not what is published: run `manage.py reindex`.")

    def _progress(self, done: int, of: int) -> None:
        self.stdout.write(f"{done} of {of}")
        self.stdout.flush()
