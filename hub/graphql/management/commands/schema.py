"""`manage.py schema`: the printed schema, which is committed and compared."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from hub.graphql.schema import printed

PRINTED = Path(__file__).resolve().parents[2] / "schema.graphql"


class Command(BaseCommand):
    """Print the schema into hub/graphql/schema.graphql, or say that the file is another one."""

    help = "Write hub/graphql/schema.graphql anew."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="Only compare, and fail if there is a difference.")

    def handle(self, *arguments: Any, check: bool, **options: Any) -> None:
        """Write or compare."""
        text = printed()
        if not check:
            PRINTED.write_text(text)
        elif not PRINTED.exists() or PRINTED.read_text() != text:
            raise CommandError("hub/graphql/schema.graphql is not the schema: run `manage.py schema`.")
