"""Queries of the search."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any, cast

import strawberry
from django.db.models import QuerySet
from strawberry import ID, relay
from strawberry_django.optimizer import optimize

from hub.lib.api import PAGE_COST, Connection, HubInfo, actor_of, connection, field, key_of, me, together
from hub.lib.api.costs import Cost
from hub.lib.errors import NotFound
from hub.lib.identity import Actor
from knowledge.articles import access as articles
from knowledge.postmortems import access as postmortems
from knowledge.postmortems.graphql.types import PostmortemType
from knowledge.problems import access as problems
from knowledge.problems.graphql.types import ProblemType
from knowledge.runbooks import access as runbooks
from knowledge.search import access, known_errors, titles
from knowledge.search.graphql.choices import Kind
from knowledge.search.graphql.saved import SavedSearchType
from knowledge.search.graphql.types import (
    NOBODYS,
    KnowledgeConnection,
    KnowledgeFilters,
    KnowledgeSearchConnection,
    KnowledgeTitle,
    filters_of,
)

HOW_WORDS_ARE_FOUND = (
    "Words are found by their stems and synonyms, misspelt ones by what is near; code and error strings are kept whole;"
    ' "quoted phrases" are exact, and -excluded words are left out.'
)
ROWS: dict[Kind, Callable[[Actor], QuerySet[Any]]] = {
    Kind.POSTMORTEM: postmortems.postmortems,
    Kind.RUNBOOK: runbooks.runbooks,
    Kind.PROBLEM: problems.problems,
    Kind.ARTICLE: articles.articles,
}
TYPE_NAMES = {
    Kind.POSTMORTEM: "Postmortem",
    Kind.RUNBOOK: "Runbook",
    Kind.PROBLEM: "Problem",
    Kind.ARTICLE: "Article",
}

Asked = Annotated[str, strawberry.argument(description="What is searched for; at most 1,000 characters.")]
Narrowed = Annotated[KnowledgeFilters | None, strawberry.argument(description="To what the search is narrowed.")]
First = Annotated[int | None, strawberry.argument(description="How many results: 20 unless said, at most 100.")]
After = Annotated[str | None, strawberry.argument(description="Only what follows this cursor.")]


@strawberry.type
class SearchQuery:
    saved_searches: Connection[SavedSearchType] = connection(
        description="The searches that you keep, by name.", rows=lambda searches: searches.filter(person=me())
    )

    @field(
        description="Published reviews that you may read, best first; without words the newest first."
        f" {HOW_WORDS_ARE_FOUND} `knowledge` asks the same of runbooks, known errors and articles as well.",
        cost=replace(PAGE_COST, weight=20, size=access.PAGE),
    )
    def search_knowledge(
        self, info: HubInfo, query: Asked = "", filters: Narrowed = None, first: First = None, after: After = None
    ) -> KnowledgeSearchConnection:
        actor = actor_of(info)
        narrowed = filters_of(filters, [Kind.POSTMORTEM])
        found = access.search(actor, query, narrowed, first=access.PAGE if first is None else first, after=after)
        keys = [hit.record.pk for hit in found.hits]
        # The nodes are read for what is selected of them: as few statements for a page as for one.
        rows = together(optimize(postmortems.postmortems(actor).filter(pk__in=keys), info))
        return KnowledgeSearchConnection.of(found, {row.pk: row for row in rows}, is_first=after is None)

    @field(
        description="Everything that incidents taught and you may read, best first; without words the newest first:"
        f" reviews, runbooks in force, known errors, articles. {HOW_WORDS_ARE_FOUND} Ask a node for what its kind has:"
        " `node { ... on Runbook { title } }`.",
        cost=replace(PAGE_COST, weight=20, size=access.PAGE),
    )
    def knowledge(
        self,
        info: HubInfo,
        *,
        query: Asked = "",
        kinds: Annotated[
            list[Kind] | None, strawberry.argument(description="Kinds to narrow it to; all of them without any.")
        ] = None,
        filters: Narrowed = None,
        first: First = None,
        after: After = None,
    ) -> KnowledgeConnection:
        actor = actor_of(info)
        narrowed = filters_of(filters, kinds)
        found = access.search(actor, query, narrowed, first=access.PAGE if first is None else first, after=after)
        nodes = {
            (kind, row.pk): row
            for kind, rows in ROWS.items()
            if (keys := [hit.record.pk for hit in found.hits if hit.kind == kind])
            for row in together(optimize(rows(actor).filter(pk__in=keys), info))
        }
        return KnowledgeConnection.of(found, nodes, is_first=after is None)

    @field(
        description="Titles of what you may read that have all the words typed so far, the last of which may be"
        f" unfinished: at most {titles.MOST}, those that begin so first, then the newest.",
        cost=Cost(weight=5, size=titles.MOST),
    )
    def knowledge_titles(
        self,
        info: HubInfo,
        typed: Annotated[str, strawberry.argument(description="What was typed: at least three letters of a word.")],
    ) -> list[KnowledgeTitle]:
        return [
            KnowledgeTitle(
                id=ID(str(relay.GlobalID(TYPE_NAMES[each.kind], str(each.record_id)))), kind=each.kind, title=each.title
            )
            for each in titles.titles(actor_of(info), typed)
        ]

    @field(
        description="Published reviews that read like an incident, the most alike first: at most three, often none,"
        " and none for an incident that you may not see.",
        cost=Cost(weight=20, size=access.MOST_ALIKE),
    )
    def similar_knowledge(
        self,
        info: HubInfo,
        incident_id: Annotated[ID, strawberry.argument(description="The incident, running or over.")],
    ) -> list[PostmortemType]:
        actor = actor_of(info)
        try:
            keys = [hit.record.pk for hit in access.similar(actor, key_of(incident_id, "Incident") or NOBODYS)]
        except NotFound:
            return []
        rows = together(optimize(postmortems.postmortems(actor).filter(pk__in=keys), info))
        return cast("list[PostmortemType]", sorted(rows, key=lambda row: keys.index(row.pk)))

    @field(
        description="Known errors whose workaround may help with an incident: those that it was linked to, then those"
        " that it looks like, the most alike first: at most three, often none, and none for an incident that you may"
        " not see.",
        cost=Cost(weight=20, size=known_errors.MOST),
    )
    def similar_known_errors(
        self,
        info: HubInfo,
        incident_id: Annotated[ID, strawberry.argument(description="The incident, running or over.")],
    ) -> list[ProblemType]:
        actor = actor_of(info)
        try:
            offers = known_errors.known_errors_alike(actor, key_of(incident_id, "Incident") or NOBODYS)
        except NotFound:
            return []
        keys = [offer.problem.pk for offer in offers]
        rows = together(optimize(problems.problems(actor).filter(pk__in=keys), info))
        return cast("list[ProblemType]", sorted(rows, key=lambda row: keys.index(row.pk)))
