"""Where searches and documents have their pages."""

from __future__ import annotations

from datetime import UTC
from urllib.parse import urlencode

from django.urls import reverse

from knowledge.search.models import Document, SavedSearch


def address_of(saved: SavedSearch) -> str:
    """The knowledge page with all that the search asks for."""
    asked = [
        *([("q", saved.query)] if saved.query else []),
        *(("kind", kind) for kind in saved.kinds),
        *(("unit", str(key)) for key in saved.units),
        *(("service", str(key)) for key in saved.services),
        *(("cause", str(key)) for key in saved.causes),
        *(("tag", tag) for tag in saved.tags),
        *([("month", f"{saved.published_from.astimezone(UTC):%Y-%m}")] if saved.published_from else []),
    ]
    return f"{reverse('knowledge')}?{urlencode(asked)}"


def address_of_document(document: Document) -> str:
    """The page of the piece itself. Its kinds are called as their pages are."""
    return reverse(document.kind, args=[document.record_id])
