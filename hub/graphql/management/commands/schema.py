"""`manage.py schema`: the printed schema and its changelog, which are committed and compared."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

from hub.graphql.changes import HEAD, NOTHING, listed, with_section
from hub.graphql.schema import printed
from hub.lib import clock

FOLDER: Final = Path(__file__).resolve().parents[2]
PRINTED: Final = FOLDER / "schema.graphql"
RELEASED: Final = FOLDER / "released.graphql"
CHANGELOG: Final = FOLDER / "CHANGELOG.md"


class Command(BaseCommand):
    """Print the schema, and list in its changelog what has changed since the last release; or compare, or release."""

    help = "Write hub/graphql/schema.graphql and the changelog's first section anew."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument("--check", action="store_true", help="Only compare, and fail if there is a difference.")
        choice.add_argument("--release", action="store_true", help="Date what has changed, and begin a new section.")

    def handle(self, *arguments: Any, check: bool, release: bool, **options: Any) -> None:
        """Write or compare."""
        text = printed()
        changelog = with_section(CHANGELOG.read_text(), listed(RELEASED.read_text(), text))
        if check:
            if not PRINTED.exists() or PRINTED.read_text() != text:
                raise CommandError("hub/graphql/schema.graphql is not the schema: run `manage.py schema`.")
            if CHANGELOG.read_text() != changelog:
                raise CommandError("hub/graphql/CHANGELOG.md lacks what has changed: run `manage.py schema`.")
            return
        PRINTED.write_text(text)
        if release:
            RELEASED.write_text(text)
            dated = f"## {clock.now():%Y-%m-%d}\n"
            changelog = changelog.replace(HEAD, f"{HEAD}\n{NOTHING}\n{dated}", 1)
        CHANGELOG.write_text(changelog)
