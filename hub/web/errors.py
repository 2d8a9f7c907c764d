"""Errors as pages. Django's own handlers find the same templates (`404.html` and so on) by their names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

RETRY_SECONDS = {429: 300, 503: 30}
STATUSES = frozenset({400, 403, 404, 405, 409, 413, 429, 500, 503})


def error_page(request: HttpRequest, status: int, message: str = "", *, page: str = "") -> HttpResponse:
    """A page that says what is wrong, why, and what to do now.

    A request that htmx made gets the sentence alone as plain text, which `app.js` shows as a toast.

    Args:
        status: one of `STATUSES`; another one is shown with the words of 400 or 500 under its own number.
        message: one sentence instead of the status' usual explanation.
        page: a template's name without its suffix, where the status has more pages than one.
    """
    if request.headers.get("HX-Request") == "true" and message:
        response = HttpResponse(message, status=status, content_type="text/plain; charset=utf-8")
    else:
        known = status if status in STATUSES else 500 if status >= 500 else 400
        response = render(request, f"{page or known}.html", {"message": message}, status=status)
    if status in RETRY_SECONDS:
        response["Retry-After"] = str(RETRY_SECONDS[status])
    return response


def locked_out(
    request: HttpRequest, response: HttpResponse | None, credentials: Mapping[str, Any] | None
) -> HttpResponse:
    """What django-axes answers after too many failed sign-ins: `AXES_LOCKOUT_CALLABLE`."""
    pause: timedelta = settings.AXES_COOLOFF_TIME
    page = error_page(
        request,
        429,
        f"Sign-in is paused for this name after several wrong passwords, until {pause // timedelta(minutes=1)} minutes"
        " after the last of them.",
    )
    page["Retry-After"] = str(pause // timedelta(seconds=1))
    return page
