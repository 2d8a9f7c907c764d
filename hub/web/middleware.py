"""Turns the hub's errors into pages, so that no page catches them itself."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse

from hub.lib.errors import HubError, Unauthenticated
from hub.web.errors import error_page

logger = logging.getLogger(__name__)


class ErrorPagesMiddleware:
    """Middleware: an error of `hub.lib.errors` that leaves a view becomes its page, or a toast for htmx.

    Endpoints that answer in JSON (GraphQL, ingestion) map errors themselves and never raise them this far.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Unauthenticated):
            return redirect_to_login(request.get_full_path())
        if isinstance(exception, HubError):
            return error_page(request, exception.status, exception.message)
        if isinstance(exception, RequestDataTooBig):
            return error_page(request, 413)
        if isinstance(exception, OperationalError | InterfaceError):
            logger.error("The database did not answer", exc_info=exception)
            return error_page(request, 503)
        return None
