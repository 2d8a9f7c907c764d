"""The only door to incidents and what belongs to them. Missing and forbidden are the same error."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import BooleanField, ExpressionWrapper, Max, Q, QuerySet
from django.db.models.functions import Now

from hub.catalog import access as catalog
from hub.catalog.models import Sensitivity
from hub.incidents import rooms
from hub.incidents.models import (
    OVER,
    Assessment,
    Duty,
    Engagement,
    EntryKind,
    EscalationCriteria,
    EscalationProposal,
    FieldValue,
    HandOff,
    HandOver,
    HandOverState,
    Impact,
    Incident,
    IncidentPersonGrant,
    IncidentRole,
    IncidentSighting,
    MaintenanceWindow,
    Ownership,
    ProposalState,
    RaciLine,
    Reach,
    ResponsePlan,
    RoleKind,
    Severity,
    SeverityThreshold,
    TimelineEntry,
    runs_at,
)
from hub.incidents.rooms import Act
from hub.incidents.thresholds import Threshold
from hub.lib import clock
from hub.lib.errors import NotFound
from hub.lib.identity import Actor
from hub.oncall import access as oncall
from hub.web.wording import span
from tenants import access as tenants
from tenants.models import Person, TermKind
from tenants.permissions import Permission, can


def incidents(actor: Actor) -> QuerySet[Incident]:
    """Every incident that `actor` may see: the database decides, the query only asks."""
    return Incident.objects.all()


def incident_for(actor: Actor, incident_id: int, *, lock: bool = False, with_key: bool = False) -> Incident:
    """The incident with this id.

    Args:
        lock: hold the row until the transaction ends. The lock leaves the key free, so that children can be
            written at the same time.
        with_key: hold the key too, for a change of the scope that children carry: nobody writes one meanwhile.

    Raises `NotFound`.
    """
    incidents = Incident.objects
    queryset = incidents.select_for_update(no_key=not with_key, of=("self",)) if lock else incidents.all()
    try:
        return queryset.get(pk=incident_id)
    except Incident.DoesNotExist:
        raise NotFound("incident") from None


def incident_referenced(actor: Actor, reference: str) -> Incident:
    """The incident called PAY-142. Raises `NotFound`."""
    try:
        return Incident.objects.get(reference=reference.upper())
    except Incident.DoesNotExist:
        raise NotFound("incident") from None


def entry_for(actor: Actor, entry_id: int, *, lock: bool = False) -> TimelineEntry:
    """The timeline entry with this id. Raises `NotFound`."""
    queryset = TimelineEntry.objects.select_for_update(no_key=True, of=("self",)) if lock else TimelineEntry.objects
    try:
        return queryset.get(pk=entry_id)
    except TimelineEntry.DoesNotExist:
        raise NotFound("timeline entry") from None


def timeline(actor: Actor, incident: Incident) -> QuerySet[TimelineEntry]:
    """The incident's entries, oldest first, with their authors."""
    return incident.timeline.select_related("author").order_by("at", "id")


def roles(actor: Actor, incident: Incident) -> QuerySet[IncidentRole]:
    """Who holds which role now."""
    return incident.roles.filter(ended_at=None).select_related("person")


def field_values(actor: Actor, incident: Incident) -> QuerySet[FieldValue]:
    """What the incident says in its unit's fields."""
    return incident.field_values.select_related("field", "person")


def facts_in_words(incident: Incident) -> dict[str, str]:
    """What a unit's wording can stand for (`tenants.templates`)."""
    return {
        "reference": incident.reference,
        "title": incident.title,
        "severity": incident.severity.upper(),
        "status": incident.get_status_display().lower(),
        "service": incident.service.name if incident.service else "",
        "unit": incident.unit.name,
        "commander": incident.commander.name if incident.commander else "",
        "age": span(clock.now() - incident.declared_at),
    }


def grants(actor: Actor, incident: Incident) -> QuerySet[IncidentPersonGrant]:
    """Who is admitted to a restricted incident, by whom, why and until when, by name; those that ended come last."""
    is_over = ExpressionWrapper(Q(valid_until__isnull=False, valid_until__lte=Now()), BooleanField())
    return incident.person_grants.select_related("user", "granted_by", "ended_by").order_by(is_over, "user__name", "id")


def live_grant(actor: Actor, incident: Incident) -> IncidentPersonGrant | None:
    """The actor's own grant, while it lasts."""
    return incident.person_grants.filter(_lasting(), user_id=actor.person_id or 0).first()


def owners(actor: Actor, incident: Incident) -> QuerySet[IncidentPersonGrant]:
    """The grants of those who own a restricted incident now."""
    return incident.person_grants.filter(_lasting(), is_owner=True, user__is_active=True).select_related("user")


def is_admitted(actor: Actor, incident: Incident, person_id: int) -> bool:
    """Whether somebody who is still active has a grant of the restricted incident."""
    return incident.person_grants.filter(_lasting(), user=person_id, user__is_active=True).exists()


def former_owners(actor: Actor, incident: Incident, *, but: int) -> QuerySet[Person]:
    """Active people who owned a restricted incident once, without one of them."""
    owned = incident.person_grants.filter(is_owner=True).exclude(user_id=but)
    return Person.objects.filter(is_active=True, pk__in=owned.values("user_id"))


def sightings(actor: Actor, incident: Incident) -> QuerySet[IncidentSighting]:
    """Who has read a restricted incident, the latest first."""
    return incident.sightings.select_related("person").order_by("-at", "-id")


def rights(actor: Actor, incident: Incident) -> frozenset[Act]:
    """What the actor may do in the incident's room, by their roles in it, their unit's and their grant."""
    if actor.is_system:
        return rooms.EVERYTHING
    held = {RoleKind(role.kind) for role in roles(actor, incident).filter(person_id=actor.person_id or 0)}
    if incident.commander_id == actor.person_id:
        held.add(RoleKind.COMMANDER)
    grant = live_grant(actor, incident) if incident.restricted else None
    return rooms.rights(
        roles=held,
        may_respond=can(actor, Permission.INCIDENT_RESPOND, incident.unit_id),
        may_command=can(actor, Permission.INCIDENT_COMMAND, incident.unit_id),
        is_admitted=incident.restricted,
        is_owner=grant is not None and grant.is_owner,
    )


def maintenance_windows(actor: Actor) -> QuerySet[MaintenanceWindow]:
    """Every maintenance window, the latest first: whoever needs a service may know of work on it."""
    windows = MaintenanceWindow.objects.select_related("unit", "series", "scheduled_by", "stopped_by")
    return windows.prefetch_related("services")


def maintenance_for(actor: Actor, window_id: int, *, lock: bool = False) -> MaintenanceWindow:
    """The window with this id. Raises `NotFound`."""
    queryset = MaintenanceWindow.objects.select_related("unit", "series")
    try:
        return (queryset.select_for_update(no_key=True, of=("self",)) if lock else queryset).get(pk=window_id)
    except MaintenanceWindow.DoesNotExist:
        raise NotFound("maintenance window") from None


def maintenance_from(actor: Actor, window: MaintenanceWindow, *, lock: bool = False) -> list[MaintenanceWindow]:
    """The window, and those of its series that begin later and nobody stopped, by their ids."""
    queryset = MaintenanceWindow.objects.select_related("unit", "series").order_by("pk")
    queryset = queryset.select_for_update(no_key=True, of=("self",)) if lock else queryset
    follows = Q(series=window.series_id, starts_at__gt=window.starts_at, stopped_at=None)
    return list(queryset.filter(Q(pk=window.pk) | follows))


def maintenance_at(actor: Actor, service_id: int | None, moment: datetime) -> MaintenanceWindow | None:
    """The maintenance of a service that runs at `moment` (aware): the one that ends last, if there are several."""
    if service_id is None:
        return None
    running = MaintenanceWindow.objects.filter(runs_at(moment), covered__service=service_id)
    return running.select_related("unit").order_by("-ends_at", "id").first()


def quiet_until(actor: Actor, service_id: int | None, moment: datetime) -> datetime | None:
    """When the maintenance of a service that runs at `moment` (aware) is over, with what follows it at once."""
    until = None
    while (window := maintenance_at(actor, service_id, until or moment)) is not None:
        until = window.ends_at
    return until


def quiet_incidents(actor: Actor) -> QuerySet[Incident]:
    """The incidents that page nobody before a maintenance is over."""
    return Incident.objects.filter(is_quiet=True)


def _lasting() -> Q:
    return Q(valid_until=None) | Q(valid_until__gt=Now())


def ownership_of(actor: Actor, unit_id: int) -> Ownership | None:
    """Who commands the unit's incidents; None for a unit that commands all of them itself."""
    return Ownership.objects.select_related("central_unit", "commander_schedule").filter(unit_id=unit_id).first()


def central_ownership(actor: Actor, unit_id: int, severity: str) -> Ownership | None:
    """By what another unit commands the unit's incidents of this severity; None where it commands them itself."""
    ownership = ownership_of(actor, unit_id)
    return ownership if ownership is not None and ownership.is_central(severity) else None


def ownerships(actor: Actor) -> dict[int, Ownership]:
    """Who commands whose incidents, by unit id; units that command all of theirs may be absent."""
    return {each.unit_id: each for each in Ownership.objects.select_related("central_unit")}


def central_schedules(actor: Actor, incidents: Iterable[Incident]) -> dict[int, int]:
    """The schedule that commands centrally, by the id of each of these incidents that another unit commands."""
    found = list(incidents)
    central = Ownership.objects.exclude(central_unit=None).in_bulk({each.unit_id for each in found})
    return {
        each.pk: ownership.commander_schedule_id
        for each in found
        if (ownership := central.get(each.unit_id)) is not None
        and ownership.is_central(each.severity)
        and not each.restricted
        and ownership.commander_schedule_id is not None
    }


def hand_overs(actor: Actor) -> QuerySet[HandOver]:
    """The offers that `actor` may see: of incidents they see, to their units, and from them; newest first."""
    return HandOver.objects.select_related("from_unit", "to_unit", "offered_by", "decided_by")


def hand_over_for(actor: Actor, hand_over_id: int, *, lock: bool = False) -> HandOver:
    """The offer with this id. Raises `NotFound`."""
    queryset = hand_overs(actor)
    try:
        return (queryset.select_for_update(of=("self",)) if lock else queryset).get(pk=hand_over_id)
    except HandOver.DoesNotExist:
        raise NotFound("hand-over") from None


def hand_offs(actor: Actor, incident: Incident) -> QuerySet[HandOff]:
    """The incident's hand-offs to specialists, the latest first."""
    return incident.hand_offs.select_related("schedule", "offered_by", "decided_by")


def hand_off_for(actor: Actor, hand_off_id: int, *, lock: bool = False) -> HandOff:
    """The hand-off with this id. Raises `NotFound`."""
    queryset = HandOff.objects.select_related("offered_by", "decided_by")
    try:
        return (queryset.select_for_update(no_key=True, of=("self",)) if lock else queryset).get(pk=hand_off_id)
    except HandOff.DoesNotExist:
        raise NotFound("hand-off") from None


def takes_turns(actor: Actor, offer: HandOff) -> bool:
    """Whether `actor` is one of those to whom a hand-off is offered."""
    key, now = offer.schedule_id or 0, clock.now()
    answering = oncall.who_answers(actor, [key], now).get(key)
    on_call = answering is not None and answering.pk == actor.person_id
    return on_call or actor.person_id in oncall.teams(actor, [key], now).get(key, ())


def open_hand_over(actor: Actor, incident: Incident) -> HandOver | None:
    """The offer of this incident that waits for an answer, if there is one."""
    return hand_overs(actor).filter(incident=incident, state=HandOverState.OFFERED).first()


def children(actor: Actor, incident: Incident) -> QuerySet[Incident]:
    """The units' incidents that this one gathers, as far as `actor` may see them."""
    return Incident.objects.filter(parent=incident).select_related("unit", "commander").order_by("declared_at", "id")


def criteria_of(actor: Actor, unit_ids: Iterable[int]) -> dict[int, EscalationCriteria]:
    """The criteria of these units, by unit id; those without any are absent."""
    return EscalationCriteria.objects.select_related("unit").in_bulk(list(unit_ids))


def proposals(actor: Actor) -> QuerySet[EscalationProposal]:
    """What was proposed to the units that `actor` commands in, newest first."""
    return EscalationProposal.objects.select_related("unit", "trigger", "parent", "decided_by")


def proposal_for(actor: Actor, proposal_id: int, *, lock: bool = False) -> EscalationProposal:
    """The proposal with this id. Raises `NotFound`."""
    queryset = proposals(actor)
    try:
        return (queryset.select_for_update(of=("self",)) if lock else queryset).get(pk=proposal_id)
    except EscalationProposal.DoesNotExist:
        raise NotFound("proposal") from None


def proposals_for_decision(actor: Actor) -> QuerySet[EscalationProposal]:
    """What waits for `actor`'s decision."""
    return proposals(actor).filter(state=ProposalState.PROPOSED)


def severity_thresholds(actor: Actor) -> QuerySet[SeverityThreshold]:
    """The enterprise's thresholds and those of the units that `actor` sees, in their order."""
    return SeverityThreshold.objects.select_related("unit").order_by("unit__name", "position")


def thresholds(actor: Actor, unit_id: int | None) -> list[Threshold]:
    """The thresholds that hold for a unit, the enterprise's first; for None, the enterprise's alone."""
    return thresholds_of_units(actor, [unit_id])[unit_id]


def thresholds_of_units(actor: Actor, unit_ids: Iterable[int | None]) -> dict[int | None, list[Threshold]]:
    """The same for each of these units, by one statement."""
    units = set(unit_ids)
    found = SeverityThreshold.objects.filter(Q(unit=None) | Q(unit__in=units - {None})).order_by("position")
    common = [asked(row) for row in found if row.unit_id is None]
    return {
        unit: [*common, *(asked(row) for row in found if row.unit_id == unit)] if unit else common for unit in units
    }


def asked(row: SeverityThreshold) -> Threshold:
    """The threshold of this row, ready to be asked."""
    return Threshold(
        position=row.position,
        severity=Severity(row.severity),
        explanation=row.explanation,
        is_floor=row.unit_id is None,
        impact=Impact(row.impact) if row.impact else None,
        criticality=row.criticality,
        recovery_minutes=row.recovery_minutes,
        reach=Reach(row.reach) if row.reach else None,
        sensitivity=Sensitivity(row.sensitivity) if row.sensitivity else None,
    )


def response_plans(actor: Actor) -> QuerySet[ResponsePlan]:
    """What severities engage, for every unit and for those that `actor` sees, the gravest first."""
    return (
        ResponsePlan.objects.select_related("unit")
        .prefetch_related("teams__schedule", "teams__incident_type", "teams__domain")
        .order_by("severity", "unit_id")
    )


def domains_of(actor: Actor, incident: Incident) -> set[int]:
    """The domains that an incident is in: its service's, and those that its tags name."""
    named = tenants.terms_named(actor, TermKind.DOMAIN, incident.unit_id, incident.tags)
    of_service = incident.service.domain_id if incident.service else None
    return named if of_service is None else named | tenants.with_meanings(actor, [of_service])


def plans_for(unit_id: int, severity: str) -> Q:
    """That a plan holds for an incident of this unit and severity. SEV1, the gravest, is the first by name."""
    return (Q(unit=None) | Q(unit=unit_id)) & Q(severity__gte=severity)


def engagements(actor: Actor, incident: Incident) -> QuerySet[Engagement]:
    """What the incident has engaged, the gravest plan first."""
    return incident.engagements.select_related("plan_unit")


def overdue_updates(actor: Actor, moment: datetime) -> QuerySet[Engagement]:
    """What open incidents have engaged that wanted an update by `moment` (aware), and has not been looked at since."""
    busy = Incident.objects.exclude(status__in=OVER).filter(is_quiet=False)
    return Engagement.objects.filter(incident__in=busy.values("pk"), update_due_at__lte=moment)


def last_updates(actor: Actor, incident_ids: Iterable[int]) -> dict[int, datetime]:
    """When a person last wrote something in each of the incidents, by id; those without are left out."""
    by_people = TimelineEntry.objects.filter(
        incident__in=list(incident_ids), author__isnull=False, author__is_service=False
    ).exclude(kind=EntryKind.SYSTEM)
    return dict(
        by_people.order_by().values_list("incident").annotate(latest=Max("at")).values_list("incident", "latest")
    )


def open_incidents(actor: Actor) -> QuerySet[Incident]:
    """What goes on, with unit, service and commander, of what is open to its unit."""
    going_on = Incident.objects.exclude(status__in=OVER).filter(restricted=False)
    return going_on.select_related("unit", "service", "commander")


def schedules_of(incident: Incident) -> set[int]:
    """The schedules whose people work on the incident by its service."""
    service = incident.service
    return {key for key in (service.commander_schedule_id, service.responder_schedule_id) if key} if service else set()


def commanders_on_call(actor: Actor, unit_id: int, moment: datetime) -> set[int]:
    """Whoever is on call at `moment` (aware) to command incidents of the unit's services, or centrally: their ids."""
    services = catalog.services(actor).filter(unit=unit_id, commander_schedule__isnull=False)
    schedules = set(services.order_by().values_list("commander_schedule", flat=True).distinct())
    central = ownership_of(actor, unit_id)
    if central is not None and central.commander_schedule_id is not None:
        schedules.add(central.commander_schedule_id)
    return {person.pk for person in oncall.who_answers(actor, schedules, moment).values()}


def last_assessment(actor: Actor, incident: Incident) -> Assessment | None:
    """What was last said of the incident, and what followed."""
    return incident.assessments.select_related("person").first()


def raci_lines(actor: Actor) -> QuerySet[RaciLine]:
    """The responsibility matrices of the units that `actor` sees."""
    return RaciLine.objects.select_related("unit", "incident_type", "schedule", "person").order_by(
        "unit__name", "activity", "severity", "incident_type", "part", "id"
    )


def said_of_line(row: RaciLine) -> str:
    """A line as the audit trail tells it."""
    return f"{row.get_part_display()}: {holder_of(row)}"


def holder_of(row: RaciLine) -> str:
    """Whom a line names, in words."""
    if row.role_key:
        return f"everybody who is {row.role_key.replace('_', ' ')}"
    if row.person_id is not None:
        return row.person.name if row.person else "somebody"
    return f"on call for {row.schedule.name if row.schedule else 'a schedule that you do not see'}"


def duties(actor: Actor, incident: Incident) -> QuerySet[Duty]:
    """Who has which part in what about the incident now, as its unit's matrix resolved."""
    return incident.duties.filter(ended_at=None).select_related("person")
