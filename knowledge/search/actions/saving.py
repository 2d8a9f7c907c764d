"""Keeping a search under a name: each person's own, and nobody else's."""

from __future__ import annotations

from typing import Final

from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden, Invalid
from hub.lib.identity import Actor, acting_as
from hub.lib.locks import hold
from hub.lib.texts import checked_line
from knowledge.search import access
from knowledge.search import saved as saved_door
from knowledge.search.filters import Filters
from knowledge.search.models import SavedSearch
from tenants import audit

LONGEST_NAME: Final = 80
MOST: Final = 50
"""Searches that a person keeps: each is asked again whenever something is published."""


def save_search(
    *, actor: Actor, name: str, query: str = "", filters: Filters | None = None, tells: bool = True
) -> SavedSearch:
    """Keep a search, to run it again and, if it `tells`, to be told of what is published and matches it from now on.

    Raises `Forbidden` for the system, `Invalid` for a name, for a query or filters that cannot be asked, and for
    neither of them, `Conflict` for a name that one has used and for too many. Locks the person's searches.
    """
    filters = filters or Filters()
    if actor.person_id is None:
        raise Forbidden("Only a person keeps searches.")
    with acting_as(actor):
        access.check(query, filters)
        saved = SavedSearch(
            person_id=actor.person_id,
            name=_name(name),
            query=query.replace("\x00", "").strip(),
            kinds=sorted(filters.kinds),
            units=sorted(filters.units),
            services=sorted(filters.services),
            causes=sorted(filters.causes),
            tags=sorted(filters.tags),
            published_from=filters.published_from,
            published_until=filters.published_until,
            tells=tells,
            created_at=clock.now(),
        )
        if not saved.query and saved.filters.is_empty:
            raise Invalid("There is nothing to save: type some words or choose a filter first.", path=["query"])
        hold("search_savedsearch", actor.person_id)
        _refuse_twin(actor, saved)
        if saved_door.saved_searches(actor).count() >= MOST:
            raise Conflict(f"You keep {MOST} searches, which is the most: remove one first.")
        saved.save(force_insert=True)
        audit.record(actor=actor, verb="save_search", obj=saved, unit_id=None, change={"query": [None, saved.query]})
        return saved


def edit_saved_search(
    *, actor: Actor, saved_search_id: int, name: str | None = None, tells: bool | None = None
) -> SavedSearch:
    """Call it otherwise, or choose whether one is told. What is left out stays.

    Raises `NotFound`, `Invalid` for a name, `Conflict` for one that is used. Locks the person's searches.
    """
    with acting_as(actor):
        hold("search_savedsearch", actor.person_id or 0)
        saved = saved_door.saved_search_for(actor, saved_search_id)
        before = {"name": saved.name, "tells": saved.tells}
        if name is not None:
            saved.name = _name(name)
            _refuse_twin(actor, saved)
        if tells is not None:
            saved.tells = tells
        change = {key: [was, getattr(saved, key)] for key, was in before.items() if was != getattr(saved, key)}
        if change:
            saved.save(update_fields=list(change))
            audit.record(actor=actor, verb="edit_saved_search", obj=saved, unit_id=None, change=change)
        return saved


def remove_saved_search(*, actor: Actor, saved_search_id: int) -> SavedSearch:
    """Keep it no longer; returns what it was. Raises `NotFound`."""
    with acting_as(actor):
        saved = saved_door.saved_search_for(actor, saved_search_id)
        audit.record(
            actor=actor, verb="remove_saved_search", obj=saved, unit_id=None, change={"name": [saved.name, None]}
        )
        saved.delete()
        saved.pk = saved_search_id
        return saved


def _name(name: str) -> str:
    return checked_line(name, "name", longest=LONGEST_NAME)


def _refuse_twin(actor: Actor, saved: SavedSearch) -> None:
    twin = saved_door.saved_searches(actor).filter(name__iexact=saved.name).exclude(pk=saved.pk).first()
    if twin is not None:
        raise Conflict(f"You have a search called “{twin.name}” already.", path=["name"])
