"""Files for spreadsheets: CSV, in which no word is taken for a formula."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from django.http import HttpResponse
from django.utils import timezone

CONTENT_TYPE: Final = "text/csv; charset=utf-8"
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What spreadsheets take for the beginning of a formula, or for the end of a cell before one (OWASP, CSV injection)."""


def cell(value: Any) -> str:
    """The value as text for a spreadsheet. Words that it would take for a formula begin with an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(timespec="seconds")
    if isinstance(value, int | float | Decimal | time | timedelta):
        return str(value)
    if isinstance(value, dict):
        text = json.dumps(value, ensure_ascii=False, default=str)
    elif isinstance(value, list | tuple | set | frozenset):
        text = "; ".join(str(each) for each in value)
    else:
        text = str(value)
    text = text.replace("\x00", "")
    return f"'{text}" if text.lstrip(" \u00a0").startswith(FORMULA) else text


def written(rows: Iterable[Sequence[str]]) -> str:
    """The lines of these cells."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def headers(name: str) -> dict[str, str]:
    """By what a browser keeps an answer as the file of this name, and nowhere else."""
    return {
        "Content-Disposition": f'attachment; filename="{name}.csv"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }


def spreadsheet(name: str, rows: Iterable[Iterable[Any]]) -> HttpResponse:
    """A file of few rows.

    Args:
        name: without its ending.
        rows: the first of them the names of the columns.
    """
    return HttpResponse(
        written([cell(value) for value in row] for row in rows), content_type=CONTENT_TYPE, headers=headers(name)
    )
