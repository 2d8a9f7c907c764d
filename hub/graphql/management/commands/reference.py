"""`manage.py reference`: the API's reference in Markdown."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from hub.graphql.reference import written


class Command(BaseCommand):
    """Print every type of the API with its fields and their descriptions, as /graphql/reference shows them."""

    help = "Print the API's reference in Markdown."
    requires_system_checks = ()

    def handle(self, *arguments: Any, **options: Any) -> None:
        """Print it."""
        self.stdout.write(written(), ending="")
