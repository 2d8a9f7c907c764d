"""A real Redis server that keeps nothing on disk."""

from datetime import timedelta
from pathlib import Path
from typing import Self

from redis import Redis
from redis.exceptions import RedisError

from tests.services.process import ServerProcess, on_free_port

IN_MEMORY = ("--save", "", "--appendonly", "no", "--daemonize", "no")


class RedisServer:
    """Runs from construction to `close()`; `process` can be stopped, paused and started again to test its absence."""

    def __init__(self, *, program: str, directory: Path, port: int) -> None:
        self.port = port
        self.url = f"redis://127.0.0.1:{port}/0"
        self.process = ServerProcess(
            [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(directory), *IN_MEMORY],
            log=directory / "redis.log",
        )
        self.start()

    @classmethod
    def on_free_port(cls, *, program: str, directory: Path) -> Self:
        return on_free_port(lambda port: cls(program=program, directory=directory, port=port))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def start(self) -> None:
        """Start it, again on the same port if it was stopped; what it held is gone."""
        self.process.start(ready=self._answers)

    def client(self, *, timeout: timedelta = timedelta(seconds=5)) -> Redis:
        """A connection of the caller's own, to close after use; an answer that takes longer is an error."""
        return Redis.from_url(self.url, decode_responses=True, socket_timeout=timeout.total_seconds())

    def empty(self) -> None:
        """Drop all it holds."""
        with self.client() as client:
            client.flushall()

    def close(self) -> None:
        self.process.stop()

    def _answers(self) -> bool:
        """Whether it answers, and is this one: another server may have taken the port first."""
        try:
            with self.client() as client:
                return bool(client.info("server")["process_id"] == self.process.pid)
        except RedisError:
            return False
