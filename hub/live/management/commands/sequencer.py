"""`manage.py sequencer`: give events their places until told to stop."""

from __future__ import annotations

import logging
import os
import signal
import sys
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connections

from hub.lib import garbage
from hub.live import sequencer


class Command(BaseCommand):
    requires_system_checks = ()  # they load every page and the API first, which takes as long as the start itself
    help = "Give recorded events their places in the feed. Run two: one leads, the other takes over."

    def handle(self, *args: Any, **options: Any) -> None:
        # A plain flag: an event's own lock may be held by the very code that the signal interrupts.
        self.is_stopping = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        garbage.settle()
        sequencer.run(lambda: self.is_stopping)
        connections.close_all()
        logging.shutdown()
        sys.stdout.flush()
        # An ordinary end takes the interpreter apart first, for seconds on a busy machine, while the other one waits.
        os._exit(0)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.is_stopping = True
