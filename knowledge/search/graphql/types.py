"""Types of the search: an answer as it is, with each hit's own object as a node."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Self

import strawberry
from strawberry import ID, relay

from hub.lib.api import key_of
from knowledge.postmortems.graphql.types import PostmortemType
from knowledge.search import results
from knowledge.search.filters import Filters, fold
from knowledge.search.graphql.choices import Kind


@strawberry.type(description="A range of a text that matched.")
class KnowledgeHighlight:
    start: int = strawberry.field(description="Where it begins, in characters from the start of the text.")
    end: int = strawberry.field(description="Where it is over: the first character behind it.")


@strawberry.type(description="A stretch of plain text, never markup, and what of it matched.")
class KnowledgeSnippet:
    text: str = strawberry.field(description="The text.")
    highlights: list[KnowledgeHighlight] = strawberry.field(description="What matched, in order, without overlaps.")

    @classmethod
    def of(cls, snippet: results.Snippet) -> "KnowledgeSnippet":
        return cls(
            text=snippet.text,
            highlights=[KnowledgeHighlight(start=each.start, end=each.end) for each in snippet.highlights],
        )


@strawberry.type(description="A value to narrow the search to.")
class KnowledgeFacet:
    id: ID = strawberry.field(description="The global id of the unit, the service or the cause, as filters take it.")
    name: str = strawberry.field(description="What people call it.")
    count: int = strawberry.field(description="How many results it would leave.")


@strawberry.type(description="A kind of knowledge to narrow the search to.")
class KnowledgeKindCount:
    kind: Kind = strawberry.field(description="The kind.")
    count: int = strawberry.field(description="How many results it would leave.")


@strawberry.type(description="A tag to narrow the search to.")
class KnowledgeTagCount:
    tag: str = strawberry.field(description="The tag in small letters, as filters take it.")
    count: int = strawberry.field(description="How many results it would leave.")


@strawberry.type(description="A month to narrow the search to.")
class KnowledgeMonth:
    year: int = strawberry.field(description="The year.")
    month: int = strawberry.field(description="The month, from 1; months begin and end in UTC.")
    count: int = strawberry.field(description="How many results were published in it.")


@strawberry.type(
    description="By what the search can be narrowed, with counts. Each kind is counted as if it were not filtered by."
)
class KnowledgeFacets:
    kinds: list[KnowledgeKindCount] = strawberry.field(description="Kinds of knowledge, the most results first.")
    units: list[KnowledgeFacet] = strawberry.field(description="Units, the most results first.")
    services: list[KnowledgeFacet] = strawberry.field(description="Services, the most results first.")
    causes: list[KnowledgeFacet] = strawberry.field(
        description="Causes in the enterprise's terms, the most results first. A result may have several."
    )
    tags: list[KnowledgeTagCount] = strawberry.field(
        description=f"Tags that reviews were imported with, the most results first, {results.MOST_TAGS} at most. A"
        " result may have several."
    )
    months: list[KnowledgeMonth] = strawberry.field(description="Months of publication, the latest first.")

    @classmethod
    def of(cls, facets: results.Facets) -> "KnowledgeFacets":
        return cls(
            kinds=[KnowledgeKindCount(kind=each.kind, count=each.count) for each in facets.kinds],
            units=_facets("BusinessUnit", facets.units),
            services=_facets("Service", facets.services),
            causes=_facets("Term", facets.causes),
            tags=[KnowledgeTagCount(tag=each.tag, count=each.count) for each in facets.tags],
            months=[KnowledgeMonth(year=each.year, month=each.month, count=each.count) for each in facets.months],
        )


def _facets(type_name: str, facets: tuple[results.Facet, ...]) -> list[KnowledgeFacet]:
    return [
        KnowledgeFacet(id=ID(str(relay.GlobalID(type_name, str(each.id)))), name=each.name, count=each.count)
        for each in facets
    ]


@strawberry.type(description="A word that stands in nothing you may read, and what was searched for instead.")
class KnowledgeCorrection:
    typed: str = strawberry.field(description="The word as it was asked for.")
    used: list[str] = strawberry.field(description="Words of texts that you may read, which it was taken for.")


@strawberry.type
class Reasoned:
    """What every result says beside its object."""

    title: KnowledgeSnippet = strawberry.field(description="Its title, with what of it matched.")
    snippet: KnowledgeSnippet = strawberry.field(description="The passage that shows best what it has to say.")
    reason: str = strawberry.field(
        description='Where which words were found: "Title: certificate · Root cause: expired". Empty without words.'
    )


@strawberry.type(description="A result, and why it is one.")
class KnowledgeSearchEdge(Reasoned, relay.Edge[PostmortemType]):
    pass


@strawberry.type(description="A result of any kind, and why it is one.")
class KnowledgeEdge(Reasoned, relay.Edge[relay.Node]):
    kind: Kind = strawberry.field(description="What it is.")


@strawberry.type
class Answer:
    """What is known of a whole answer."""

    total_count: int = strawberry.field(description="How many results there are altogether, whatever the page.")
    facets: KnowledgeFacets = strawberry.field(description="By what the search can be narrowed.")
    corrections: list[KnowledgeCorrection] = strawberry.field(description="Words that were taken for misspellings.")
    unknown_words: list[str] = strawberry.field(description="Words that stand in nothing you may read.")
    notice: str = strawberry.field(
        description="A sentence on the answer as a whole, if there is one: what it had to do without."
    )


@strawberry.type(description="A page of an answer, best first, and what is known of the whole.")
class KnowledgeSearchConnection(Answer, relay.Connection[PostmortemType]):
    edges: list[KnowledgeSearchEdge] = strawberry.field(description="The results of this page.")  # type: ignore[assignment]

    @classmethod
    def of(cls, found: results.Results, nodes: Mapping[int, Any], *, is_first: bool) -> Self:
        """The connection for an answer.

        Args:
            nodes: the hits' rows by key, read for what is selected of them.
            is_first: whether the page is the answer's first.
        """
        hits = [(hit, nodes[hit.record.pk]) for hit in found.hits if hit.record.pk in nodes]
        return cls(
            edges=[KnowledgeSearchEdge(node=node, **_reasoned(hit)) for hit, node in hits],
            **_whole(found, [hit for hit, _ in hits], is_first),
        )


@strawberry.type(
    description="A page of an answer over all kinds of knowledge, best first, and what is known of the whole."
)
class KnowledgeConnection(Answer, relay.Connection[relay.Node]):
    edges: list[KnowledgeEdge] = strawberry.field(description="The results of this page.")  # type: ignore[assignment]

    @classmethod
    def of(cls, found: results.Results, nodes: Mapping[tuple[Kind, int], Any], *, is_first: bool) -> Self:
        """The connection for an answer; `nodes` by kind and key."""
        keys = [(hit, (hit.kind, hit.record.pk)) for hit in found.hits]
        hits = [(hit, nodes[key]) for hit, key in keys if key in nodes]
        return cls(
            edges=[KnowledgeEdge(node=node, kind=hit.kind, **_reasoned(hit)) for hit, node in hits],
            **_whole(found, [hit for hit, _ in hits], is_first),
        )


def _reasoned(hit: results.Hit) -> dict[str, Any]:
    return {
        "cursor": hit.cursor,
        "title": KnowledgeSnippet.of(hit.title),
        "snippet": KnowledgeSnippet.of(hit.snippet),
        "reason": hit.reason,
    }


def _whole(found: results.Results, shown: list[results.Hit], is_first: bool) -> dict[str, Any]:
    return {
        "page_info": relay.PageInfo(
            has_next_page=found.has_more,
            has_previous_page=not is_first,
            start_cursor=shown[0].cursor if shown else None,
            end_cursor=shown[-1].cursor if shown else None,
        ),
        "total_count": found.total,
        "facets": KnowledgeFacets.of(found.facets),
        "corrections": [KnowledgeCorrection(typed=each.typed, used=list(each.used)) for each in found.corrections],
        "unknown_words": list(found.unknown),
        "notice": found.notice,
    }


@strawberry.type(description="A title of something that you may read.")
class KnowledgeTitle:
    id: ID = strawberry.field(description="The global id of what it is the title of.")
    kind: Kind = strawberry.field(description="What that is.")
    title: str = strawberry.field(description="The title.")


@strawberry.input(description="To what a search is narrowed. Values of one kind are alternatives; all kinds must hold.")
class KnowledgeFilters:
    unit_ids: list[ID] | None = strawberry.field(default=None, description="Global ids of units.")
    service_ids: list[ID] | None = strawberry.field(default=None, description="Global ids of services.")
    cause_ids: list[ID] | None = strawberry.field(
        default=None, description="Global ids of causes, in the enterprise's terms; a result may have several."
    )
    tags: list[str] | None = strawberry.field(
        default=None,
        description="Tags that reviews were imported with, in small or capital letters; a result may have several.",
    )
    published_from: datetime | None = strawberry.field(default=None, description="Published at this moment or later.")
    published_until: datetime | None = strawberry.field(default=None, description="Published before this moment.")


NOBODYS = 0
"""A key that nothing has: an id of no shape, or of another type, narrows a search to nothing."""


def filters_of(asked: KnowledgeFilters | None, kinds: Iterable[Kind] | None = None) -> Filters:
    """To what a search is narrowed."""
    if asked is None:
        return Filters(kinds=frozenset(kinds or ()))
    return Filters(
        kinds=frozenset(kinds or ()),
        units=_keys("BusinessUnit", asked.unit_ids),
        services=_keys("Service", asked.service_ids),
        causes=_keys("Term", asked.cause_ids),
        tags=frozenset(map(fold, asked.tags or ())),
        published_from=asked.published_from,
        published_until=asked.published_until,
    )


def _keys(type_name: str, global_ids: list[ID] | None) -> frozenset[int]:
    return frozenset(key_of(each, type_name) or NOBODYS for each in global_ids or ())
