"""Whoever asks who is on reads the final schedule: a swap, leave and a stand-in hold wherever it is used.

The rotation says `FIRST` on even days and `SECOND` on odd ones. On day 2 `FIRST` has swapped with `TAKER` and is on
leave; on day 3 `SECOND` is on leave and `STAND_IN` is there for them; on day 5 `SECOND` is on leave and nobody is.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from hub.catalog.models import Service
from hub.delivery.models import Message
from hub.escalation.call_lists import call_list
from hub.escalation.forecasting import foresee
from hub.escalation.models import TargetKind
from hub.incidents.jobs import tell_who_comes_on
from hub.incidents.models import Incident, IncidentRole, Part, RaciLine, ResponsePlan, ResponseTeam, Severity
from hub.incidents.resolution import gaps, resolved_matrix
from hub.lib import clock
from hub.lib.identity import SYSTEM, Actor, acting_as
from hub.oncall.coverage import coverage
from hub.oncall.jobs import send_digests
from hub.oncall.models import Schedule
from tests.conftest import SignedIn, seeding
from tests.escalation.world import MINUTE, declare, later, paged, policy, step, target
from tests.graphql.api import ApiOf, api
from tests.oncall.oracles import Minutes
from tests.oncall.test_calendars import LINK, path_of, seen_by_parser
from tests.oncall.test_planning import messages
from tests.oncall.world import FIRST, NOW, SECOND, TODAY, Desk, at, changed, desk

__all__ = ["api", "desk"]

pytestmark = pytest.mark.django_db

ActorNamed = Callable[[str], Actor]

DAY = timedelta(days=1)
TAKER, STAND_IN = "responder3.payments", "commander2.payments"
SWAPPED, STOOD_IN, EMPTY = (TODAY + days * DAY + timedelta(hours=10) for days in (2, 3, 5))
MOMENTS = {SWAPPED: TAKER, STOOD_IN: STAND_IN, EMPTY: None}


@pytest.fixture
def final(api: ApiOf, desk: Desk) -> Desk:
    """All that Payments asks is this schedule."""
    offered = changed(
        api(FIRST), "offerSwap", "... on Swap { id }", scheduleId=desk.id, startsAt=at(2), endsAt=at(3),
        offeredToId=desk.person(TAKER),
    )  # fmt: skip
    changed(api(TAKER), "acceptSwap", "... on Swap { state }", swapId=offered["id"])
    for username, day in ((FIRST, 2), (SECOND, 3), (SECOND, 5)):
        changed(api(username), "addLeave", "... on Leave { id }", startsAt=at(day), endsAt=at(day + 1))
    changed(
        api("commander.payments"), "addOverride", "... on Override { id }", scheduleId=desk.id,
        personId=desk.person(STAND_IN), startsAt=at(3), endsAt=at(4),
    )  # fmt: skip
    with seeding():
        unit = desk.schedule.unit
        Schedule.objects.filter(unit=unit).exclude(pk=desk.schedule.pk).update(unit=unit.parent)
        Service.objects.filter(slug="ledger").update(commander_schedule=desk.schedule, responder_schedule=desk.schedule)
        RaciLine.objects.filter(unit=unit).delete()
        for part, holder in (("r", {"schedule": desk.schedule}), ("a", {"role_key": "unit_admin"})):
            RaciLine.objects.create(unit=unit, activity="record", part=part, **holder)
        ResponsePlan.objects.all().delete()
        plan = ResponsePlan.objects.create(unit=unit, severity="sev2", updated_at=NOW)
        ResponseTeam.objects.create(plan=plan, unit=unit, schedule=desk.schedule, role="technical_lead")
    return desk


def test_incidents_are_commanded_routed_and_recorded_by_who_is_on(final: Desk, actor: ActorNamed) -> None:
    policy(actor("admin.payments"), step(target(TargetKind.PRIMARY, schedule="payments-desk")))
    responder = actor("observer.payments"), actor("responder2.payments")
    for moment, username in MOMENTS.items():
        with seeding():
            service = Service.objects.select_related("unit").get(slug="ledger")
        with acting_as(responder[0]):
            foreseen = foresee(responder[0], service.unit, service, Severity.SEV2, moment).steps[0]
        assert {page.person.name for page in foreseen.pages} == {final.people[each].name for each in [username] if each}

        with clock.at(moment):
            incident = declare(responder[1])

        held = roles_of(incident)
        if username is None:
            assert held == {}
        else:
            # Commander by the service, technical lead by the severity, scribe by the matrix.
            assert held == dict.fromkeys(("commander", "responder", "technical_lead", "scribe"), username)
        with acting_as(responder[0]):
            matrix = resolved_matrix(responder[0], service.unit_id, severity="sev2", incident_type=None, moment=moment)
            asked = next(each for each in matrix if each.line.part == Part.RESPONSIBLE)
            assert [each.username for each in asked.people] == [username] * bool(username)
            missing = gaps(responder[0], service.unit_id, severity="sev2", incident_type=None, moment=moment)
            assert any("Payments desk" in each.why for each in missing) is (username is None)
        with later(6, since=moment):
            pass
        assert {who for _, _, who in paged(incident)} == {each for each in [username] if each}


def roles_of(incident: Incident) -> dict[str, str]:
    with seeding():
        held = IncidentRole.objects.filter(incident=incident, ended_at=None).exclude(reason="")
        return {each.kind: each.person.username for each in held.select_related("person")}


def test_pages_lists_calendars_and_letters_say_who_is_on(
    final: Desk, api: ApiOf, actor: ActorNamed, signed_in: SignedIn
) -> None:
    unit = final.schedule.unit
    link = api(SECOND).change("createCalendarLink", LINK, scheduleId=final.id).data["createCalendarLink"]
    minutes = Minutes(TODAY, 7 * 24 * 60)
    feed = seen_by_parser(Client().get(path_of(link)).content, minutes)
    with clock.at(NOW):
        overview = signed_in("commander.payments").get("/on-call?unit=payments")
    cells = [cell for group in overview.context["groups"] for row in group.rows if row.schedule == final.schedule
             for cell in row.cells]  # fmt: skip
    for moment, username in MOMENTS.items():
        name = final.people[username].name if username else ""
        assert feed[minutes.index(moment)] == ({(username, "primary")} if username else set())
        [cell] = [each for each in cells if each.starts_at <= moment < each.ends_at]
        assert (cell.is_gap, [each.name for each in cell.people]) == (username is None, [name] * bool(name))
        with seeding(), clock.at(moment):
            [covered] = coverage(SYSTEM, [unit], moment.date(), "UTC")
            [hour] = [each for each in covered.hours if each.starts_at == moment]
            assert [each.username for each in hour.people] == [username] * bool(username)
            [duty] = [each for each in call_list(SYSTEM, unit, "UTC").duties if not each.duty]
            assert [each.name for each in duty.now.people] == [name] * bool(name)

    # What the week brings: to who has the shift now, and to nobody who had it.
    monday = (TODAY - timedelta(days=TODAY.weekday())).replace(hour=10)
    with clock.at(monday):
        send_digests.func(0)
    said = {username: " ".join(messages(username, "on-call-digest:")[0].text.split()) for username in (FIRST, TAKER)}
    assert {username: f"{SWAPPED:%-d %b}" in text for username, text in said.items()} == {FIRST: False, TAKER: True}

    # What is open, to who comes on.
    with clock.at(SWAPPED - DAY):
        declare(actor("responder2.payments"), Severity.SEV3)
    assert told(TODAY + 2 * DAY + MINUTE) == {TAKER}
    assert told(TODAY + 3 * DAY + MINUTE) == {TAKER, STAND_IN}
    assert told(TODAY + 5 * DAY + MINUTE) - {FIRST} == {TAKER, STAND_IN}


def told(moment: datetime) -> set[str]:
    """Who of these has been told what is open, once the hub has looked at that moment."""
    with clock.at(moment):
        tell_who_comes_on()
    with seeding():
        found = Message.objects.filter(subject__startswith="You are on call", person__username__endswith=".payments")
        return set(found.values_list("person__username", flat=True))
