"""`manage.py import_postmortems`: the reviews that an organisation has already, published and findable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser

from hub.lib.commands import failing_in_a_sentence
from hub.lib.errors import HubError
from hub.lib.identity import SYSTEM, Actor, acting_as
from knowledge.postmortems import intake
from knowledge.postmortems.actions.importing import Imported, import_postmortems
from knowledge.postmortems.intake import LeftOut, Piece
from knowledge.postmortems.models import Audience
from knowledge.search import actions, elasticsearch
from knowledge.search.kinds import Kind
from tenants import access as tenants

BATCH: Final = 100
"""Pieces a transaction: an import that is broken off keeps what it has, and goes on where it was when run again."""


class Command(BaseCommand):
    """Read a file or a folder, and say what came, what was there, and what was left out and why."""

    requires_system_checks = ()  # they load every page and the API first, which takes as long as the start itself
    help = (
        "Import post-mortems: JSON Lines (id, title, body; perhaps date, service, causes, tags), Markdown with front"
        " matter, or HTML as wikis export it. Running it again imports only what has changed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", metavar="PATH", type=Path, help="A file, or a folder with files at any depth.")
        parser.add_argument("--unit", required=True, help="The short name of the unit they belong to: payments.")
        parser.add_argument(
            "--audience",
            choices=Audience.values,
            default=Audience.UNIT,
            help="Who may read and find them: those who read the unit's reviews (the default), or the enterprise.",
        )
        parser.add_argument("--dry-run", action="store_true", help="Write nothing; say what would be imported.")

    @failing_in_a_sentence()
    def handle(self, *args: Any, path: Path, unit: str, audience: str, dry_run: bool, **options: Any) -> None:
        """Import it. A failure is one sentence on standard error and status 1."""
        actor = Actor(None, SYSTEM.role, "command")
        left_out: list[LeftOut] = []
        total = Imported()
        try:
            with acting_as(actor):
                unit_id = tenants.unit_named(actor, unit).pk
            for batch in _batches(_pieces(intake.read(path), left_out)):
                done = import_postmortems(
                    actor=actor, unit_id=unit_id, pieces=batch, audience=Audience(audience), dry_run=dry_run
                )
                total += done
                if not dry_run:
                    self._index(actor, done)
                self._progress(total)
        except intake.Unreadable as error:
            raise CommandError(str(error)) from error
        except HubError as error:
            raise CommandError(f"“{unit}”: {error.message}") from error
        self._report(total, left_out, dry_run=dry_run)

    def _index(self, actor: Actor, done: Imported) -> None:
        """Make them findable now, whether a worker runs or not."""
        try:
            actions.index_records(actor=actor, kind=Kind.POSTMORTEM, record_ids=done.written)
        except elasticsearch.Away as error:
            self.stderr.write(f"Elasticsearch does not answer ({error}); a worker will bring its index up to date.")

    def _progress(self, total: Imported) -> None:
        done = len(total.written) + len(total.unchanged)
        if self.stderr.isatty() or done % (10 * BATCH) == 0:
            self.stderr.write(f"{done:,} read", ending="\r" if self.stderr.isatty() else "\n")

    def _report(self, total: Imported, left_out: list[LeftOut], *, dry_run: bool) -> None:
        remarks = [*left_out, *total.remarks]
        for remark in remarks:
            self.stdout.write(str(remark))
        said = "would be" if dry_run else "were"
        self.stdout.write(
            f"{len(total.added):,} {said} added, {len(total.changed):,} {said} brought up to date,"
            f" {len(total.unchanged):,} had not changed, {len(left_out):,} {said} left out."
        )
        if left_out and not (total.written or total.unchanged):
            raise CommandError("Nothing could be imported.")


def _pieces(found: Iterable[Piece | LeftOut], left_out: list[LeftOut]) -> Iterator[Piece]:
    """The pieces; what is none is put aside."""
    for each in found:
        if isinstance(each, Piece):
            yield each
        else:
            left_out.append(each)


def _batches(pieces: Iterator[Piece]) -> Iterator[list[Piece]]:
    while batch := list(islice(pieces, BATCH)):
        yield batch
