"""`manage.py administrator`: the first administrator of a hub."""

from __future__ import annotations

import getpass
import os
import sys
from argparse import ArgumentParser
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError

from hub.lib.errors import HubError
from hub.lib.identity import Actor
from tenants.actions.founding import Appointment, appoint_administrator

PASSWORD_VARIABLE: Final = "HUB_ADMINISTRATOR_PASSWORD"
BY_COMMAND: Final = Actor(None, "hub_worker", "command")


class Command(BaseCommand):
    """Make somebody an administrator of the whole enterprise; again, nothing changes."""

    requires_system_checks = ()  # they load every page and the API first, which takes as long as the start itself
    help = (
        "Make somebody an administrator of the whole enterprise, and the person too if there is none with this "
        f"username. Their password is asked for, or taken from {PASSWORD_VARIABLE}; never give it as an argument, "
        "where other users of the machine can read it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", metavar="USERNAME", help="Whom they sign in as.")
        parser.add_argument("--name", default="", help="What people call them (the username).")
        parser.add_argument("--email", default="", help="Where mail reaches them.")
        parser.add_argument(
            "--new-password", action="store_true", help="Set a new password, also for somebody who is there already."
        )

    def handle(self, *arguments: Any, username: str, name: str, email: str, new_password: bool, **options: Any) -> None:
        """Do it. A failure is one sentence on standard error and status 1."""
        try:
            done = appoint_administrator(
                actor=BY_COMMAND,
                username=username,
                password=_password,
                name=name,
                email=email,
                renew_password=new_password,
            )
        except HubError as error:
            raise CommandError(error.message) from error
        except OperationalError as error:
            raise CommandError("The hub's database does not answer: start it, or check its address.") from error
        except ProgrammingError as error:
            raise CommandError("The hub's database is not set up yet: migrate it first.") from error
        self.stdout.write(_told(done))


def _password() -> str:
    given = os.environ.get(PASSWORD_VARIABLE, "")
    if given:
        return given
    if not sys.stdin.isatty():
        raise CommandError(f"There is nobody to ask for a password: put it into {PASSWORD_VARIABLE}.")
    first = getpass.getpass("Password: ")
    if first != getpass.getpass("The same again: "):
        raise CommandError("The two passwords are not the same.")
    return first


def _told(done: Appointment) -> str:
    who = f"{done.person.name} ({done.person.username})"
    password = " Their password was set." if done.has_new_password else ""
    if done.roles:
        return f"{who} administers the whole enterprise now.{password}"
    return f"{who} administers the whole enterprise already.{password or ' Nothing was changed.'}"
