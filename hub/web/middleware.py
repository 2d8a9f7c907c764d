"""Runs each view as the person who asks, and turns the hub's errors into pages."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import RequestDataTooBig
from django.db import DataError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import SimpleTemplateResponse
from django.utils import timezone

from hub.lib import identity
from hub.lib.errors import HubError, Unauthenticated
from hub.web.errors import error_page
from tenants.middleware import actor_of_request

logger = logging.getLogger(__name__)


class ErrorPages:
    """Middleware: an error of `hub.lib.errors` that leaves a view becomes its page, or a toast for htmx, and so does a
    method that the view does not take.

    Endpoints that answer in JSON (GraphQL, ingestion) map errors themselves and never raise them this far.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed):
            taken = response["Allow"]
            page = error_page(request, 405, f"This address takes {taken} alone, and what was sent is {request.method}.")
            page["Allow"] = taken
            return page
        return response

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
        if isinstance(exception, DataError | OverflowError):
            # What was sent is nothing that a column holds or that can be reckoned with: the character U+0000, or the
            # calendar's last day.
            logger.error("A value could not be taken", exc_info=exception)
            return error_page(request, 400)
        return None


class ActingViews(ErrorPages):
    """Middleware, the innermost: each view runs, and its response is rendered, in one transaction on behalf of whoever
    asks, in their time zone.

    Nobody signed in means no identity: such a view can read what has no scope (the sign-in page, health) and the
    database refuses the rest. A view with the attribute `manages_identity` binds it itself.
    """

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        if getattr(view, "manages_identity", False) or not request.user.is_authenticated:
            return None
        try:
            actor = actor_of_request(request)
            with timezone.override(ZoneInfo(request.user.time_zone)), identity.acting_as(actor):
                response: HttpResponse = view(request, *args, **kwargs)
                # A lazy template would otherwise read the database after the transaction has ended.
                if isinstance(response, SimpleTemplateResponse) and not response.is_rendered:
                    response = response.render()
            return response
        except Exception as error:
            # Django offers a view's exceptions to `process_exception`, but not those of `process_view`. Both the
            # page and the sentence are made outside the transaction, which the error has rolled back.
            page = self.process_exception(request, error)
            if page is None:
                raise
            return page
