"""Types of the search: an answer as it is, with each hit's own object as a node."""

from datetime import datetime
from typing import Any

import strawberry
from strawberry import ID, relay

from knowledge.postmortems.graphql.types import PostmortemType
from knowledge.search import results


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


@strawberry.type(description="A month to narrow the search to.")
class KnowledgeMonth:
    year: int = strawberry.field(description="The year.")
    month: int = strawberry.field(description="The month, from 1; months begin and end in UTC.")
    count: int = strawberry.field(description="How many results were published in it.")


@strawberry.type(
    description="By what the search can be narrowed, with counts. Each kind is counted as if it were not filtered by."
)
class KnowledgeFacets:
    units: list[KnowledgeFacet] = strawberry.field(description="Units, the most results first.")
    services: list[KnowledgeFacet] = strawberry.field(description="Services, the most results first.")
    causes: list[KnowledgeFacet] = strawberry.field(
        description="Causes in the enterprise's terms, the most results first. A result may have several."
    )
    months: list[KnowledgeMonth] = strawberry.field(description="Months of publication, the latest first.")

    @classmethod
    def of(cls, facets: results.Facets) -> "KnowledgeFacets":
        return cls(
            units=_facets("BusinessUnit", facets.units),
            services=_facets("Service", facets.services),
            causes=_facets("Term", facets.causes),
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


@strawberry.type(description="A result, and why it is one.")
class KnowledgeSearchEdge(relay.Edge[PostmortemType]):
    title: KnowledgeSnippet = strawberry.field(description="Its title, with what of it matched.")
    snippet: KnowledgeSnippet = strawberry.field(description="The passage that shows best what it has to say.")
    reason: str = strawberry.field(
        description='Where which words were found: "Title: certificate · Root cause: expired". Empty without words.'
    )


@strawberry.type(description="A page of an answer, best first, and what is known of the whole.")
class KnowledgeSearchConnection(relay.Connection[PostmortemType]):
    edges: list[KnowledgeSearchEdge] = strawberry.field(description="The results of this page.")  # type: ignore[assignment]
    total_count: int = strawberry.field(description="How many results there are altogether, whatever the page.")
    facets: KnowledgeFacets = strawberry.field(description="By what the search can be narrowed.")
    corrections: list[KnowledgeCorrection] = strawberry.field(description="Words that were taken for misspellings.")
    unknown_words: list[str] = strawberry.field(description="Words that stand in nothing you may read.")
    notice: str = strawberry.field(
        description="A sentence on the answer as a whole, if there is one: what it had to do without."
    )

    @classmethod
    def of(cls, found: results.Results, nodes: dict[int, Any], *, is_first: bool) -> "KnowledgeSearchConnection":
        """The connection for an answer.

        Args:
            nodes: the hits' rows by key, read for what is selected of them.
            is_first: whether the page is the answer's first.
        """
        edges = [
            KnowledgeSearchEdge(
                cursor=hit.cursor,
                node=nodes[hit.record.pk],
                title=KnowledgeSnippet.of(hit.title),
                snippet=KnowledgeSnippet.of(hit.snippet),
                reason=hit.reason,
            )
            for hit in found.hits
            if hit.record.pk in nodes
        ]
        return cls(
            edges=edges,
            page_info=relay.PageInfo(
                has_next_page=found.has_more,
                has_previous_page=not is_first,
                start_cursor=edges[0].cursor if edges else None,
                end_cursor=edges[-1].cursor if edges else None,
            ),
            total_count=found.total,
            facets=KnowledgeFacets.of(found.facets),
            corrections=[KnowledgeCorrection(typed=each.typed, used=list(each.used)) for each in found.corrections],
            unknown_words=list(found.unknown),
            notice=found.notice,
        )


@strawberry.input(description="To what a search is narrowed. Values of one kind are alternatives; all kinds must hold.")
class KnowledgeFilters:
    unit_ids: list[ID] | None = strawberry.field(default=None, description="Global ids of units.")
    service_ids: list[ID] | None = strawberry.field(default=None, description="Global ids of services.")
    cause_ids: list[ID] | None = strawberry.field(
        default=None, description="Global ids of causes, in the enterprise's terms; a result may have several."
    )
    published_from: datetime | None = strawberry.field(default=None, description="Published at this moment or later.")
    published_until: datetime | None = strawberry.field(default=None, description="Published before this moment.")
