"""A real HTTP receiver that keeps the JSON posted to it and answers as told."""

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from tests.services.waiting import wait_until


@dataclass(frozen=True)
class ReceivedPost:
    """What was posted, and when it was read, in seconds since 1970."""

    path: str
    headers: Mapping[str, str]
    body: Any
    at: float


class WebhookReceiver:
    """Listens from construction to `close()`. Set `status` to make it answer something other than 200."""

    def __init__(self) -> None:
        self.status = 200
        self.posts: list[ReceivedPost] = []
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="webhooks", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def wait_for(self, count: int, *, timeout: timedelta = timedelta(seconds=10)) -> list[ReceivedPost]:
        """All posts, as soon as there are `count` of them.

        Raises:
            TimeoutError: there are fewer after that time.
        """
        wait_until(lambda: len(self.posts) >= count, what=f"{count} posts", timeout=timeout)
        return list(self.posts)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                receiver.posts.append(ReceivedPost(self.path, dict(self.headers), json.loads(body), time.time()))
                self.send_response(receiver.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments: object) -> None:
                """Stay silent: a test reads `posts`."""

        return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    """Workers knock many at a time; whom there is no room for would come again after a second."""
