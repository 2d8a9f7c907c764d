"""What people are told about searches that they keep, in words."""

from __future__ import annotations

from hub.delivery.letters import Letter
from knowledge.search.addresses import address_of, address_of_document
from knowledge.search.kinds import Kind
from knowledge.search.models import Document, SavedSearch

BECAUSE = "You are told because you keep this search and asked to be told. You can change that on its page."


def match_letter(saved: SavedSearch, document: Document, title: str) -> Letter:
    """Tells of one new match."""
    kind = Kind(document.kind).label
    return Letter(
        subject=f"New for “{saved.name}”: {title}",
        path=address_of_document(document),
        lead=f"A {kind.lower()} was published that matches “{saved.name}”, a search that you keep.",
        headline=title,
        facts=[("Kind", str(kind)), ("Unit", document.unit.name), ("Search", saved.query)],
        request="Open it to read what there is to learn.",
        because=BECAUSE,
    )


def matches_letter(saved: SavedSearch, count: int) -> Letter:
    """Tells of many new matches at once."""
    return Letter(
        subject=f"{count} new results for “{saved.name}”",
        path=address_of(saved),
        lead=f"{count} pieces of knowledge were published at once that match “{saved.name}”, a search that you keep.",
        headline=saved.name,
        facts=[("Search", saved.query)],
        request="Open the search to see them.",
        because=BECAUSE,
    )
