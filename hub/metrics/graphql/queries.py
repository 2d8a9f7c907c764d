"""The overview in GraphQL. Its values are aggregates, so its fields are resolved and not columns."""

from datetime import datetime, timedelta
from typing import Self

import strawberry
from strawberry import ID

from hub.incidents.models import Severity
from hub.lib import clock
from hub.lib.api import Cost, HubInfo, actor_of, as_type, data_field, node_key
from hub.metrics import figures
from hub.metrics.models import QuarterRelease
from tenants import access as tenants
from tenants.definitions import VERSION
from tenants.graphql.types import BusinessUnitType

USUAL_PERIOD = timedelta(days=90)


def _minutes(length: timedelta | None) -> float | None:
    return round(length.total_seconds() / 60, 2) if length is not None else None


@strawberry.type(description="Counts and times of some incidents. A time is absent where no incident got that far.")
class IncidentFigures:
    unit: BusinessUnitType | None = strawberry.field(description="The unit, where the figures are one's.")
    severity: Severity | None = strawberry.field(description="The global severity, where the figures are one's.")
    declared: int = strawberry.field(description="Incidents declared in the period.")
    open: int = strawberry.field(description="Those that are not resolved yet.")
    mtta_minutes: float | None = strawberry.field(description="Mean time to acknowledge, in minutes.")
    median_minutes_to_acknowledge: float | None = strawberry.field(description="Median time to acknowledge.")
    mttr_minutes: float | None = strawberry.field(description="Mean time to resolve, in minutes.")
    median_minutes_to_resolve: float | None = strawberry.field(description="Median time to resolve.")
    p90_minutes_to_resolve: float | None = strawberry.field(
        description="Nine of ten incidents were resolved within this time."
    )
    coverage: float | None = strawberry.field(
        description="The share of incidents that resolve to global terms, from 0 to 1."
    )
    certainty: float | None = strawberry.field(
        description="How surely those mean their global terms: the mean strength of their mappings, up to 1."
    )
    definition_version: int = strawberry.field(description="By which version of the definitions it was counted.")

    @classmethod
    def of(cls, figure: figures.Figure, units: dict[int, BusinessUnitType]) -> Self:
        return cls(
            unit=units.get(figure.unit_id) if figure.unit_id is not None else None,
            severity=Severity(figure.severity) if figure.severity else None,
            declared=figure.declared,
            open=figure.open,
            mtta_minutes=_minutes(figure.mean_to_acknowledge),
            median_minutes_to_acknowledge=_minutes(figure.median_to_acknowledge),
            mttr_minutes=_minutes(figure.mean_to_resolve),
            median_minutes_to_resolve=_minutes(figure.median_to_resolve),
            p90_minutes_to_resolve=_minutes(figure.high_to_resolve),
            coverage=figure.coverage,
            certainty=figure.certainty,
            definition_version=figure.definition_version,
        )


@strawberry.type(name="Overview", description="The figures of a period, over the incidents that you may see.")
class OverviewType:
    since: datetime = strawberry.field(description="The first moment of the period.")
    until: datetime = strawberry.field(description="The first moment after it.")
    definition_version: int = strawberry.field(description="Which version of the figures' definitions was used.")
    known_at: datetime = strawberry.field(
        description="Which mappings were used: those published up to then. Give it back, and nothing has changed."
    )
    total: IncidentFigures = strawberry.field(description="Everything together.")
    by_unit: list[IncidentFigures] = strawberry.field(description="By unit; the units add up to the total.")
    by_severity: list[IncidentFigures] = strawberry.field(description="By global severity.")
    by_unit_and_severity: list[IncidentFigures] = strawberry.field(description="By unit and global severity.")


@strawberry.type(description="A unit's part of a figure about restricted incidents.")
class RestrictedOfUnit:
    unit: BusinessUnitType = strawberry.field(description="The unit.")
    restricted: int = strawberry.field(description="How many there were.")


@strawberry.type(
    description="What is told of a quarter's restricted incidents: once, after it has ended. A figure below the minimum"
    " is not told, and none beside one that is not; zero is such a figure."
)
class RestrictedFigures:
    quarter: str = strawberry.field(description="The quarter, in UTC: 2026-Q3.")
    released_at: datetime = strawberry.field(description="When these figures were made; they never change.")
    minimum: int = strawberry.field(description="The smallest figure that is told.")
    restricted: int | None = strawberry.field(description="How many were restricted: they add to the others.")
    by_unit: list[RestrictedOfUnit] | None = strawberry.field(description="Restricted ones by unit.")

    @classmethod
    def of(cls, release: QuarterRelease, units: dict[int, BusinessUnitType]) -> Self:
        return cls(
            quarter=release.name,
            released_at=release.released_at,
            minimum=release.minimum,
            restricted=release.total,
            by_unit=None
            if release.by_unit is None
            else [
                RestrictedOfUnit(unit=units[int(unit_id)], restricted=count)
                for unit_id, count in release.by_unit.items()
                if int(unit_id) in units
            ],
        )


@strawberry.type
class MetricsQuery:
    @data_field(
        description="What is told of restricted incidents, by quarter, the latest first. For enterprise readers."
    )
    def restricted_figures(self, info: HubInfo) -> list[RestrictedFigures]:
        units = {unit.pk: as_type(BusinessUnitType, unit) for unit in tenants.units(actor_of(info))}
        return [RestrictedFigures.of(release, units) for release in QuarterRelease.objects.all()]

    @data_field(
        description="Open incidents, MTTA and MTTR by unit and severity, on global terms.", cost=Cost(weight=50)
    )
    def overview(
        self,
        info: HubInfo,
        since: datetime | None = None,
        until: datetime | None = None,
        unit_ids: list[ID] | None = None,
        known_at: datetime | None = None,
    ) -> OverviewType:
        actor = actor_of(info)
        end = until or clock.now()
        found = figures.overview(
            actor=actor,
            since=since or end - USUAL_PERIOD,
            until=end,
            unit_ids=[node_key(each, "BusinessUnit", "business unit", "unitIds") for each in unit_ids]
            if unit_ids is not None
            else None,
            known_at=known_at,
        )
        units = {unit.pk: as_type(BusinessUnitType, unit) for unit in tenants.units(actor)}
        return OverviewType(
            since=found.since,
            until=found.until,
            definition_version=VERSION,
            known_at=found.known_at,
            total=IncidentFigures.of(found.total, units),
            by_unit=[IncidentFigures.of(each, units) for each in found.by_unit],
            by_severity=[IncidentFigures.of(each, units) for each in found.by_severity],
            by_unit_and_severity=[IncidentFigures.of(each, units) for each in found.by_unit_and_severity],
        )
