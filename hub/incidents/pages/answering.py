"""A page is acknowledged from a mail, without signing in: the link shows one button, and pressing it acknowledges."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from hub.delivery import access, answering
from hub.incidents.actions.paging import acknowledge_page
from hub.lib.errors import HubError
from hub.lib.identity import acting_as, person
from hub.web.secret_addresses import kept_secret
from tenants import access as tenants


@require_http_methods(["GET", "HEAD", "POST"])
def acknowledge(request: HttpRequest, token: str) -> HttpResponse:
    """What the link is about, with a button; programs that follow links change nothing, since it takes a POST.

    A link that is forged, too old or for somebody who has left is simply not there.
    """
    found = answering.read(token)
    if found is None:
        return _answer(request, {"is_gone": True}, status=404)
    key, person_id = found
    actor = person(person_id, through="mail")
    try:
        with acting_as(actor):
            tenants.person_for(actor, person_id)
            message = access.message_of_key(actor, key)
            if request.method == "POST":
                message = acknowledge_page(actor=actor, message_id=message.pk)
            return _answer(request, {"message": message})
    except HubError as error:
        return _answer(request, {"is_gone": True}, status=error.status)


def _answer(request: HttpRequest, context: dict[str, object], status: int = 200) -> HttpResponse:
    return kept_secret(render(request, "delivery/acknowledge.html", context, status=status))


acknowledge.manages_identity = True  # type: ignore[attr-defined]
