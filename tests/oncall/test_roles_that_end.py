"""Whoever's role in a schedule's unit ends is on for nothing from that moment on, wherever one looks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.test import Client

from hub.catalog.models import Service
from hub.escalation.call_lists import call_list
from hub.escalation.forecasting import foresee
from hub.incidents.models import Severity
from hub.lib import clock
from hub.lib.identity import SYSTEM, Actor, acting_as
from hub.oncall import access
from hub.oncall.coverage import coverage
from hub.oncall.jobs import flag_gaps, send_digests
from hub.oncall.models import FixedShift, Layer, Override
from hub.oncall.work import work_times
from tenants.models import BusinessUnit, Person, Region, Role, RoleAssignment
from tests.conftest import SignedIn, seeding
from tests.graphql.api import ApiOf, api, global_id
from tests.oncall.oracles import Minutes
from tests.oncall.test_calendars import LINK, path_of, seen_by_parser
from tests.oncall.test_planning import messages
from tests.oncall.world import FIRST, NOW, SECOND, TODAY, Desk, changed, desk

__all__ = ["api", "desk"]

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
ENDS = TODAY + 4 * DAY + timedelta(hours=10)
"""In a day of `FIRST`, who is on every second day from midnight."""
OUTSIDER = "outsider.logistics"


def works(username: str, *times: tuple[datetime, datetime | None], role: str = "responder", **scope: Any) -> None:
    """All that somebody may do is to respond in Payments, at these times."""
    with seeding():
        person = Person.objects.get(username=username)
        if not scope:
            RoleAssignment.objects.filter(person=person).delete()
        where = scope or {"unit": BusinessUnit.objects.get(slug="payments")}
        RoleAssignment.objects.bulk_create(
            RoleAssignment(
                person=person, role=Role.objects.get(key=role, unit=None), valid_from=since, valid_until=until, **where
            )
            for since, until in times
        )


LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
GAPS = """query ($ids: [ID!]!, $since: DateTime!, $until: DateTime!) {
  coverageGaps(scheduleIds: $ids, since: $since, until: $until) { startsAt endsAt } }"""


def gaps(api: ApiOf, desk: Desk, since: datetime = TODAY, until: datetime = TODAY + 7 * DAY) -> list[tuple[str, str]]:
    answer = api("observer.payments").ask(GAPS, ids=[desk.id], since=since.isoformat(), until=until.isoformat())
    return [(each["startsAt"][:16], each["endsAt"][:16]) for each in answer.data["coverageGaps"]]


def minute(moment: datetime) -> str:
    return moment.isoformat()[:16]


def test_the_end_of_a_role_is_a_gap_from_that_moment_wherever_one_looks(
    api: ApiOf, desk: Desk, signed_in: SignedIn
) -> None:
    assert desk.on(api(SECOND), 4, 11) == [FIRST]
    works(FIRST, (LONG_AGO, ENDS))

    # The final schedule, to everybody alike.
    for reader in (SECOND, "observer.payments", "commander.payments", "coordinator"):
        assert [desk.on(api(reader), 4, hour) for hour in (9, 11)] == [[FIRST], []]
        assert [desk.on(api(reader), day) for day in (2, 3, 5, 6)] == [[FIRST], [SECOND], [SECOND], []]
    # The gaps, and who is told of them.
    assert gaps(api, desk) == [
        (minute(ENDS), minute(TODAY + 5 * DAY)),
        (minute(TODAY + 6 * DAY), minute(TODAY + 7 * DAY)),
    ]
    with clock.at(ENDS - DAY):
        flag_gaps.func(0)
    assert len(messages("commander.payments", f"gap:{desk.schedule.pk}:primary:{minute(ENDS)}")) == 1
    # A moment, by one question and by the other.
    query = "query ($ids: [ID!]!, $at: DateTime!) { peopleOnCall(scheduleIds: $ids, at: $at) { username } }"
    for offset, on in ((-1, [{"username": FIRST}]), (0, [])):
        at = (ENDS + timedelta(minutes=offset)).isoformat()
        assert api(SECOND).ask(query, ids=[desk.id], at=at).data["peopleOnCall"] == on
    with seeding(), clock.at(ENDS - timedelta(minutes=1)):
        found = access.schedules(SYSTEM).prefetch_related(*access.with_plan(clock.now())).get(pk=desk.schedule.pk)
        now, following = access.on_call_of(found, clock.now()), access.next_of(found, clock.now())
        assert now is not None
        assert ([each.username for each in now.primary], now.until) == ([FIRST], ENDS)
        assert following is not None
        assert following.primary[0].username == SECOND
        assert access.on_call_of(found, ENDS) is None
    # The published calendar, the pages, and the call list's own question.
    made = api(SECOND).change("createCalendarLink", LINK, scheduleId=desk.id).data["createCalendarLink"]
    minutes = Minutes(TODAY, 7 * 24 * 60)
    feed = seen_by_parser(Client().get(path_of(made)).content, minutes)
    assert [feed[minutes.index(ENDS + timedelta(minutes=each))] for each in (-1, 0)] == [{(FIRST, "primary")}, set()]
    with clock.at(NOW):
        page = signed_in("commander.payments").get("/on-call?unit=payments")
    mine = [cell for group in page.context["groups"] for row in group.rows if row.schedule == desk.schedule
            for cell in row.cells]  # fmt: skip
    assert any(cell.starts_at == ENDS and cell.is_gap for cell in mine), mine
    # The next rotation is not planned with somebody who may not work then.
    proposal = api("commander.payments").ask(
        "query ($layer: ID!, $since: DateTime!) { rotationProposal(layerId: $layer, since: $since, weeks: 1) {"
        " shifts { startsAt proposed { username } } } }",
        layer=global_id("Layer", desk.layer),
        since=(TODAY + 5 * DAY).isoformat(),
    )
    proposed = [each["proposed"] for each in proposal.data["rotationProposal"]["shifts"]]
    assert {"username": FIRST} not in proposed


def test_a_role_that_has_yet_to_begin_puts_nobody_on_before(api: ApiOf, desk: Desk) -> None:
    works(FIRST, (ENDS, None))
    assert [desk.on(api(SECOND), day, hour) for day, hour in ((0, 12), (2, 12), (4, 9), (4, 11), (6, 3))] == [
        [],
        [],
        [],
        [FIRST],
        [FIRST],
    ]
    assert gaps(api, desk)[-1] == (minute(TODAY + 4 * DAY), minute(ENDS))


def test_between_two_roles_there_is_a_gap_and_none_where_another_goes_on(api: ApiOf, desk: Desk) -> None:
    works(FIRST, (LONG_AGO, ENDS), (ENDS + timedelta(hours=2), None))
    assert [desk.on(api(SECOND), 4, hour) for hour in (9, 11, 13)] == [[FIRST], [], [FIRST]]
    assert gaps(api, desk) == [(minute(ENDS), minute(ENDS + timedelta(hours=2)))]

    with seeding():
        above = BusinessUnit.objects.get(slug="payments").parent
        assert above is not None
    works(FIRST, (LONG_AGO, None), role="commander", unit=above)
    assert [desk.on(api(SECOND), 4, hour) for hour in (9, 11, 13)] == [[FIRST]] * 3
    assert gaps(api, desk) == []


@pytest.mark.parametrize(("role", "is_on"), [("observer", False), ("commander", True)])
def test_what_counts_is_whether_they_may_work(api: ApiOf, desk: Desk, role: str, is_on: bool) -> None:
    works(FIRST, (LONG_AGO, ENDS))
    works(FIRST, (LONG_AGO, None), role=role, unit=desk.schedule.unit)
    assert (desk.on(api(SECOND), 4, 11) == [FIRST]) is is_on


def test_the_layer_below_and_whoever_stands_in_take_the_time(api: ApiOf, desk: Desk) -> None:
    works(FIRST, (LONG_AGO, ENDS))
    works("responder3.payments", (LONG_AGO, ENDS + timedelta(hours=2)))
    with seeding():
        unit = desk.schedule.unit
        below = Layer.objects.create(schedule=desk.schedule, unit=unit, name="Below", priority=0, duty="secondary")
        Layer.objects.filter(pk=below.pk).update(duty="primary", priority=1)
        Layer.objects.filter(pk=desk.layer.pk).update(priority=2)
        span = {"starts_at": TODAY + 4 * DAY, "ends_at": TODAY + 5 * DAY}
        FixedShift.objects.create(layer=below, unit=unit, person=desk.people["commander2.payments"], **span)
        Override.objects.create(
            schedule=desk.schedule,
            unit=unit,
            person=desk.people["responder3.payments"],
            replaces=desk.people["commander2.payments"],
            created_by=desk.people[FIRST],
            created_at=TODAY,
            **span,
        )
    on = [desk.on(api(SECOND), 4, hour) for hour in (9, 11, 13)]
    assert on == [[FIRST], ["responder3.payments"], ["commander2.payments"]]


def test_what_was_stays_as_it_was(api: ApiOf, desk: Desk) -> None:
    # Their role is recorded as of yesterday: who was on before is no other for it.
    works(FIRST, (datetime.now(UTC) - DAY, None))
    assert [desk.on(api(SECOND), day) for day in (-8, -6, 0, 2)] == [[FIRST]] * 4
    # One that ended days ago left a gap then, and does so for whoever looks back.
    ended = TODAY - 6 * DAY + timedelta(hours=10)
    works(FIRST, (LONG_AGO, ended))
    assert [desk.on(api(SECOND), -6, hour) for hour in (9, 11)] == [[FIRST], []]
    assert [desk.on(api(SECOND), day) for day in (-8, -4, 0, 2)] == [[FIRST], [], [], []]


def test_who_never_had_a_role_there_is_shown_and_counts_for_no_gap(api: ApiOf, desk: Desk) -> None:
    with seeding():
        member = desk.layer.rotations.get().members.get(person__username=FIRST)
        member.person = desk.people[OUTSIDER]
        member.save()
    assert desk.on(api(SECOND), 2) == [OUTSIDER]
    assert gaps(api, desk)[0] == (minute(TODAY), minute(TODAY + DAY))


def test_who_could_not_be_called_is_a_gap_to_all_who_ask_for_gaps(
    api: ApiOf, desk: Desk, signed_in: SignedIn, actor: Callable[[str], Actor]
) -> None:
    with seeding():
        member = desk.layer.rotations.get().members.get(person__username=FIRST)
        member.person = desk.people[OUTSIDER]
        member.save()
    name, two = desk.people[OUTSIDER].name, TODAY + 2 * DAY
    monday = (NOW - timedelta(days=NOW.weekday())).replace(hour=10)
    with clock.at(monday):
        send_digests.func(0)
    with seeding(), clock.at(NOW):
        [covered] = coverage(SYSTEM, [desk.schedule.unit], two.date(), "UTC")
        [listed] = [
            each for each in call_list(SYSTEM, desk.schedule.unit, "UTC").duties if each.schedule == "Payments desk"
        ]
    with clock.at(NOW):
        overview = signed_in("commander.payments").get("/on-call?unit=payments")
        own = signed_in(SECOND).get("/on-call/mine")
        one = signed_in("commander.payments").get(f"/on-call/{desk.schedule.pk}")
    cells = [cell for group in overview.context["groups"] for row in group.rows if row.schedule == desk.schedule
             for cell in row.cells]  # fmt: skip

    assert ("Payments desk" in _said("commander.payments"), _said(OUTSIDER)) == (True, "")
    assert [cell.is_gap for cell in cells if cell.starts_at == two] == [True]
    assert [gap.starts_at for gap, _ in own.context["gaps"] if gap.schedule == desk.schedule][1] == two
    assert name not in {person.name for hour in covered.hours for person in hour.people}
    assert name not in str(listed)
    assert "May not work on incidents of Payments" in " ".join(one.content.decode().split())
    assert [person.name for person in one.context["unable"]] == [name]
    # And whoever may work there can take the time.
    taken = changed(api(SECOND), "takeShift", "... on Override { id }", scheduleId=desk.id,
                    startsAt=two.isoformat(), endsAt=(two + DAY).isoformat())  # fmt: skip
    assert taken["__typename"] == "Override", taken
    assert desk.on(api(SECOND), 2) == [SECOND]


def _said(username: str) -> str:
    """What the digest tells somebody, if there is one for them."""
    return "".join(message.text for message in messages(username, "on-call-digest:"))


def test_what_would_happen_then_is_foreseen_without_them(desk: Desk, actor: Callable[[str], Actor]) -> None:
    from_now = actor("commander.payments")
    with seeding():
        service = Service.objects.select_related("unit").get(slug="ledger")
        service.commander_schedule = service.responder_schedule = desk.schedule
        service.save()
    works(FIRST, (LONG_AGO, ENDS))
    with acting_as(from_now):
        before, after = (
            {
                page.person.id
                for each in foresee(from_now, service.unit, service, Severity.SEV1, at).steps
                for page in each.pages
                if "on call for Payments desk" in page.because
            }
            for at in (ENDS - timedelta(hours=8), ENDS + timedelta(minutes=1))
        )
    assert desk.people[FIRST].pk in before
    assert desk.people[FIRST].pk not in after


def test_the_times_are_those_in_which_the_database_lets_them_work() -> None:
    """Roles of every kind, as the dice say; each moment is compared with what holds in it."""
    random = Random(7)
    now = datetime.now(UTC)
    with seeding():
        units = list(BusinessUnit.objects.select_related("parent").order_by("pk"))
        regions = list(Region.objects.order_by("pk"))
        roles = list(Role.objects.filter(unit=None).order_by("pk"))
        people = [
            Person.objects.create(username=f"works.{number}", name=f"Works {number}", joined_at=now)
            for number in range(12)
        ]
        for person in people:
            for role in random.sample(roles, 3):
                scope: dict[str, Any] = random.choice(
                    [{"unit": random.choice(units)}, {"region": random.choice(regions)}, {"is_enterprise": True}]
                )
                since = now + random.randint(-60, 30) * DAY
                until = random.choice([None, since + random.randint(1, 60) * DAY])
                RoleAssignment.objects.create(person=person, role=role, valid_from=since, valid_until=until, **scope)
        found, _ = work_times([each.pk for each in people], [each.pk for each in units])
        rows = list(RoleAssignment.objects.filter(person__in=people).select_related("role"))
        covering = {each.pk: set(each.regions.values_list("pk", flat=True)) for each in units}

    def may(person: Person, unit: BusinessUnit, moment: datetime) -> bool:
        return any(
            row.person_id == person.pk
            and {"incident.respond", "incident.command"} & set(row.role.permissions)
            and (row.is_enterprise or row.unit_id in unit.lineage or row.region_id in covering[unit.pk])
            and row.valid_from <= moment
            and (row.valid_until is None or row.valid_until > moment)
            for row in rows
        )

    asked = 0
    for unit in units:
        for person in people:
            spans = found.get(unit.pk, {}).get(person.pk)
            moments = [now + random.randint(1, 100 * 24 * 60) * timedelta(minutes=1) for _ in range(20)]
            holds = [may(person, unit, moment) for moment in moments]
            if spans is None:
                # Always, or never: nothing begins or ends.
                assert len(set(holds)) == 1
                continue
            asked += 1
            assert holds == [any(left <= moment < right for left, right in spans) for moment in moments]
    assert asked > 10
