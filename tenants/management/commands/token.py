"""`manage.py token`: bearer tokens for the API."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from hub.lib import clock
from hub.lib.commands import failing_in_a_sentence
from hub.lib.errors import NotFound
from hub.lib.identity import Actor, acting_as
from tenants import access, actions
from tenants.models import AccessToken


class Command(BaseCommand):
    """Make, list and revoke a person's tokens, on behalf of that person. Standard output holds the token alone."""

    requires_system_checks = ()  # they load every page and the API first, which takes as long as the start itself
    help = "Print a new bearer token of a person; or list theirs, or revoke one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", metavar="USERNAME", help="Whose token it is.")
        parser.add_argument("--name", default="command line", help="What it is for, to tell it from others.")
        parser.add_argument("--days", type=int, default=90, help="For how long it is valid (90).")
        parser.add_argument(
            "--document",
            metavar="SHA256",
            action="append",
            help="Bind it to this GraphQL document, and no pages; may be said several times.",
        )
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument("--list", action="store_true", help="Show the person's tokens instead.")
        choice.add_argument("--revoke", metavar="HINT", help="End the token that begins so instead.")

    @failing_in_a_sentence()
    def handle(
        self,
        *arguments: Any,
        username: str,
        name: str,
        days: int,
        document: Sequence[str] | None,
        list: bool,
        revoke: str | None,
        **options: Any,
    ) -> None:
        """Do it. A failure is one sentence on standard error and status 1."""
        actor = _actor(username)
        if list:
            self._list(actor)
        elif revoke is not None:
            self.stderr.write(f"Revoked: {_described(actions.revoke_token(actor=actor, hint=revoke))}")
        else:
            valid_for = timedelta(days=min(max(days, 0), actions.LONGEST_VALIDITY.days + 1))
            self.stdout.write(actions.create_token(actor=actor, name=name, valid_for=valid_for, documents=document))
            self.stderr.write(f"“{name}” for {username}, valid for {days} days. It is shown this once.")

    def _list(self, actor: Actor) -> None:
        with acting_as(actor):
            for token in access.tokens(actor):
                self.stdout.write(_described(token))


def _actor(username: str) -> Actor:
    try:
        return access.actor_named(username, through="command")
    except NotFound:
        raise CommandError(f"Nobody is called “{username}” here.") from None


def _described(token: AccessToken) -> str:
    if token.revoked_at:
        state = f"revoked {token.revoked_at:%Y-%m-%d}"
    elif token.expires_at <= clock.now():
        state = f"expired {token.expires_at:%Y-%m-%d}"
    else:
        state = f"valid until {token.expires_at:%Y-%m-%d}"
    return f"{token.hint}…  {state}  {token.name}"
