"""What runs on a data directory, as the operating system tells it."""

from __future__ import annotations

from pathlib import Path

import psutil


def servers_on(directory: Path) -> list[psutil.Process]:
    """PostgreSQL's processes whose files are in the data directory."""
    return [process for process in psutil.process_iter() if _works_in(process, directory / "postgres")]


def processes_of(directory: Path) -> list[psutil.Process]:
    """Every process that was told to use the data directory, or works in it."""
    return [process for process in psutil.process_iter() if _belongs_to(process, directory)]


def _works_in(process: psutil.Process, directory: Path) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()) == directory
    except (psutil.Error, OSError):
        return False


def _belongs_to(process: psutil.Process, directory: Path) -> bool:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return process.environ().get("HUB_DATA_DIR") == str(directory) or Path(process.cwd()).is_relative_to(directory)
    except (psutil.Error, OSError):
        return False
