"""Searches that somebody keeps: listed, run, changed and removed."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from hub.lib.errors import Invalid
from hub.lib.identity import Actor
from hub.web.signing_in import acting_page, reading_page
from knowledge.search import actions
from knowledge.search import saved as door
from knowledge.search.addresses import address_of
from knowledge.search.models import SavedSearch
from knowledge.search.pages.searching import filters_in


@dataclass(frozen=True)
class Kept:
    """A search as the page lists it: what it asks for in words, and its latest matches that may still be read."""

    saved: SavedSearch
    url: str
    narrowed: tuple[str, ...]
    matches: tuple[door.Met, ...]


@reading_page
def saved_searches(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The list."""
    found = list(door.saved_searches(actor))
    narrowed, met = door.narrowed_in_words(actor, found), door.latest_matches(actor, found)
    kept = [Kept(each, address_of(each), narrowed[each.pk], met.get(each.pk, ())) for each in found]
    return render(request, "search/saved.html", {"kept": kept})


@require_POST
@acting_page
def save(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Keep the search that the knowledge page shows. Raises `Invalid`, `Conflict`."""
    said = request.POST
    kept = actions.save_search(
        actor=actor,
        name=said.get("name", ""),
        query=said.get("q", ""),
        filters=filters_in(said),
        tells="tells" in said,
    )
    return redirect(address_of(kept))


@require_POST
@acting_page
def change_saved(request: HttpRequest, actor: Actor, saved_search_id: int) -> HttpResponse:
    """Everything that changes a saved search: `do` says what. Raises `NotFound`, `Invalid`, `Conflict`."""
    said = request.POST
    match said.get("do"):
        case "rename":
            actions.edit_saved_search(actor=actor, saved_search_id=saved_search_id, name=said.get("name", ""))
        case "tell" | "hush":
            actions.edit_saved_search(actor=actor, saved_search_id=saved_search_id, tells=said["do"] == "tell")
        case "remove":
            actions.remove_saved_search(actor=actor, saved_search_id=saved_search_id)
        case _:
            raise Invalid("The form does not say what to do with the search.", path=["do"])
    return redirect("saved-searches")
