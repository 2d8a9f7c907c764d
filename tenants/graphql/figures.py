"""On what a figure across units rests, in GraphQL. Aggregates: resolved, and not columns."""

from collections.abc import Mapping
from datetime import datetime
from typing import Self

import strawberry

from tenants.definitions import Basis, Grounds
from tenants.graphql.types import BusinessUnitType

KNOWN_AT = strawberry.argument(description="By the mappings published up to then; now, unless said otherwise.")
LEAST = strawberry.argument(description="From 0.5 to 1: below this coverage nothing is put in order.")


@strawberry.type(description="On what a figure that brings units together rests.")
class FigureBasis:
    definition_version: int = strawberry.field(description="Which version of the figures' definitions was used.")
    taxonomy_version: int | None = strawberry.field(
        description="Which version of the global terms was the latest; nothing where no term is asked."
    )
    known_at: datetime = strawberry.field(description="Which mappings were used: those published up to then.")
    counted: int = strawberry.field(description="How much there is to count.")
    covered: int = strawberry.field(description="How much of it says what is asked, in global terms.")
    coverage: float | None = strawberry.field(description="The share that does, from 0 to 1; nothing of nothing.")
    certainty: float | None = strawberry.field(
        description="How surely it does: the mean strength of the mappings that were used, up to 1."
    )
    least_coverage: float = strawberry.field(description="Below which coverage nothing is put in order.")
    refusal: str = strawberry.field(description="Why nothing is put in order; empty where it is.")

    @classmethod
    def of(cls, grounds: Grounds) -> Self:
        return cls(
            definition_version=grounds.definition_version,
            taxonomy_version=grounds.taxonomy_version,
            known_at=grounds.known_at,
            counted=grounds.whole.counted,
            covered=grounds.whole.covered,
            coverage=grounds.whole.coverage,
            certainty=grounds.whole.certainty,
            least_coverage=grounds.least_coverage,
            refusal=grounds.refusal,
        )


@strawberry.type(description="A unit's part of what a figure rests on. The units add up to the whole.")
class UnitFigureBasis:
    unit: BusinessUnitType = strawberry.field(description="The unit.")
    counted: int = strawberry.field(description="How much of it there is to count.")
    covered: int = strawberry.field(description="How much of that says what is asked, in global terms.")
    coverage: float | None = strawberry.field(description="The share that does, from 0 to 1.")
    certainty: float | None = strawberry.field(description="How surely it does, up to 1.")
    is_beneath: bool = strawberry.field(description="Whether that is below the least: it is not compared with others.")

    @classmethod
    def of(cls, unit: BusinessUnitType, basis: Basis, *, is_beneath: bool) -> Self:
        return cls(
            unit=unit,
            counted=basis.counted,
            covered=basis.covered,
            coverage=basis.coverage,
            certainty=basis.certainty,
            is_beneath=is_beneath,
        )


def units_of(grounds: Grounds, units: Mapping[int, BusinessUnitType]) -> list[UnitFigureBasis]:
    """The units' parts, of those that the reader sees."""
    return [
        UnitFigureBasis.of(units[key], basis, is_beneath=key in grounds.beneath)
        for key, basis in grounds.by_unit.items()
        if key in units
    ]
