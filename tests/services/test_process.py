"""Servers start or say why not, and none outlives the test run."""

import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from tests.services.availability import require
from tests.services.process import ServerDidNotStart, ServerProcess
from tests.services.waiting import wait_until

ROOT = Path(__file__).parents[2]

HOLD_REDIS = """
import sys, tempfile, time
from pathlib import Path
from tests.services.redis import RedisServer

server = RedisServer.on_free_port(program=sys.argv[1], directory=Path(tempfile.mkdtemp(dir=sys.argv[2])))
print(server.process.pid, flush=True)
time.sleep(60)
"""

HOLD_CHROMIUM = """
import os, sys, time
import psutil
from tests.services.chromium import Chromium

with Chromium(program=sys.argv[1]):  # as a run's own fixture: what interrupts a run lets it close its browser
    print(*[child.pid for child in psutil.Process(os.getpid()).children(recursive=True)], flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize(("script", "service"), [(HOLD_REDIS, "redis"), (HOLD_CHROMIUM, "chromium")])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_servers_end_with_a_test_run_that_is_killed(
    script: str, service: str, number: signal.Signals, tmp_path: Path
) -> None:
    program = require(service)  # type: ignore[arg-type]
    run = subprocess.Popen(
        [sys.executable, "-c", script, program, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert run.stdout is not None
    servers = [psutil.Process(int(pid)) for pid in run.stdout.readline().split()]
    assert servers

    run.send_signal(number)
    run.communicate(timeout=60)

    wait_until(lambda: not any(map(is_alive, servers)), what="its servers to end", timeout=timedelta(seconds=10))


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_server_that_ends_says_why(tmp_path: Path) -> None:
    process = ServerProcess(["sh", "-c", "echo the port is taken; exit 3"], log=tmp_path / "log")

    with pytest.raises(ServerDidNotStart, match=r"(?s)sh ended with status 3.*the port is taken"):
        process.start(ready=lambda: False)


def test_a_server_that_never_answers_is_ended_with_its_children(tmp_path: Path) -> None:
    process = ServerProcess(["sh", "-c", "sleep 30 & echo $!; wait"], log=tmp_path / "log")

    with pytest.raises(ServerDidNotStart, match=r"waited 0.3 s in vain for sh to answer"):
        process.start(ready=lambda: False, timeout=timedelta(seconds=0.3))

    child = int((tmp_path / "log").read_text())
    wait_until(lambda: not psutil.pid_exists(child) or not is_alive(psutil.Process(child)), what="the child to end")
    assert not process.running
