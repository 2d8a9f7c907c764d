"""Queries of the search."""

from dataclasses import replace
from typing import Annotated, cast

import strawberry
from strawberry import ID
from strawberry_django.optimizer import optimize

from hub.lib.api import PAGE_COST, HubInfo, actor_of, field, key_of, together
from hub.lib.api.costs import Cost
from hub.lib.errors import NotFound
from knowledge.postmortems import access as postmortems
from knowledge.postmortems.graphql.types import PostmortemType
from knowledge.problems import access as problems
from knowledge.problems.graphql.types import ProblemType
from knowledge.search import access, known_errors
from knowledge.search.graphql.types import KnowledgeFilters, KnowledgeSearchConnection
from knowledge.search.results import Filters

NOBODYS = 0
"""A key that nothing has: an id of no shape, or of another type, narrows a search to nothing."""


@strawberry.type
class SearchQuery:
    @field(
        description="Published knowledge that you may read, best first; without words the newest first. Words are found"
        " by their stems and synonyms, misspelt ones by what is near; code and error strings are kept whole;"
        ' "quoted phrases" are exact, and -excluded words are left out.',
        cost=replace(PAGE_COST, weight=20, size=access.PAGE),
    )
    def search_knowledge(
        self,
        info: HubInfo,
        query: Annotated[str, strawberry.argument(description="What is searched for; at most 1,000 characters.")] = "",
        filters: Annotated[
            KnowledgeFilters | None, strawberry.argument(description="To what the search is narrowed.")
        ] = None,
        first: Annotated[
            int | None, strawberry.argument(description="How many results: 20 unless said, at most 100.")
        ] = None,
        after: Annotated[str | None, strawberry.argument(description="Only what follows this cursor.")] = None,
    ) -> KnowledgeSearchConnection:
        actor = actor_of(info)
        found = access.search(
            actor, query, _filters(filters), first=access.PAGE if first is None else first, after=after
        )
        keys = [hit.record.pk for hit in found.hits]
        # The nodes are read for what is selected of them: as few statements for a page as for one.
        rows = together(optimize(postmortems.postmortems(actor).filter(pk__in=keys), info))
        return KnowledgeSearchConnection.of(found, {row.pk: row for row in rows}, is_first=after is None)

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


def _filters(asked: KnowledgeFilters | None) -> Filters:
    if asked is None:
        return Filters()
    return Filters(
        units=_keys("BusinessUnit", asked.unit_ids),
        services=_keys("Service", asked.service_ids),
        causes=_keys("Term", asked.cause_ids),
        published_from=asked.published_from,
        published_until=asked.published_until,
    )


def _keys(type_name: str, global_ids: list[ID] | None) -> frozenset[int]:
    return frozenset(key_of(each, type_name) or NOBODYS for each in global_ids or ())
