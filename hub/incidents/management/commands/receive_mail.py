"""`manage.py receive_mail`: take one mail from the standard input, as a mail server pipes it to a program."""

from __future__ import annotations

import sys
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandParser
from django.db import OperationalError

from hub.incidents.actions.replying import receive_reply
from hub.incidents.pages.replying import LARGEST

LATER: Final = 75
"""EX_TEMPFAIL of sysexits.h: the mail server keeps the mail and tries again."""


class Command(BaseCommand):
    requires_system_checks = ()  # they load every page and the API first, which takes as long as the mail itself
    help = "Take one mail from the standard input: a reply to a page acknowledges it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("recipient", nargs="*", help="for whom it came; read from its headers otherwise")

    def handle(self, *args: Any, **options: Any) -> None:
        mail = sys.stdin.buffer.read(LARGEST)
        try:
            self.stdout.write(receive_reply(mail=mail, recipients=options["recipient"]).value)
        except OperationalError as error:
            self.stderr.write(f"The database cannot be reached: {error}")
            sys.exit(LATER)
