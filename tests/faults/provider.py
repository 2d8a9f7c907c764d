"""Where the hub's webhooks arrive: a server that answers, or fails as providers do, and keeps what it took."""

from __future__ import annotations

import json
import random
import re
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, Self

from tests.faults.judging import Arrival, Slot

_TRIGGERS: Final = {
    "nobody has acknowledged it": "not_acknowledged",
    "not mitigated": "not_mitigated",
    "it was escalated by hand": "by_hand",
}
_SUBJECT: Final = re.compile(rf"(Fault \d+\.\d+): ({'|'.join(_TRIGGERS)})")
_CALLED: Final = re.compile(r"\bCalled: +(among the first|after )")
_INCIDENT: Final = re.compile(r"Fault \d+\.\d+")
_STEP: Final = re.compile(r"by step (\d+) of")


class Provider:
    """Listens from construction to `close()`; while `is_unwell` it fails in one of the ways that providers have."""

    def __init__(self, dice: random.Random, *, patience: float) -> None:
        """`patience` is how many seconds the hub waits for an answer."""
        self.is_unwell = False
        self.arrivals: list[Arrival] = []
        self.failures = 0
        self._dice = dice
        self._patience = patience
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self.address = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.1,), name="provider", daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _take(self, person: str, headers: Mapping[str, str], body: Mapping[str, str], *, is_answered: bool) -> None:
        slot = _slot_of(body["title"], " ".join(body["message"].split()))
        if slot is None:
            return  # the demonstration's people are told of other things too
        key = headers.get("Idempotency-Key") or f"nameless {len(self.arrivals)}"
        self.arrivals.append(Arrival(slot, person, key, time.monotonic(), is_answered))

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
                person = self.path.split("/")[-1]
                fate = provider._dice.random() if provider.is_unwell else 1.0
                if fate < 0.3:
                    provider.failures += 1
                if fate < 0.15:
                    self._answer(503)
                elif fate < 0.22:
                    time.sleep(provider._patience * 1.5)  # and nothing is taken
                    self.close_connection = True
                elif fate < 0.3:
                    provider._take(person, dict(self.headers), body, is_answered=False)
                    self.close_connection = True  # taken, and nobody hears of it
                else:
                    provider._take(person, dict(self.headers), body, is_answered=True)
                    self._answer(200)

            def _answer(self, status: int) -> None:
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments: object) -> None:
                """Stay silent."""

        return Handler


def _slot_of(title: str, text: str) -> Slot | None:
    """What a page is for, as it says itself; None for another message."""
    called = _CALLED.search(text)
    if called is not None and (incident := _INCIDENT.search(text)) is not None:
        return Slot(incident[0], "phone_tree", 1 if called[1] == "among the first" else 2)
    subject, step = _SUBJECT.search(title), _STEP.search(text)
    return None if subject is None or step is None else Slot(subject[1], _TRIGGERS[subject[2]], int(step[1]))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever was killed while it was answered hears nothing."""
