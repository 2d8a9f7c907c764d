"""The API's reference as pages, in the hub's frame."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from hub.graphql import reference
from hub.lib.api.codes import CODES
from hub.lib.identity import Actor
from hub.web.signing_in import reading_page

ROOTS = ("Query", "Mutation", "Subscription")


@reading_page
def overview(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Operations, types, limits and codes."""
    entries = reference.entries()
    kinds: dict[str, list[reference.Entry]] = {}
    for entry in entries:
        if entry.name not in ROOTS:
            kinds.setdefault(entry.kind, []).append(entry)
    context = {
        "roots": [entry for root in ROOTS for entry in entries if entry.name == root],
        "kinds": kinds,
        "limits": reference.limits_of_operations(),
        "codes": CODES,
    }
    return render(request, "graphql/reference.html", context)


@reading_page
def named_type(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """One type: its fields with their arguments, and where it is used."""
    entry = reference.entry_named(name)
    if entry is None:
        raise Http404
    return render(request, "graphql/reference_type.html", {"entry": entry})
