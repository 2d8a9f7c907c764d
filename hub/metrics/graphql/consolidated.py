"""Figures by global term, rankings and what is unmapped, in GraphQL. Aggregates: resolved, and not columns."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Self

import strawberry
from strawberry import ID

from hub.lib import clock
from hub.lib.api import Cost, HubInfo, MutationErrors, actor_of, as_type, data_field, mutation, node_key, optional_key
from hub.lib.identity import Actor
from hub.metrics import consolidated as figures
from hub.metrics import preview, ranking
from hub.metrics.graphql.queries import USUAL_PERIOD, IncidentFigures
from hub.metrics.ranking import Measure, rank_units
from tenants import access as tenants
from tenants.definitions import DEFINITIONS, LEAST_COVERAGE, VERSION
from tenants.graphql.choices import TermKind
from tenants.graphql.inputs import MeaningInput, meanings_of
from tenants.graphql.types import BusinessUnitType, TermType
from tenants.resolution import Unmapped

strawberry.enum(
    Measure,
    name="RankingMeasure",
    description="By what units are ranked; the shortest time comes first.",
)
strawberry.enum(Unmapped, name="UnmappedReason", description="Why a term means no global one.")
for _measure, _words in {
    "MEAN_TO_ACKNOWLEDGE": "Mean time to acknowledge (MTTA).",
    "MEDIAN_TO_ACKNOWLEDGE": "Median time to acknowledge.",
    "MEAN_TO_RESOLVE": "Mean time to resolve (MTTR).",
    "MEDIAN_TO_RESOLVE": "Median time to resolve.",
    "P90_TO_RESOLVE": "The time within which nine of ten were resolved.",
}.items():
    for _value in Measure.__strawberry_definition__.values:  # type: ignore[attr-defined]
        if _value.name == _measure:
            _value.description = _words
for _name, _words in {
    "NEVER": "Its unit never said what it means.",
    "LATER": "Its unit said what it means only for later incidents.",
    "WITHDRAWN": "Its unit took back what it meant.",
    "RETIRED": "The global term it meant was retired.",
}.items():
    for _value in Unmapped.__strawberry_definition__.values:  # type: ignore[attr-defined]
        if _value.name == _name:
            _value.description = _words


@strawberry.type(name="UnmappedTerm", description="A unit's word that means no global term, or the lack of any word.")
class UnmappedTermType:
    unit: BusinessUnitType = strawberry.field(description="Whose incidents say it.")
    term: TermType | None = strawberry.field(description="The word; none for incidents that say none.")
    incidents: int = strawberry.field(description="How many incidents of the period it concerns.")
    reason: Unmapped | None = strawberry.field(description="Why the latest of them means no global term.")


@strawberry.type(description="Figures of the incidents that mean one global term.")
class TermFigures:
    unit: BusinessUnitType | None = strawberry.field(description="The unit, where the figures are one's.")
    term: TermType | None = strawberry.field(description="The global term; none for what is unmapped.")
    figures: IncidentFigures = strawberry.field(description="Counts and times.")


@strawberry.type(
    name="Consolidated", description="Figures by global term: what units call by their own words, brought together."
)
class ConsolidatedType:
    kind: TermKind = strawberry.field(description="By terms of which kind.")
    since: datetime = strawberry.field(description="The first moment of the period.")
    until: datetime = strawberry.field(description="The first moment after it.")
    known_at: datetime = strawberry.field(description="Which mappings were used: those published up to then.")
    definition_version: int = strawberry.field(description="Which version of the figures' definitions was used.")
    taxonomy_version: int | None = strawberry.field(description="Which version of the global terms was the latest.")
    total: IncidentFigures = strawberry.field(description="Everything together, with its coverage.")
    by_unit: list[IncidentFigures] = strawberry.field(description="By unit; the units add up to the total.")
    by_term: list[TermFigures] = strawberry.field(description="By global term; with the unmapped they add up as well.")
    by_unit_and_term: list[TermFigures] = strawberry.field(description="By unit and global term.")
    unmapped: list[UnmappedTermType] = strawberry.field(description="What means no global term, never guessed.")

    @classmethod
    def of(cls, actor: Actor, found: figures.Consolidated) -> Self:
        units = {unit.pk: as_type(BusinessUnitType, unit) for unit in tenants.units(actor).select_related("parent")}
        said = {each.term.pk for each in found.unmapped if each.term}
        ids = said | {figure.term_id for figure in found.by_term if figure.term_id is not None}
        # With what the reader calls them, for all of them at once.
        named = tenants.terms(actor).annotate(label=tenants.term_label("pk", "unit"))
        terms = {pk: as_type(TermType, term) for pk, term in named.in_bulk(ids).items()}

        def term_figures(given: Iterable[figures.TermFigure]) -> list[TermFigures]:
            return [
                TermFigures(
                    unit=units.get(each.unit_id) if each.unit_id is not None else None,
                    term=terms.get(each.term_id) if each.term_id is not None else None,
                    figures=IncidentFigures.of(each, units),
                )
                for each in given
            ]

        return cls(
            kind=found.kind,
            since=found.since,
            until=found.until,
            known_at=found.known_at,
            definition_version=VERSION,
            taxonomy_version=found.taxonomy_version,
            total=IncidentFigures.of(found.total, units),
            by_unit=[IncidentFigures.of(each, units) for each in found.by_unit],
            by_term=term_figures(found.by_term),
            by_unit_and_term=term_figures(found.by_unit_and_term),
            unmapped=[
                UnmappedTermType(
                    unit=units[each.unit_id],
                    term=terms.get(each.term.pk) if each.term else None,
                    incidents=each.incidents,
                    reason=each.reason,
                )
                for each in found.unmapped
            ],
        )


@strawberry.type(description="A unit at its place.")
class RankedUnit:
    place: int = strawberry.field(description="From 1; equal values share a place.")
    minutes: float = strawberry.field(description="By what it is ranked, in minutes.")
    figures: IncidentFigures = strawberry.field(description="Its figures, with their coverage.")


@strawberry.type(description="A unit that is not compared.")
class UnrankedUnit:
    reason: str = strawberry.field(description="Why, in a sentence.")
    figures: IncidentFigures = strawberry.field(description="Its figures, with their coverage.")


@strawberry.type(description="Units in order, as far as they can be compared.")
class UnitRanking:
    measure: Measure = strawberry.field(description="By what.")
    least_coverage: float = strawberry.field(description="Below which coverage units are not compared.")
    definition_version: int = strawberry.field(description="Which version of the figures' definitions was used.")
    taxonomy_version: int | None = strawberry.field(description="Which version of the global terms was the latest.")
    known_at: datetime = strawberry.field(description="Which mappings were used: those published up to then.")
    ranked: list[RankedUnit] = strawberry.field(description="The fastest first.")
    unranked: list[UnrankedUnit] = strawberry.field(description="Those that are not compared, and why.")
    refusal: str = strawberry.field(description="Why nothing is ranked at all; empty otherwise.")


@strawberry.type(description="What a figure means.")
class FigureDefinition:
    key: str = strawberry.field(description="Short and stable: to_resolve.")
    name: str = strawberry.field(description="What pages call it.")
    meaning: str = strawberry.field(description="What is counted, in a sentence or two.")
    version: int = strawberry.field(description="The version of the definitions that says so.")


@strawberry.input(description="A change of a unit's mapping that is only looked at.")
class PreviewMappingInput:
    unit_id: ID = strawberry.field(description="The unit.")
    kind: TermKind = strawberry.field(description="By terms of which kind the figures are shown.")
    meanings: list[MeaningInput] = strawberry.field(description="What terms of the unit would mean.")
    since: datetime | None = strawberry.field(default=None, description="From which moment on; now if left out.")
    days: int = strawberry.field(default=365, description="For how many days up to now the figures are shown.")


@strawberry.type(description="Figures as they are, and as a change of the mapping would make them.")
class MappingPreview:
    number: int = strawberry.field(description="The version that the change would make.")
    restates: bool = strawberry.field(description="Whether it would change what figures say about the past.")
    before: ConsolidatedType = strawberry.field(description="As they are.")
    after: ConsolidatedType = strawberry.field(description="As they would be.")


def _units(unit_ids: list[ID] | None) -> list[int] | None:
    if unit_ids is None:
        return None
    return [node_key(each, "BusinessUnit", "business unit", "unitIds") for each in unit_ids]


@strawberry.type
class ConsolidatedQuery:
    @data_field(
        description="Figures by global term of one kind: units' own words are resolved as of each incident's day.",
        cost=Cost(weight=50),
    )
    def consolidated(
        self,
        info: HubInfo,
        *,
        kind: TermKind,
        since: datetime | None = None,
        until: datetime | None = None,
        unit_ids: list[ID] | None = None,
        known_at: datetime | None = None,
    ) -> ConsolidatedType:
        actor = actor_of(info)
        end = until or clock.now()
        found = figures.consolidated(
            actor=actor,
            kind=kind,
            since=since or end - USUAL_PERIOD,
            until=end,
            unit_ids=_units(unit_ids),
            known_at=known_at,
        )
        return ConsolidatedType.of(actor, found)

    @data_field(
        description="Units by how fast they are, refused to those that cannot be compared.", cost=Cost(weight=50)
    )
    def unit_ranking(
        self,
        info: HubInfo,
        *,
        measure: Measure,
        since: datetime | None = None,
        until: datetime | None = None,
        kind: TermKind = TermKind.INCIDENT_TYPE,
        term_id: ID | None = None,
        unit_ids: list[ID] | None = None,
        least_coverage: float = LEAST_COVERAGE,
        known_at: datetime | None = None,
    ) -> UnitRanking:
        actor = actor_of(info)
        end = until or clock.now()
        found = rank_units(
            actor=actor,
            measure=measure,
            since=since or end - USUAL_PERIOD,
            until=end,
            kind=kind,
            term_id=optional_key(term_id, "Term", "term", "termId"),
            unit_ids=_units(unit_ids),
            least_coverage=least_coverage,
            known_at=known_at,
        )
        return _ranking(actor, found)

    @data_field(description="What each figure means, in the version that is used now.")
    def figure_definitions(self, info: HubInfo) -> list[FigureDefinition]:
        actor_of(info)
        return [
            FigureDefinition(key=each.key, name=each.name, meaning=each.meaning, version=VERSION)
            for each in DEFINITIONS
        ]


@strawberry.type
class ConsolidatedMutation:
    @mutation(description="See what a change of a unit's mapping would do to its figures. Nothing is changed.")
    def preview_mapping(
        self, info: HubInfo, input: PreviewMappingInput
    ) -> Annotated[MappingPreview | MutationErrors, strawberry.union("PreviewMappingPayload")]:
        actor = actor_of(info)
        seen = preview.preview_mapping(
            actor=actor,
            unit_id=node_key(input.unit_id, "BusinessUnit", "business unit", "unitId"),
            kind=input.kind,
            meanings=meanings_of(input.meanings),
            since=input.since,
            period=timedelta(days=min(max(input.days, 1), 1_000)),
        )
        return MappingPreview(
            number=seen.number,
            restates=seen.restates,
            before=ConsolidatedType.of(actor, seen.before),
            after=ConsolidatedType.of(actor, seen.after),
        )


def _ranking(actor: Actor, found: ranking.Ranking) -> UnitRanking:
    units = {unit.pk: as_type(BusinessUnitType, unit) for unit in tenants.units(actor)}
    return UnitRanking(
        measure=found.measure,
        least_coverage=found.least_coverage,
        definition_version=found.definition_version,
        taxonomy_version=found.taxonomy_version,
        known_at=found.known_at,
        ranked=[
            RankedUnit(
                place=each.place,
                minutes=float(Decimal(str(each.value.total_seconds())) / 60),
                figures=IncidentFigures.of(each.figure, units),
            )
            for each in found.ranked
        ],
        unranked=[
            UnrankedUnit(reason=each.reason, figures=IncidentFigures.of(each.figure, units)) for each in found.unranked
        ],
        refusal=found.refusal,
    )
