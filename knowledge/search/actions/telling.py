"""Telling people of what was published and matches a search that they keep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hub.delivery.actions import send_message
from hub.lib import clock, identity
from hub.lib.identity import SYSTEM, Actor, acting_as
from knowledge.search import postgres
from knowledge.search.letters import match_letter, matches_letter
from knowledge.search.models import Document, SavedSearch, SavedSearchMatch
from knowledge.search.plan import Match, Plan, plan
from knowledge.search.query import parse
from knowledge.search.saved import titles_of

ONE_BY_ONE: Final = 5
"""So many new matches are told each in a letter of its own; more of them, as an import brings, by their number."""


def tell_savers(*, actor: Actor, document_ids: Sequence[int]) -> int:
    """Tell whoever keeps a search that these documents match, each once; returns how many matches were new.

    A search is asked with its keeper's own rights as they are at this moment, one person at a time: what they may not
    read cannot match. That somebody was told is kept in the same transaction as the letter, so running again tells
    nobody twice.
    """
    with acting_as(actor):
        keepers = SavedSearch.objects.filter(tells=True, person__is_active=True).order_by("person_id", "id")
        kept = list(keepers.values_list("pk", "person_id"))
    return sum(_tell(actor, saved_id, person_id, document_ids) for saved_id, person_id in kept)


def _tell(actor: Actor, saved_id: int, person_id: int, document_ids: Sequence[int]) -> int:
    with acting_as(actor):
        # Held until the letter is written: whoever removes the search meanwhile waits, or is not told.
        saved = SavedSearch.objects.select_for_update(no_key=True).filter(pk=saved_id, tells=True).first()
        if saved is None:
            return 0
        keeper = identity.person(person_id, through="job")
        with acting_as(keeper):
            matching = _matching(saved, document_ids)
            titles = titles_of(keeper, matching)
        now = clock.now()
        fresh = [
            document
            for document in matching
            if document.pk in titles
            and SavedSearchMatch.objects.get_or_create(
                saved_search=saved, document=document, defaults={"person_id": person_id, "found_at": now}
            )[1]
        ]
        for document in fresh if len(fresh) <= ONE_BY_ONE else ():
            send_message(
                actor=SYSTEM,
                person_id=person_id,
                letter=match_letter(saved, document, titles[document.pk]),
                dedupe_key=f"saved-search:{saved.pk}:document:{document.pk}:person:{person_id}",
                unit_id=document.unit_id,
                incident_id=document.incident_id,
                restricted=document.restricted,
            )
        if len(fresh) > ONE_BY_ONE:
            send_message(
                actor=SYSTEM,
                person_id=person_id,
                letter=matches_letter(saved, len(fresh)),
                dedupe_key=f"saved-search:{saved.pk}:documents:{fresh[0].pk}:person:{person_id}",
            )
        return len(fresh)


def _matching(saved: SavedSearch, document_ids: Sequence[int]) -> list[Document]:
    """The documents with all that the search asks for, as far as whoever acts in this transaction may read them."""
    resolved = plan(parse(saved.query))
    if not _is_certain(saved, resolved):
        return []
    found = postgres.having_all(resolved, saved.filters).filter(pk__in=document_ids)
    return list(found.select_related("unit").defer("folded", "vectors").order_by("pk"))


def _is_certain(saved: SavedSearch, resolved: Plan) -> bool:
    """Whether each word stands somewhere as it was typed, and anything is asked for: a guess is no reason to write."""
    if resolved.unknown or any(slot.match is not Match.AS_TYPED for slot in resolved.slots):
        return False
    return not saved.query or bool(resolved.slots or resolved.phrases or resolved.without or resolved.without_phrases)
