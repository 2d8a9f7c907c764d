"""A unit's call list as a page to print."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from hub.escalation.call_lists import call_list
from hub.lib.identity import Actor
from hub.web.signing_in import reading_page
from tenants import access as tenants


@reading_page
def show(request: HttpRequest, actor: Actor, slug: str) -> HttpResponse:
    """The list, as far as the reader may see it, in their time zone. Raises `NotFound`."""
    unit = tenants.unit_named(actor, slug)
    zone = str(timezone.get_current_timezone())
    return render(request, "escalation/call_list.html", {"unit": unit, "list": call_list(actor, unit, zone)})
