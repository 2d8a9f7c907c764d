"""A call is answered from any phone, without signing in, with the code that came with it."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from hub.lib.errors import NotFound
from hub.lib.identity import acting_as, person
from hub.reach import actions
from hub.reach.codes import TooManyGuesses, answered
from hub.web.secret_addresses import kept_secret
from tenants import access as tenants

WRONG = "Nobody was called with this code, or it is too old. Read it once more."
TOO_MANY = "Too many codes from here were wrong. Wait ten minutes, or sign in and answer in the incident's room."


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, code: str = "") -> HttpResponse:
    """A form for the code, filled in by the link that came with it; and by POST, the answer.

    Programs that follow links change nothing, since it takes a POST, and a GET looks no code up.
    """
    if request.method != "POST":
        return _answer(request, {"code": code})
    given = request.POST.get("code", "")[:40]
    with transaction.atomic():
        found = answered(given, f"address:{request.META.get('REMOTE_ADDR', '')}")
    if isinstance(found, TooManyGuesses):
        return _answer(request, {"refusal": TOO_MANY}, status=429)
    if found is None:
        return _answer(request, {"refusal": WRONG, "code": given}, status=404)
    actor = person(found.person_id, through="call")
    try:
        with acting_as(actor):
            tenants.person_for(actor, found.person_id)
            if found.call_id is None:
                return _answer(request, {"probe": actions.confirm_drill(actor=actor, probe_id=found.probe_id or 0)})
            call = actions.acknowledge_call(actor=actor, call_id=found.call_id)
            message = call.message
            about = {"path": message.path, "reference": message.reference} if message else {}
            return _answer(request, {"call": call, **about})
    except NotFound:
        return _answer(request, {"refusal": WRONG, "code": given}, status=404)


def _answer(request: HttpRequest, context: dict[str, object], status: int = 200) -> HttpResponse:
    return kept_secret(render(request, "reach/answer.html", context, status=status))


answer.manages_identity = True  # type: ignore[attr-defined]
