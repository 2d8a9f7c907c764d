"""Reads values from the environment, and says in one sentence what is wrong with one."""

from __future__ import annotations

import os
from collections.abc import Collection

from django.core.exceptions import ImproperlyConfigured


def number(variable: str, default: float) -> float:
    """The positive number in `variable`, or the default. Raises ImproperlyConfigured for anything else."""
    text = os.environ.get(variable, "").strip()
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value < 1e6:
        raise ImproperlyConfigured(f"{variable} is “{text}”; it must be a number above 0.")
    return value


def whole_number(variable: str, default: int) -> int:
    """The whole number from 1 on in `variable`, or the default. Raises ImproperlyConfigured for anything else."""
    value = number(variable, default)
    if value != int(value):
        raise ImproperlyConfigured(f"{variable} is “{os.environ[variable].strip()}”; it must be a whole number.")
    return int(value)


def choice(variable: str, default: str, among: Collection[str]) -> str:
    """Which of these words, all in capitals, `variable` holds, or the default. Raises ImproperlyConfigured."""
    text = os.environ.get(variable, "").strip()
    if text and text.upper() not in among:
        raise ImproperlyConfigured(f"{variable} is “{text}”; it must be one of {', '.join(among)}.")
    return text.upper() or default


def words(text: str) -> list[str]:
    """What stands between the commas of a value."""
    return [word.strip() for word in text.split(",") if word.strip()]
