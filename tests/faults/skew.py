"""A clock that can be set, for processes that are started with it: what it says, never how much time passes."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Final

_VARIABLES: Final = ("LD_PRELOAD", "HUB_FAULTS_SKEW")
_SOURCE: Final = Path(__file__).with_name("skew.c")


class Skew:
    """Whatever this process starts from construction to `close()` reads a clock that `set` sets, at once.

    The directory must be one that PostgreSQL's account can read.
    """

    def __init__(self, compiler: str, directory: Path) -> None:
        library, self._file = directory / "skew.so", directory / "skew"
        subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", library, _SOURCE], check=True)
        library.chmod(0o755)
        self.set(0)
        self._file.chmod(0o644)
        os.environ.update(zip(_VARIABLES, (str(library), str(self._file)), strict=True))

    def set(self, seconds: int) -> None:
        """Let the clock say so many seconds more than this machine's."""
        descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT, 0o644)
        try:
            os.pwrite(descriptor, struct.pack("=q", seconds), 0)
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """Start processes with the machine's clock again."""
        for variable in _VARIABLES:
            os.environ.pop(variable, None)


def compiler() -> str | None:
    """What a settable clock is made with, if this machine has it."""
    return shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
