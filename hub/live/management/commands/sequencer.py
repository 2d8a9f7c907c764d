"""`manage.py sequencer`: give events their places until told to stop."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from hub.live import sequencer


class Command(BaseCommand):
    help = "Give recorded events their places in the feed. Run two: one leads, the other takes over."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()

        def end(number: int, frame: FrameType | None) -> None:
            stop.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, end)
        sequencer.run(stop)
