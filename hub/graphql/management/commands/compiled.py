"""`manage.py compiled`: which queries are compiled, and what one of them becomes."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from hub.graphql.compiler.coverage import coverage
from hub.graphql.compiler.explaining import notes
from hub.graphql.documents import Asked, prepare
from hub.graphql.schema import schema
from hub.lib import identity
from hub.lib.commands import failing_in_a_sentence
from tenants.access import actor_named


class Command(BaseCommand):
    """List the queries of pages, examples, tests and benchmarks with why they are not compiled, or explain one."""

    help = "Say which queries are compiled to one SQL statement, and why others are not."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--least", type=float, default=0, help="Fail if fewer are compiled, in percent.")
        parser.add_argument("--all", action="store_true", help="List the compiled ones too.")
        parser.add_argument("--query", help="Show the statement of this query instead.")
        parser.add_argument("--person", help="With --query: run it as this person, and show PostgreSQL's plan.")

    @failing_in_a_sentence()
    def handle(self, *arguments: Any, query: str | None, person: str | None, **options: Any) -> None:
        """List or explain."""
        if query is None:
            self._list(least=options["least"], shows_all=options["all"])
        else:
            self._explain(query, person)

    def _list(self, *, least: float, shows_all: bool) -> None:
        found = coverage(schema, settings.BASE_DIR)
        for each in found:
            if each.reason or shows_all:
                self.stdout.write(f"{each.place}: {each.reason or 'compiled'}")
        compiled = sum(each.reason is None for each in found)
        share = 100 * compiled / max(len(found), 1)
        for reason, count in Counter(each.reason for each in found if each.reason).most_common():
            self.stdout.write(f"{count:5} × {reason}")
        self.stdout.write(f"{compiled} of {len(found)} queries are compiled: {share:.1f} %")
        if share < least:
            raise CommandError(f"Fewer than {least:g} % of the queries are compiled.")

    def _explain(self, query: str, person: str | None) -> None:
        errors = prepare(schema, query).errors
        if errors:
            raise CommandError(errors[0].message)
        if person is None:
            shown = notes(schema, Asked(query), is_explained=False)
        else:
            with identity.acting_as(actor_named(person, through="command")):
                shown = notes(schema, Asked(query))
        if "notCompiled" in shown:
            raise CommandError(f"Not compiled: {shown['notCompiled']}")
        if "executed" in shown:
            self.stdout.write(f"The executor answers {shown['executed']}")
        self.stdout.write(shown["statement"])
        self.stdout.write("\n".join(shown.get("explain", ())))
