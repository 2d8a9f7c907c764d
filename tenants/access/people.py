"""People, units, regions, roles, keys and calendars. Missing and forbidden are the same error."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db.models import Q, QuerySet

from hub.lib import clock
from hub.lib.errors import Invalid, NotFound
from hub.lib.given import now
from hub.lib.identity import Actor, person
from tenants.calendars import Calendar, Hours
from tenants.models import (
    AccessToken,
    BusinessUnit,
    Closure,
    Person,
    Region,
    RegulationProfile,
    Role,
    RoleAssignment,
    UnitCalendar,
)
from tenants.permissions import Permission


def person_for(actor: Actor, person_id: int) -> Person:
    """The active person with this id. Raises `NotFound`."""
    try:
        return Person.objects.get(pk=person_id, is_active=True)
    except Person.DoesNotExist:
        raise NotFound("person") from None


def person_named(actor: Actor, username: str) -> Person:
    """The active person with this username. Raises `NotFound`."""
    try:
        return Person.objects.get(username__iexact=username, is_active=True)
    except Person.DoesNotExist:
        raise NotFound("person") from None


def person_called(actor: Actor, words: str) -> Person:
    """The active person whom these words name: a username, a name that nobody else has, or "Name (username)".

    Raises `NotFound`, and `Invalid` for a name that several people have.
    """
    called = words.strip().removeprefix("@")
    username = called[called.rfind("(") + 1 : -1] if called.endswith(")") else called
    found = Person.objects.filter(username__iexact=username, is_active=True).first()
    if found:
        return found
    namesakes = list(Person.objects.filter(name__iexact=called, is_active=True)[:2])
    if len(namesakes) > 1:
        raise Invalid(f"Several people are called {called}: choose one by username.", path=["person"])
    if not namesakes:
        raise NotFound("person")
    return namesakes[0]


def people_around(actor: Actor, unit_id: int) -> QuerySet[Person]:
    """Who can be called to work in the unit: people with a role there, then those with one above it, by name."""
    moment = clock.now()
    held = Q(role_assignments__valid_until=None) | Q(role_assignments__valid_until__gt=moment)
    scope = (
        Q(role_assignments__unit=unit_id)
        | Q(role_assignments__is_enterprise=True)
        | Q(role_assignments__region__units=unit_id)
    )
    return Person.objects.filter(held, scope, is_active=True, is_service=False).order_by("name", "id").distinct()


def actor_named(username: str, *, through: str) -> Actor:
    """The actor for the active person with this username, for commands: who runs those is known to the machine.

    Raises `NotFound`.
    """
    found = Person.objects.filter(username__iexact=username, is_active=True).first()
    if found is None:
        raise NotFound("person")
    return person(found.pk, through=through)


def tokens(actor: Actor) -> QuerySet[AccessToken]:
    """The actor's own bearer tokens, newest first."""
    return AccessToken.objects.filter(person_id=actor.person_id or 0)


def unit_for(actor: Actor, unit_id: int) -> BusinessUnit:
    """The unit with this id. Raises `NotFound`."""
    try:
        return BusinessUnit.objects.get(pk=unit_id)
    except BusinessUnit.DoesNotExist:
        raise NotFound("business unit") from None


def unit_named(actor: Actor, slug: str) -> BusinessUnit:
    """The unit with this slug. Raises `NotFound`."""
    try:
        return BusinessUnit.objects.get(slug=slug)
    except BusinessUnit.DoesNotExist:
        raise NotFound("business unit") from None


def units(actor: Actor) -> QuerySet[BusinessUnit]:
    """All units: their names are the enterprise's shared vocabulary."""
    return BusinessUnit.objects.all()


def regions(actor: Actor) -> QuerySet[Region]:
    return Region.objects.all()


def people(actor: Actor, ids: Iterable[int]) -> QuerySet[Person]:
    return Person.objects.filter(pk__in=ids)


def people_in(
    actor: Actor, unit_ids: Collection[int] | QuerySet[BusinessUnit], *, role_key: str = ""
) -> QuerySet[Person]:
    """Who holds a role in one of these units now, as far as `actor` may see that, by name.

    Args:
        role_key: the key of the role; whatever role if left out.
    """
    held = assignments(actor).filter(held_now(), unit__in=unit_ids).order_by()
    if role_key:
        held = held.filter(role__key=role_key)
    found = people(actor, held.values_list("person_id", flat=True))
    return found.filter(is_active=True, is_service=False).order_by("name", "pk")


def region_for(actor: Actor, region_id: int) -> Region:
    """The region with this id. Raises `NotFound`."""
    try:
        return Region.objects.get(pk=region_id)
    except Region.DoesNotExist:
        raise NotFound("region") from None


def role_for(actor: Actor, role_id: int, *, lock: bool = False) -> Role:
    """The role with this id: a built-in one, or a unit's own. Raises `NotFound`."""
    queryset = Role.objects.select_for_update(of=("self",)) if lock else Role.objects.all()
    try:
        return queryset.get(pk=role_id)
    except Role.DoesNotExist:
        raise NotFound("role") from None


def roles_of(actor: Actor, unit_id: int) -> QuerySet[Role]:
    """The roles that people can hold in the unit: those of every hub, and its own. By name."""
    return Role.objects.filter(Q(unit=None) | Q(unit=unit_id)).order_by("name")


def roles_of_units(actor: Actor, units: QuerySet[BusinessUnit]) -> QuerySet[Role]:
    """The roles that people can hold in any of the units: those of every hub, and their own. By name."""
    return Role.objects.filter(Q(unit=None) | Q(unit__in=units)).order_by("name")


def held_now(prefix: str = "") -> Q:
    """Which assignments hold at this moment.

    Args:
        prefix: the way to the assignments: `role_assignments__`.
    """
    endless, lasting = Q(**{f"{prefix}valid_until": None}), Q(**{f"{prefix}valid_until__gt": now()})
    return Q(**{f"{prefix}valid_from__lte": now()}) & (endless | lasting)


def assignments(actor: Actor) -> QuerySet[RoleAssignment]:
    """Who holds and held which role, as far as `actor` may see it."""
    return RoleAssignment.objects.select_related("person", "role", "unit", "region")


def assignment_for(actor: Actor, assignment_id: int, *, lock: bool = False) -> RoleAssignment:
    """What somebody holds or held, by id. Raises `NotFound`."""
    queryset = assignments(actor)
    try:
        return (queryset.select_for_update(of=("self",)) if lock else queryset).get(pk=assignment_id)
    except RoleAssignment.DoesNotExist:
        raise NotFound("role assignment") from None


def keys(actor: Actor) -> QuerySet[AccessToken]:
    """The keys of service accounts that `actor` may see, newest first."""
    return AccessToken.objects.filter(unit__isnull=False).select_related("person", "unit")


def key_for(actor: Actor, key_id: int, *, lock: bool = False) -> AccessToken:
    """The key with this id. Raises `NotFound`."""
    try:
        return (keys(actor).select_for_update(of=("self",)) if lock else keys(actor)).get(pk=key_id)
    except AccessToken.DoesNotExist:
        raise NotFound("key") from None


def people_holding(
    actor: Actor, permission: Permission, unit_id: int, *, most: int = 20, anyhow: bool = False
) -> QuerySet[Person]:
    """Who holds a permission in the unit by a role there or above it, as far as `actor` may see that, by name.

    Args:
        most: how many at most, so that nobody tells a whole enterprise.
        anyhow: also by a role in the unit's region or the whole enterprise.
    """
    unit = BusinessUnit.objects.get(pk=unit_id)
    scope = Q(unit_id__in=unit.lineage)
    if anyhow:
        scope |= Q(is_enterprise=True) | Q(region__units=unit.pk)
    held = RoleAssignment.objects.filter(held_now(), scope, role__permissions__contains=[permission.value])
    people = Person.objects.filter(pk__in=held.values("person_id"), is_active=True, is_service=False)
    return people.order_by("name", "id")[:most]


def holds(actor: Actor, person_id: int, permission: Permission, unit: BusinessUnit) -> bool:
    """Whether somebody holds a permission in the unit now: there, above it, by region, or in the whole enterprise."""
    scope = Q(unit__in=unit.lineage) | Q(is_enterprise=True) | Q(region__units=unit.pk)
    held = RoleAssignment.objects.filter(held_now(), scope, person=person_id, person__is_active=True)
    return held.filter(role__permissions__contains=[permission.value]).exists()


def closure_for(actor: Actor, closure_id: int) -> Closure:
    """The closure with this id. Raises `NotFound`."""
    try:
        return Closure.objects.get(pk=closure_id)
    except Closure.DoesNotExist:
        raise NotFound("closure") from None


def regulation_profiles(actor: Actor) -> QuerySet[RegulationProfile]:
    """Every regulation profile: they are the enterprise's shared vocabulary."""
    return RegulationProfile.objects.select_related("region")


def regulation_profile_for(actor: Actor, profile_id: int) -> RegulationProfile:
    """The regulation profile with this id. Raises `NotFound`."""
    try:
        return RegulationProfile.objects.get(pk=profile_id)
    except RegulationProfile.DoesNotExist:
        raise NotFound("regulation profile") from None


def calendars(actor: Actor, unit_ids: Iterable[int]) -> dict[int, Calendar]:
    """When each of these units works, by unit id, in four queries for any number of them."""
    units_ = BusinessUnit.objects.filter(pk__in=set(unit_ids)).prefetch_related("working_hours", "closures")
    places = UnitCalendar.objects.in_bulk([unit.pk for unit in units_])
    return {
        unit.pk: Calendar(
            time_zone=unit.time_zone,
            hours=[Hours(each.weekday, each.starts_at, each.ends_at) for each in unit.working_hours.all()],
            country=places[unit.pk].country if unit.pk in places else "",
            subdivision=places[unit.pk].subdivision if unit.pk in places else "",
            closures=[(each.starts_on, each.ends_on, each.name) for each in unit.closures.all()],
        )
        for unit in units_
    }
