"""The peers on Node: installed once by npm into an ignored folder, and run beside the hub."""

from __future__ import annotations

import hashlib
import http.client
import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from django.conf import settings

from hub.config.databases import embedded_address
from hub.config.secrets import load_secrets
from tests.services.process import ServerProcess, free_port

FOLDER: Final = Path(__file__).parent / "peers"
INSTALLING: Final = 300  # seconds
STARTING: Final = timedelta(seconds=90)


class Missing(Exception):
    """Something that a measurement needs is not on this machine; the message says what."""


def needed(program: str) -> str:
    """The path of a program. Raises `Missing`."""
    found = shutil.which(program)
    if found is None:
        raise Missing(f"{program} is not installed")
    return found


def installed() -> Path:
    """Node, of the pinned version, with the peers' packages beside it. Raises `Missing`."""
    stamp = FOLDER / "node_modules" / ".of-package-json"
    wanted = hashlib.sha256((FOLDER / "package.json").read_bytes()).hexdigest()
    node = FOLDER / "node_modules" / ".bin" / "node"
    if not (stamp.is_file() and stamp.read_text() == wanted and node.exists()):
        command = [needed("npm"), "install", "--no-audit", "--no-fund", "--no-package-lock"]
        try:
            subprocess.run(command, cwd=FOLDER, check=True, capture_output=True, text=True, timeout=INSTALLING)
        except subprocess.CalledProcessError as error:
            raise Missing(f"npm could not install the peers: {error.stderr.strip().splitlines()[-1:]}") from None
        except subprocess.TimeoutExpired:
            raise Missing("npm could not install the peers in five minutes") from None
        stamp.write_text(wanted)
    return node


@contextmanager
def running(script: str, directory: Path, ready: bytes, **environment: str) -> Iterator[str]:
    """A peer's address. It is ready when it answers the GraphQL body `ready`, or anything at all for an empty one."""
    port = free_port()
    process = ServerProcess(
        [str(installed()), str(FOLDER / script)],
        log=directory / f"{script}-{port}.log",
        environment={"PORT": str(port), **environment},
    )

    def answers() -> bool:
        posted(f"127.0.0.1:{port}", "/graphql" if ready else "/", ready, {"x-user-id": "0"})
        return True

    process.start(ready=answers, timeout=STARTING)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.stop()


def posted(host: str, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """What the server at `host` answers. Raises `OSError` while it does not."""
    connection = http.client.HTTPConnection(host, timeout=60)
    try:
        connection.request("POST", path, body, {"Content-Type": "application/json", **headers})
        return connection.getresponse().read()
    finally:
        connection.close()


def database_url(database: str) -> str:
    """The address of a database of the tests' server with the application's login, for programs that want a URL."""
    address = embedded_address(settings.DATA_DIR, "hub_app", load_secrets(settings.DATA_DIR).app_password, database)
    login = f"{address.user}:{quote(address.password, safe='')}"
    return f"postgres://{login}@{quote(address.host, safe='')}:{address.port}/{address.name}"


def load(url: str, body: Mapping[str, Any], headers: Sequence[str], directory: Path, seconds: int) -> float:
    """Requests a second that the server carries with eight connections. Raises `RuntimeError` where some fail."""
    (directory / "body.json").write_text(json.dumps(body))
    (directory / "headers.txt").write_text("\n".join(headers) + "\n")
    script = str(Path(__file__).with_name("load.lua"))
    command = [needed("wrk"), "-t1", "-c8", f"-d{seconds}s", "-s", script, url, "--"]
    done = subprocess.run(
        [*command, str(directory / "body.json"), str(directory / "headers.txt")],
        capture_output=True,
        text=True,
        check=True,
    )
    figures = json.loads(done.stdout.strip().splitlines()[-1])
    if figures["failed"]:
        raise RuntimeError(f"{figures['failed']} requests to {url} failed")
    return float(figures["rps"])
