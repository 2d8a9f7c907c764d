"""The style page, and views that fail in each way a page can."""

from collections.abc import Callable

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DataError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from hub.lib.errors import Conflict, Forbidden, NotFound, TooMany, Unauthenticated
from hub.web.urls import style_urls


def raising(error: Exception) -> Callable[[HttpRequest], HttpResponse]:
    def view(request: HttpRequest) -> HttpResponse:
        raise error

    return view


urlpatterns = [
    *style_urls,
    path("sign-in", raising(AssertionError()), name="sign-in"),
    path("read", require_safe(raising(AssertionError()))),
    path("conflict", raising(Conflict("PAY-1 was acknowledged by Elena Petrova a moment ago."))),
    path("forbidden", raising(Forbidden("Only the commander resolves an incident."))),
    path("missing", raising(NotFound("incident"))),
    path("too-many", raising(TooMany("Ten incidents were declared within a minute."))),
    path("nobody", raising(Unauthenticated("Sign in first."))),
    path("denied", raising(PermissionDenied())),
    path("garbled", raising(SuspiciousOperation())),
    path("unfit", raising(DataError())),
    path("too-far", raising(OverflowError())),
    path("too-large", raising(RequestDataTooBig())),
    path("no-database", raising(OperationalError())),
    path("broken", raising(ZeroDivisionError())),
]
