"""Who the feed says may see an event is who the policies let see it: compared over generated worlds."""

from __future__ import annotations

import itertools
import random
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.contrib.auth.models import Permission as DjangoPermission
from django.db import connection
from graphql import GraphQLObjectType

from hub.graphql.compiler.compilation import declared_field, model_of
from hub.graphql.documents import IMPERSONAL
from hub.graphql.schema import schema
from hub.incidents.models import Incident, IncidentGroupGrant, IncidentPersonGrant
from hub.lib import clock, identity
from hub.lib.api.computed import ComputedField
from hub.lib.given import left_open
from hub.lib.identity import acting_as
from hub.live import access
from hub.live.models import FeedEvent, Stream
from tenants.models import BusinessUnit, Person, Region, Role, RoleAssignment
from tenants.permissions import Permission
from tests.conftest import seeding

pytestmark = pytest.mark.django_db

PEOPLE = 24
INCIDENTS = 14
LONG_AGO, SOON = timedelta(days=-30), timedelta(hours=1)


@dataclass
class World:
    """People with rights of every kind, and one event for each of some incidents."""

    people: list[Person]
    events: list[int]
    before: int


def build(dice: random.Random) -> World:
    """A world of its own, on top of the demonstration organisation's units and incidents."""
    before = access.head()
    people = [
        Person.objects.create(username=f"sight.{number}", name=f"Sight {number}", is_active=dice.random() > 0.15)
        for number in range(PEOPLE)
    ]
    for parent in dice.sample(list(BusinessUnit.objects.all()), 2):
        slug = f"below-{parent.slug}"
        child = BusinessUnit.objects.create(slug=slug, prefix=slug[:8].upper(), name=slug, parent=parent)
        BusinessUnit.objects.create(slug=f"{slug}-2", prefix=f"{slug[6:12].upper()}2", name=f"{slug} 2", parent=child)
    units, regions = list(BusinessUnit.objects.all()), list(Region.objects.all())
    Role.objects.create(key="blind", name="Blind", permissions=[Permission.UNIT_VIEW])
    roles = list(Role.objects.filter(unit=None))
    for person in people:
        for role in dice.sample(roles, dice.choice([0, 1, 1, 2, 3])):
            RoleAssignment.objects.create(person=person, role=role, **scope(dice, units, regions), **term(dice))
    group = Group.objects.create(name="Sight")
    for person in dice.sample(people, 5):
        person.groups.add(group)
    incidents = dice.sample(list(Incident.objects.order_by("pk")[:200]), INCIDENTS)
    for number, incident in enumerate(incidents):
        moved_to = dice.choice(units)
        Incident.objects.filter(pk=incident.pk).update(restricted=number % 2 == 0, unit=moved_to)
        incident.refresh_from_db()
        if number % 4 in {0, 1}:
            grant(dice, incident, people, group)
    return World(people, [event_of(incident).pk for incident in incidents], before)


def scope(dice: random.Random, units: list[BusinessUnit], regions: list[Region]) -> dict[str, Any]:
    kinds: list[dict[str, Any]] = [{"unit": dice.choice(units)}, {"region": dice.choice(regions)}]
    return dice.choices([*kinds, {"is_enterprise": True}], weights=[6, 3, 1])[0]


def term(dice: random.Random) -> dict[str, Any]:
    """When a role is held: mostly now; else not any more, or not yet."""
    now = clock.now()
    return dice.choice(
        [
            {"valid_from": now + LONG_AGO},
            {"valid_from": now + LONG_AGO, "valid_until": now + SOON},
            {"valid_from": now + LONG_AGO, "valid_until": now - SOON},
            {"valid_from": now + SOON},
        ]
    )


def grant(dice: random.Random, incident: Incident, people: list[Person], group: Group) -> None:
    permission = DjangoPermission.objects.get(codename="view_restricted", content_type__app_label="incidents")
    ends = [None, clock.now() + SOON, clock.now() - SOON]
    IncidentPersonGrant.objects.bulk_create(
        IncidentPersonGrant(user=person, content_object=incident, permission=permission, valid_until=dice.choice(ends))
        for person in dice.sample(people, 4)
    )
    if dice.random() < 0.5:
        IncidentGroupGrant.objects.bulk_create(
            [
                IncidentGroupGrant(
                    group=group, content_object=incident, permission=permission, valid_until=dice.choice(ends)
                )
            ]
        )


def event_of(incident: Incident) -> FeedEvent:
    stream, _ = Stream.objects.get_or_create(incident_id=incident.pk if incident.restricted else None)
    last = FeedEvent.objects.filter(stream=stream).order_by("-position").first()
    return FeedEvent.objects.create(
        event_id=uuid.uuid4(),
        type="IncidentDeclared",
        at=clock.now(),
        unit_id=incident.unit_id,
        incident_id=incident.pk,
        restricted=incident.restricted,
        payload={"severity": incident.severity},
        stream=stream,
        position=last.position + 1 if last else 1,
    )


def seen_under_the_policies(person: Person, world: World) -> set[int]:
    with acting_as(identity.person(person.pk)):
        return set(FeedEvent.objects.filter(pk__in=world.events).values_list("pk", flat=True))


@pytest.mark.parametrize("seed", range(15))
def test_the_feed_shows_each_person_what_the_policies_show_them(seed: int) -> None:
    with seeding():
        world = build(random.Random(seed))
    keys = [person.pk for person in world.people]
    under_policies = {person.pk: seen_under_the_policies(person, world) for person in world.people}

    with acting_as(identity.person(keys[0])):
        events = access.events_since(world.before, keys)
        rights = access.rights_of(keys)

    assert [event.id for event in events] == world.events
    for key in keys:
        assert {event.id for event in events if key in event.seen_by} == under_policies[key]
    assert set(rights) == {person.pk for person in world.people if person.is_active}
    for one, other in itertools.combinations(rights, 2):
        if rights[one] == rights[other]:
            assert under_policies[one] == under_policies[other], "equal fingerprints, equal sight"
    assert 0 < sum(map(len, under_policies.values())) < len(keys) * len(world.events)


def test_a_unit_and_the_region_of_the_same_number_are_different_rights() -> None:
    with seeding():
        unit, role = BusinessUnit.objects.get(slug="payments"), Role.objects.get(key="observer", unit=None)
        region = Region.objects.filter(pk=unit.pk).first() or Region.objects.create(pk=unit.pk, code="x", name="X")
        here, there = (Person.objects.create(username=f"{where}.x", name=where) for where in ("here", "there"))
        term = {"valid_from": clock.now() + LONG_AGO}
        RoleAssignment.objects.create(person=here, role=role, unit=unit, **term)
        RoleAssignment.objects.create(person=there, role=role, region=region, **term)

    rights = access.rights_of([here.pk, there.pk])

    assert rights[here.pk] != rights[there.pk]


def test_another_language_is_another_fingerprint() -> None:
    with seeding():
        here, there, alike = (
            Person.objects.create(username=f"{tag}.{number}", name=tag, language=tag)
            for number, tag in enumerate(("de", "en", "DE"))
        )

    rights = access.rights_of([here.pk, there.pk, alike.pk])

    assert rights[here.pk] != rights[there.pk]
    assert rights[here.pk] == rights[alike.pk]


@pytest.mark.parametrize("type_name", sorted(IMPERSONAL))
def test_what_is_answered_for_many_depends_on_nothing_of_the_reader_but_the_language(type_name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'app'::regnamespace AND prosrc LIKE '%app.uid%'"
        )
        personal = {f"app.{name}" for (name,) in cursor.fetchall()} | {"app.uid"}
    named = schema._schema.type_map[type_name]
    assert isinstance(named, GraphQLObjectType)

    for name, field in named.fields.items():
        declared = declared_field(field)
        if isinstance(declared, ComputedField):
            rows = model_of(named)._default_manager.annotate(it=declared.sql("")).values("it")
            with left_open():
                sql = str(rows.query)
            assert {each for each in personal if f"{each}(" in sql} <= {"app.term_name"}, name
    assert "app.term_name" in personal


def test_only_those_who_are_asked_about_are_named() -> None:
    with seeding():
        world = build(random.Random(99))
    asked = [person.pk for person in world.people[:5]]

    with acting_as(identity.person(asked[0])):
        events = access.events_since(world.before, asked)

    assert set().union(*(event.seen_by for event in events)) <= set(asked)
