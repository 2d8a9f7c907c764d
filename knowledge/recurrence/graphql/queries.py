"""Recurrence and trends in GraphQL. Their values are aggregates, so their fields are resolved and not columns."""

from datetime import datetime, timedelta
from typing import Annotated, Self

import strawberry
from strawberry import ID, relay

from hub.catalog import access as catalog
from hub.catalog.graphql.types import ServiceType
from hub.lib import clock
from hub.lib.api import Cost, HubInfo, actor_of, as_type, choices, data_field, node_key
from hub.lib.errors import Invalid
from knowledge.postmortems import access as postmortems
from knowledge.recurrence import capacity, patterns, trends
from knowledge.recurrence.reading import Fact, global_terms
from tenants import access as tenants
from tenants.definitions import LEAST_COVERAGE
from tenants.graphql.figures import KNOWN_AT, LEAST, FigureBasis, UnitFigureBasis, units_of
from tenants.graphql.types import BusinessUnitType, TermType

USUAL_PERIOD = timedelta(days=730)

choices(
    patterns.Verdict,
    name="RecurrenceVerdict",
    description="What the evidence says of a group of reviews.",
    values={
        "SYSTEMIC": "Cause and failure mode meet more often than by chance, also without the unit that has most.",
        "ISOLATED": "They do so in all units together, not without the unit that has most, and it has half of them.",
        "UNSETTLED": "They do so in all units together; there are too few to say whether it is one unit's.",
        "CHANCE": "They meet no more often than chance would have it.",
        "UNCOMPARED": "Too few of the reviews mean global terms to say anything.",
    },
)
choices(
    trends.Dimension,
    name="TrendDimension",
    description="By what reviews are counted.",
    values={"CAUSE": "By root cause.", "FAILURE_MODE": "By failure mode.", "SERVICE": "By service."},
)
choices(
    trends.Direction,
    name="TrendDirection",
    description="What the two halves of a period say.",
    values={
        "RISING": "The second half has more than chance explains.",
        "FALLING": "The second half has fewer than chance explains.",
        "STEADY": "The difference may be chance.",
    },
)


@strawberry.type(description="How often a cause and a failure mode met, and how likely that is by chance.")
class RecurrenceEvidence:
    together: int = strawberry.field(description="Reviews that have both.")
    with_cause: int = strawberry.field(description="Reviews that have the cause.")
    with_failure_mode: int = strawberry.field(description="Reviews that have the failure mode.")
    reviews: int = strawberry.field(description="Reviews that say a cause and a failure mode.")
    expected: float = strawberry.field(description="How many would have both by chance.")
    chance: float = strawberry.field(description="By Fisher's exact test, one-sided.")
    false_discovery_rate: float = strawberry.field(
        description="The same corrected for the number of groups, by Benjamini and Hochberg. Up to 0.1 is significant."
    )

    @classmethod
    def of(cls, table: patterns.Table) -> Self:
        return cls(
            together=table.together,
            with_cause=table.with_cause,
            with_failure_mode=table.with_failure_mode,
            reviews=table.reviews,
            expected=round(table.expected, 3),
            chance=table.chance,
            false_discovery_rate=table.rate,
        )


@strawberry.type(description="A review that is one of a group.")
class RecurringReview:
    postmortem_id: ID = strawberry.field(description="The global id of the review.")
    reference: str = strawberry.field(description="Its incident's reference.")
    title: str = strawberry.field(description="Its title.")
    unit: BusinessUnitType = strawberry.field(description="Whose it is.")
    occurred_at: datetime = strawberry.field(description="When its incident was declared.")


@strawberry.type(description="Reviews with the same cause and the same failure mode.")
class RecurrencePattern:
    cause: TermType = strawberry.field(description="The cause, a global term.")
    failure_mode: TermType = strawberry.field(description="The failure mode, a global term.")
    verdict: patterns.Verdict = strawberry.field(description="Whether it is systemic.")
    everywhere: RecurrenceEvidence = strawberry.field(description="The evidence in all units together.")
    elsewhere: RecurrenceEvidence = strawberry.field(description="The evidence without the unit that has most of it.")
    likeness: float = strawberry.field(description="How alike the texts read: the mean cosine of their vectors.")
    units: list[BusinessUnitType] = strawberry.field(description="Where it was, the most often first.")
    services: list[ServiceType] = strawberry.field(description="What it hit, the most often first.")
    reviews: list[RecurringReview] = strawberry.field(description="The reviews, the latest first.")


@strawberry.type(description="Two reviews of different units that read alike, though their terms differ.")
class RecurrencePair:
    one: RecurringReview = strawberry.field(description="The later one.")
    other: RecurringReview = strawberry.field(description="The earlier one.")
    likeness: float = strawberry.field(description="The cosine of their vectors.")


@strawberry.type(description="What came back in a period, in published reviews that you may read.")
class RecurrenceReport:
    reviews: int = strawberry.field(description="Reviews of the period.")
    termed: int = strawberry.field(description="Those that say a cause and a failure mode in global terms.")
    patterns: list[RecurrencePattern] = strawberry.field(
        description="Systemic ones first; in no order where the basis refuses one."
    )
    pairs: list[RecurrencePair] = strawberry.field(description="What reads alike and is named differently.")
    basis: FigureBasis = strawberry.field(description="On what it rests: the reviews that mean both in global terms.")
    by_unit: list[UnitFigureBasis] = strawberry.field(description="The same by unit.")


@strawberry.type(description="How often something came up, month by month.")
class TrendOf:
    term: TermType | None = strawberry.field(description="The cause or failure mode; nothing for a service.")
    service: ServiceType | None = strawberry.field(description="The service; nothing for a term.")
    counts: list[int] = strawberry.field(description="Reviews of each month, the first one first.")
    direction: trends.Direction = strawberry.field(description="What the halves say.")
    chance: float = strawberry.field(description="That the halves differ so much by chance: the exact binomial test.")


@strawberry.type(description="The last twelve months that are over.")
class TrendReport:
    months: list[datetime] = strawberry.field(description="The first moment of each month, in UTC.")
    trends: list[TrendOf] = strawberry.field(
        description="The most frequent first; in no order, and with no direction told, where the basis refuses one."
    )
    unnamed: int = strawberry.field(description="Reviews that say nothing of this in global terms.")
    basis: FigureBasis = strawberry.field(description="On what they rest: the reviews that say one.")
    by_unit: list[UnitFigureBasis] = strawberry.field(description="The same by unit.")


@strawberry.type(
    description="A service whose load or growth caused incidents again, and when the next one is to be expected: eight"
    " in ten fall between `earliest` and `latest`."
)
class CapacityOutlook:
    service: ServiceType = strawberry.field(description="The service.")
    counts: list[int] = strawberry.field(description="Incidents in each of eight quarters, the first one first.")
    direction: trends.Direction = strawberry.field(description="Whether the last year differs from the one before.")
    chance: float = strawberry.field(description="How likely they differ so much by chance.")
    since: datetime = strawberry.field(description="From when on incidents count for what is projected.")
    earliest: datetime = strawberry.field(description="By then the next one has come in one of ten such cases.")
    expected: datetime = strawberry.field(description="By then it has come in half of them.")
    latest: datetime = strawberry.field(description="By then it has come in nine of ten.")
    reviews: list[RecurringReview] = strawberry.field(description="The reviews, the latest first.")
    basis: FigureBasis = strawberry.field(description="On what it rests, of all services together.")


@strawberry.type(description="What became of a unit's action items that fell due in the last year.")
class UnitCompletion:
    unit: BusinessUnitType = strawberry.field(description="The unit whose reviews they are of.")
    due: int = strawberry.field(description="All of them but those that were dropped.")
    done_in_time: int = strawberry.field(description="Done by their day.")
    done_late: int = strawberry.field(description="Done after it.")
    open: int = strawberry.field(description="Not done yet.")
    dropped: int = strawberry.field(description="Decided against.")
    rate: float | None = strawberry.field(description="The share that is done; nothing where none fell due.")
    basis: UnitFigureBasis = strawberry.field(description="On what it rests: items without a day cannot fall due.")
    definition_version: int = strawberry.field(description="By which version of the definitions it was counted.")


@strawberry.type
class RecurrenceQuery:
    @data_field(
        description="What comes back across units, and whether it is systemic. Two years, unless said otherwise.",
        cost=Cost(weight=50),
    )
    def recurrence(
        self,
        info: HubInfo,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        unit_ids: list[ID] | None = None,
        known_at: Annotated[datetime | None, KNOWN_AT] = None,
        least_coverage: Annotated[float, LEAST] = LEAST_COVERAGE,
    ) -> RecurrenceReport:
        actor = actor_of(info)
        end = until or clock.now()
        start = since or end - USUAL_PERIOD
        if start >= end:
            raise Invalid("The period ends before it begins.", path=["until"])
        found = patterns.recurrence(
            actor,
            since=start,
            until=end,
            unit_ids=_units(unit_ids),
            known_at=known_at,
            least_coverage=least_coverage,
        )
        terms = {key: as_type(TermType, term) for key, term in global_terms(actor).items()}
        services = {row.pk: as_type(ServiceType, row) for row in catalog.services(actor)}
        units = {row.pk: as_type(BusinessUnitType, row) for row in tenants.units(actor)}
        return RecurrenceReport(
            reviews=found.reviews,
            termed=found.termed,
            patterns=[
                RecurrencePattern(
                    cause=terms[each.cause],
                    failure_mode=terms[each.failure_mode],
                    verdict=each.verdict,
                    everywhere=RecurrenceEvidence.of(each.everywhere),
                    elsewhere=RecurrenceEvidence.of(each.elsewhere),
                    likeness=round(each.likeness, 3),
                    units=[units[key] for key, _ in each.units],
                    services=[services[key] for key, _ in each.services if key in services],
                    reviews=[_review(fact, units) for fact in each.reviews],
                )
                for each in found.patterns
            ],
            pairs=[
                RecurrencePair(
                    one=_review(each.one, units), other=_review(each.other, units), likeness=round(each.likeness, 3)
                )
                for each in found.pairs
            ],
            basis=FigureBasis.of(found.grounds),
            by_unit=units_of(found.grounds, units),
        )

    @data_field(description="Reviews a month by cause, failure mode or service, of a year.", cost=Cost(weight=50))
    def recurrence_trends(
        self,
        info: HubInfo,
        dimension: Annotated[trends.Dimension, strawberry.argument(description="By what to count.")],
        unit_ids: list[ID] | None = None,
        known_at: Annotated[datetime | None, KNOWN_AT] = None,
        least_coverage: Annotated[float, LEAST] = LEAST_COVERAGE,
    ) -> TrendReport:
        actor = actor_of(info)
        read = trends.trends(
            actor, dimension, unit_ids=_units(unit_ids), known_at=known_at, least_coverage=least_coverage
        )
        units = {row.pk: as_type(BusinessUnitType, row) for row in tenants.units(actor)}
        terms = {key: as_type(TermType, term) for key, term in global_terms(actor).items()}
        services = {row.pk: as_type(ServiceType, row) for row in catalog.services(actor)}
        is_service = dimension is trends.Dimension.SERVICE
        return TrendReport(
            months=list(read.months),
            trends=[
                TrendOf(
                    term=None if is_service else terms.get(each.key),
                    service=services.get(each.key) if is_service else None,
                    counts=list(each.counts),
                    direction=each.direction,
                    chance=each.chance,
                )
                for each in read.found
            ],
            unnamed=read.unnamed,
            basis=FigureBasis.of(read.grounds),
            by_unit=units_of(read.grounds, units),
        )

    @data_field(
        description="Services whose load or growth caused incidents at least twice in two years, with the projected"
        " date of the next one; the soonest first, or in no order where the basis refuses one.",
        cost=Cost(weight=50),
    )
    def capacity_outlook(
        self,
        info: HubInfo,
        unit_ids: list[ID] | None = None,
        known_at: Annotated[datetime | None, KNOWN_AT] = None,
        least_coverage: Annotated[float, LEAST] = LEAST_COVERAGE,
    ) -> list[CapacityOutlook]:
        actor = actor_of(info)
        services = {row.pk: as_type(ServiceType, row) for row in catalog.services(actor)}
        units = {row.pk: as_type(BusinessUnitType, row) for row in tenants.units(actor)}
        read = capacity.outlooks(actor, unit_ids=_units(unit_ids), known_at=known_at, least_coverage=least_coverage)
        basis = FigureBasis.of(read.grounds)
        return [
            CapacityOutlook(
                service=services[each.service_id],
                counts=list(each.counts),
                direction=each.direction,
                chance=each.chance,
                since=each.since,
                earliest=each.earliest,
                expected=each.expected,
                latest=each.latest,
                reviews=[_review(fact, units) for fact in each.incidents],
                basis=basis,
            )
            for each in read.found
            if each.service_id in services
        ]

    @data_field(description="What became of the action items that fell due in the last year, by unit.")
    def completion_by_unit(self, info: HubInfo) -> list[UnitCompletion]:
        actor = actor_of(info)
        units = {row.pk: as_type(BusinessUnitType, row) for row in tenants.units(actor)}
        found = postmortems.completion_by_unit(actor)
        grounds = postmortems.completion_grounds(found)
        return [
            UnitCompletion(
                unit=units[key],
                due=each.due,
                done_in_time=each.in_time,
                done_late=each.late,
                open=each.open,
                dropped=each.dropped,
                rate=each.rate,
                basis=UnitFigureBasis.of(units[key], each.basis, is_beneath=key in grounds.beneath),
                definition_version=grounds.definition_version,
            )
            for key, each in sorted(found.items())
        ]


def _units(global_ids: list[ID] | None) -> list[int] | None:
    if not global_ids:
        return None
    return [node_key(each, "BusinessUnit", "business unit", "unitIds") for each in global_ids]


def _review(fact: Fact, units: dict[int, BusinessUnitType]) -> RecurringReview:
    return RecurringReview(
        postmortem_id=ID(str(relay.GlobalID("Postmortem", str(fact.key)))),
        reference=fact.reference,
        title=fact.title,
        unit=units[fact.unit_id],
        occurred_at=fact.occurred_at,
    )
