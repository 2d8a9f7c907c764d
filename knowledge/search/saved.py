"""The door to the searches that people keep, each to their own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, QuerySet, Window
from django.db.models.functions import Lower, RowNumber

from hub.catalog import access as catalog
from hub.lib.errors import NotFound
from hub.lib.identity import Actor, reading_as
from knowledge.search.addresses import address_of_document
from knowledge.search.kinds import Kind
from knowledge.search.models import Document, SavedSearch, SavedSearchMatch
from knowledge.search.sources import SOURCES
from tenants import access as tenants
from tenants.models import Term


def saved_searches(actor: Actor) -> QuerySet[SavedSearch]:
    """The searches that `actor` keeps, by name."""
    return SavedSearch.objects.filter(person_id=actor.person_id or 0).order_by(Lower("name"), "pk")


def saved_search_for(actor: Actor, saved_search_id: int) -> SavedSearch:
    """A search that `actor` keeps, by its id. Raises `NotFound`."""
    found = saved_searches(actor).filter(pk=saved_search_id).first()
    if found is None:
        raise NotFound("saved search")
    return found


@dataclass(frozen=True)
class Met:
    """Something that somebody was told of because it matches a search of theirs."""

    title: str
    kind: str
    url: str
    found_at: datetime


def latest_matches(actor: Actor, saved: Iterable[SavedSearch], *, first: int = 5) -> dict[int, tuple[Met, ...]]:
    """The latest matches of these searches that `actor` may still read, by search."""
    with reading_as(actor):
        rank = Window(RowNumber(), partition_by=F("saved_search"), order_by=[F("found_at").desc(), F("pk").desc()])
        rows = SavedSearchMatch.objects.filter(saved_search__in=list(saved), document__shelf__isnull=False)
        rows = rows.annotate(rank=rank).filter(rank__lte=first).order_by("rank")
        documents = {
            document.pk: document
            for document in Document.objects.filter(pk__in=[row.document_id for row in rows]).defer("folded", "vectors")
        }
        titles = titles_of(actor, documents.values())
        met: dict[int, tuple[Met, ...]] = {}
        for row in rows:
            if (title := titles.get(row.document_id)) is not None:
                document = documents[row.document_id]
                one = Met(title, str(Kind(document.kind).label), address_of_document(document), row.found_at)
                met[row.saved_search_id] = (*met.get(row.saved_search_id, ()), one)
        return met


def titles_of(actor: Actor, documents: Iterable[Document]) -> dict[int, str]:
    """The titles of what can be found now and `actor` may read, by document."""
    found = list(documents)
    titles: dict[int, str] = {}
    for kind, source in SOURCES.items():
        mine = {document.record_id: document.pk for document in found if document.kind == kind}
        if mine:
            rows = source.published(actor).filter(pk__in=mine).order_by().values_list("pk", "title")
            titles |= {mine[key]: title for key, title in rows}
    return titles


def narrowed_in_words(actor: Actor, saved: Iterable[SavedSearch]) -> dict[int, tuple[str, ...]]:
    """What each of these searches is narrowed to, by search: kinds, units, services, causes, tags, a month, by name."""
    found = list(saved)
    units = tenants.units(actor).filter(pk__in={key for each in found for key in each.units})
    services = catalog.services(actor).filter(pk__in={key for each in found for key in each.services})
    causes = tenants.called(Term.objects.filter(pk__in={key for each in found for key in each.causes}), None)
    names = [dict(rows.order_by().values_list("pk", "name")) for rows in (units, services)]
    names.append({term.pk: str(term) for term in causes})
    return {
        each.pk: (
            *(str(Kind(kind).label) for kind in each.kinds),
            *(
                called[key]
                for keys, called in zip((each.units, each.services, each.causes), names, strict=True)
                for key in keys
                if key in called
            ),
            *each.tags,
            *([f"{each.published_from:%B %Y}"] if each.published_from else []),
        )
        for each in found
    }
