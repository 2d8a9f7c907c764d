"""Child processes that never outlive the process that started them."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def spawn(
    command: Sequence[str],
    *,
    death_signal: signal.Signals = signal.SIGKILL,
    environment: Mapping[str, str] | None = None,
    directory: Path | None = None,
    output: int | IO[bytes] | None = None,
) -> subprocess.Popen[bytes]:
    """Start `command` in a process group of its own, its standard error joined to its output.

    A group of its own keeps the terminal's Ctrl-C from it: who started it decides the order in which things end.
    On Linux the kernel sends it `death_signal` when the thread that called this dies, even by SIGKILL; so call it
    from a thread that lives as long as the child should. Elsewhere a killed parent leaves its children.
    """
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd=directory,
        env=None if environment is None else {**os.environ, **environment},
        process_group=0,
        preexec_fn=_tether(death_signal),  # noqa: PLW1509 (two system calls; callers have one thread)
    )


def end(process: subprocess.Popen[bytes], signals: Sequence[tuple[signal.Signals, float]]) -> bool:
    """Send the process each signal in turn, waiting so many seconds after each, until it is gone.

    The last resort is SIGKILL to its whole group. Returns whether it could do without.
    """
    for number, patience in signals:
        if process.poll() is not None:
            return True
        process.send_signal(number)
        try:
            process.wait(patience)
            return True
        except subprocess.TimeoutExpired:
            continue
    kill_group(process)
    return False


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL the process and all it started in its group, and collect it."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        process.kill()
    process.wait()


def _tether(death_signal: signal.Signals) -> Callable[[], None] | None:
    if _LIBC is None:
        return None
    libc, parent = _LIBC, os.getpid()

    def tether() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:  # it died between the fork and the call above
            os._exit(1)

    return tether
