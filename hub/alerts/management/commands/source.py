"""`manage.py source`: a new alert source, with the address that its sender needs."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from hub.alerts import actions
from hub.alerts.models import SourceKind
from hub.catalog import access as catalog
from hub.incidents.models import Severity
from hub.lib.commands import failing_in_a_sentence
from hub.lib.errors import NotFound
from hub.lib.identity import SYSTEM, Actor, acting_as
from tenants import access as tenants


class Command(BaseCommand):
    """Make a source and print, once, where it sends to and with which key."""

    requires_system_checks = ()  # they load every page and the API first, which takes as long as the start itself
    help = "Make an alert source of a unit, and print the address (and routing key) to give to the sender."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Unit, kind and name; the rest has sensible defaults."""
        parser.add_argument("unit", metavar="UNIT", help="The unit's short name, such as payments.")
        parser.add_argument("kind", metavar="KIND", choices=SourceKind.values, help=" or ".join(SourceKind.values))
        parser.add_argument("name", metavar="NAME", help="What people call the source.")
        parser.add_argument(
            "--leave-open", action="store_true", help="Leave it to people to resolve incidents when alerts are over."
        )
        parser.add_argument(
            "--severity", choices=Severity.values, default=Severity.SEV3, help="Of alerts that say nothing themselves."
        )
        parser.add_argument("--service", help="The short name of the service of alerts that name none.")

    @failing_in_a_sentence()
    def handle(
        self,
        *arguments: Any,
        unit: str,
        kind: str,
        name: str,
        leave_open: bool,
        severity: str,
        service: str | None,
        **options: Any,
    ) -> None:
        """Make it. A failure is one sentence on standard error and status 1."""
        actor = Actor(None, SYSTEM.role, "command")
        with acting_as(actor):
            made = actions.create_alert_source(
                actor=actor,
                unit_id=tenants.unit_named(actor, unit).pk,
                kind=SourceKind(kind),
                name=name,
                resolves_incidents=not leave_open,
                default_severity=Severity(severity),
                default_service_id=_service_id(actor, service),
            )
        self.stdout.write(f"Address      {made.address}")
        if made.source.kind == SourceKind.EVENTS_V2:
            self.stdout.write(f"Routing key  {made.key}")
        self.stdout.write("This is shown once: whoever knows it can open incidents.")


def _service_id(actor: Actor, slug: str | None) -> int | None:
    if slug is None:
        return None
    found = catalog.services_named(actor, [slug]).get(slug)
    if found is None or found.service is None:
        raise NotFound("service")
    return found.service.id
