"""The supervisor, with small real programs: their output, their restarts, and their end."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from hub.running.errors import RunningError
from hub.running.supervisor import QUICK_DEATHS_ALLOWED, STOP_PATIENCE, Program, Supervisor
from tests.services.waiting import wait_until


class Terminal:
    """What a person would see."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


@pytest.fixture
def supervisor(terminal: Terminal) -> Iterator[Supervisor]:
    supervisor = Supervisor(terminal.say)
    yield supervisor
    supervisor.stop()


def program(name: str, source: str, **environment: str) -> Program:
    return Program(name, [sys.executable, "-c", source], environment)


def tick_until(supervisor: Supervisor, condition: Callable[[], bool], seconds: float = 15) -> None:
    def tick() -> bool:
        supervisor.tick()
        return condition()

    wait_until(tick, what="the supervisor", timeout=timedelta(seconds=seconds))


def test_lines_of_several_programs_have_their_names_before_them(supervisor: Supervisor, terminal: Terminal) -> None:
    source = "import os, sys, time; print('hello', os.environ['WHO']); print('w', file=sys.stderr); time.sleep(60)"

    supervisor.start(program("web", source, WHO="web"))
    supervisor.start(program("worker", source, WHO="worker"), after=0.3)
    tick_until(supervisor, lambda: len(terminal.lines) == 4)

    assert sorted(terminal.lines) == [
        "web       | hello web",
        "web       | w",
        "worker    | hello worker",
        "worker    | w",
    ]


def test_a_line_in_pieces_long_or_not_text_is_shown_whole(supervisor: Supervisor, terminal: Terminal) -> None:
    source = (
        "import sys, time\n"
        "for piece in (b'one ', b'line\\n', b'\\xff\\n', b'x' * 200_000 + b'\\n', b'no end'):\n"
        "    sys.stdout.buffer.write(piece); sys.stdout.buffer.flush(); time.sleep(0.05)"
    )

    supervisor.run(program("demo", source))

    shown = [line.removeprefix("demo      | ") for line in terminal.lines]
    assert shown[:2] == ["one line", "\ufffd"]
    assert "".join(shown[2:-1]) == "x" * 200_000
    assert shown[-1] == "no end"


def test_a_step_that_fails_ends_in_its_last_words(supervisor: Supervisor) -> None:
    with pytest.raises(RunningError, match="The step “migrate” failed: no such table"):
        supervisor.run(program("migrate", "import sys; print('no such table'); sys.exit(3)"))


def test_a_quiet_step_speaks_only_when_it_fails(supervisor: Supervisor, terminal: Terminal) -> None:
    supervisor.run(program("migrate", "print('applied')"), quiet=True)
    assert terminal.lines == []

    with pytest.raises(RunningError):
        supervisor.run(program("migrate", "import sys; print('first'); sys.exit('second')"), quiet=True)
    assert terminal.lines == ["migrate   | first", "migrate   | second"]


def test_a_program_that_dies_is_started_again(supervisor: Supervisor, terminal: Terminal, tmp_path: Path) -> None:
    tally = tmp_path / "tally"
    source = f"import os, time; open({str(tally)!r}, 'a').write('.'); print(os.getpid()); time.sleep(60)"
    supervisor.start(program("web", source))
    tick_until(supervisor, lambda: len(terminal.lines) == 1)

    psutil.Process(int(terminal.lines[0].split()[-1])).kill()
    tick_until(supervisor, lambda: tally.read_text() == "..")

    assert "web ended by SIGKILL; it starts again in 0.5 s." in terminal.lines


def test_a_program_that_cannot_start_ends_the_hub_with_a_sentence(supervisor: Supervisor, terminal: Terminal) -> None:
    supervisor.start(program("worker", "import sys; sys.exit('no such module')"))

    with pytest.raises(RunningError, match=r"“worker” ended 5 times .* with status 1; it said: no such module"):
        tick_until(supervisor, lambda: False, seconds=30)

    waits = [line.split()[-2] for line in terminal.lines if "starts again" in line]
    assert waits == ["0.5", "1", "2", "4"]
    assert len(waits) == QUICK_DEATHS_ALLOWED - 1


def test_stopping_lets_programs_finish_and_shows_their_last_words(terminal: Terminal) -> None:
    source = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('bye'), sys.exit(0)))\n"
        "print('up'); time.sleep(60)"
    )
    others = psutil.Process().children()
    supervisor = Supervisor(terminal.say)
    supervisor.start(program("web", source))
    supervisor.start(program("worker", source))
    tick_until(supervisor, lambda: len(terminal.lines) == 2)

    supervisor.stop()

    assert sorted(terminal.lines[2:]) == ["web       | bye", "worker    | bye"]
    assert psutil.Process().children() == others


def test_stopping_ends_the_deaf_and_what_they_started(terminal: Terminal) -> None:
    source = (
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(child.pid); time.sleep(60)"
    )
    supervisor = Supervisor(terminal.say)
    supervisor.start(program("web", source))
    tick_until(supervisor, lambda: len(terminal.lines) == 1)
    grandchild = int(terminal.lines[0].split()[-1])

    began = time.monotonic()
    supervisor.stop()

    assert time.monotonic() - began < STOP_PATIENCE + 2
    assert terminal.lines[-1] == "web did not end when asked, and was killed."
    wait_until(
        lambda: not psutil.pid_exists(grandchild) or psutil.Process(grandchild).status() == psutil.STATUS_ZOMBIE,
        what="the grandchild to be gone",
    )


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_programs_end_with_a_supervisor_that_is_killed() -> None:
    source = """
import sys, time
from hub.running.supervisor import Program, Supervisor
supervisor = Supervisor(lambda line: print(line, flush=True))
supervisor.start(Program("web", [sys.executable, "-c", "import os, time; print(os.getpid()); time.sleep(60)"]))
while True:
    supervisor.tick()
"""
    process = subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    child = psutil.Process(int(process.stdout.readline().split()[-1]))

    process.kill()
    process.communicate()

    wait_until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, what="the program to end")
