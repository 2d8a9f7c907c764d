"""Queries of the runbooks area."""

from datetime import datetime
from typing import Annotated, Self

import strawberry
from strawberry import ID

from hub.catalog.graphql.types import ServiceType
from hub.lib.api import Connection, Cost, HubInfo, actor_of, as_type, by_id, connection, data_field, node_key, one
from knowledge.runbooks import coverage
from knowledge.runbooks.graphql.types import (
    RunbookFilter,
    RunbookOrder,
    RunbookRevisionFilter,
    RunbookRevisionOrder,
    RunbookRevisionType,
    RunbookRunFilter,
    RunbookRunOrder,
    RunbookRunType,
    RunbookType,
)
from tenants.definitions import LEAST_COVERAGE
from tenants.graphql.figures import KNOWN_AT, LEAST, FigureBasis
from tenants.graphql.types import TermType


@strawberry.type(description="A service that failed in this way, and how many runbooks are there for it.")
class RunbookCoverageOfService:
    service: ServiceType | None = strawberry.field(description="The service; nothing where reviews name none.")
    reviews: int = strawberry.field(description="Reviews of the period that say it failed so.")
    runbooks: int = strawberry.field(description="Runbooks in force for this way of failing and this service, or any.")


@strawberry.type(description="A way of failing, how often it was seen, and what there is for it.")
class RunbookCoverage:
    failure_mode: TermType = strawberry.field(description="The global term.")
    reviews: int = strawberry.field(description="Reviews of the period, of those you may read, that name it.")
    runbooks: int = strawberry.field(description="Runbooks in force for it, of those you may read.")
    articles: int = strawberry.field(description="Published articles about it, of those you may read.")
    trainings: int = strawberry.field(description="How often people are asked to go through one of these.")
    services: list[RunbookCoverageOfService] = strawberry.field(description="Where it was seen, the most often first.")
    basis: FigureBasis = strawberry.field(description="On what the counts of reviews rest: the same for every row.")

    @classmethod
    def of(cls, row: coverage.Covered, basis: FigureBasis) -> Self:
        return cls(
            failure_mode=as_type(TermType, row.failure_mode),
            reviews=row.reviews,
            runbooks=len(row.runbooks),
            articles=len(row.articles),
            trainings=row.trainings,
            services=[
                RunbookCoverageOfService(
                    service=as_type(ServiceType, each.service) if each.service else None,
                    reviews=each.reviews,
                    runbooks=each.runbooks,
                )
                for each in row.services
            ],
            basis=basis,
        )


@strawberry.type
class RunbooksQuery:
    runbooks: Connection[RunbookType] = connection(
        description="The runbooks that you may read, by title: your units' and what others share.",
        filters=RunbookFilter,
        ordering=RunbookOrder,
    )

    runbook: RunbookType | None = one(
        description="One runbook; nothing if you may not read it.", noun="runbook", by=(by_id("Runbook"),)
    )

    runbook_revisions: Connection[RunbookRevisionType] = connection(
        description="Revisions that you may read: what waits for approval, and what was decided.",
        filters=RunbookRevisionFilter,
        ordering=RunbookRevisionOrder,
    )

    runbook_runs: Connection[RunbookRunType] = connection(
        description="Runbooks carried out in incidents that you may see, the latest first.",
        filters=RunbookRunFilter,
        ordering=RunbookRunOrder,
    )

    @data_field(
        description="Ways of failing with the runbooks, articles and training for them, those without a runbook first:"
        " by the reviews of the last year that you may read. In no order where too few of these mean global terms.",
        cost=Cost(weight=20),
    )
    def runbook_coverage(
        self,
        info: HubInfo,
        unit_ids: list[ID] | None = None,
        known_at: Annotated[datetime | None, KNOWN_AT] = None,
        least_coverage: Annotated[float, LEAST] = LEAST_COVERAGE,
    ) -> list[RunbookCoverage]:
        units = [node_key(each, "BusinessUnit", "unit", "unitIds") for each in unit_ids] if unit_ids else None
        found = coverage.coverage(actor_of(info), unit_ids=units, known_at=known_at, least_coverage=least_coverage)
        basis = FigureBasis.of(found.grounds)
        return [RunbookCoverage.of(row, basis) for row in found.rows]
