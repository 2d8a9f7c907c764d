"""What quiet hours keep back: until when, what goes out then, and what no longer needs to."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from hub.catalog.models import Service
from hub.delivery import actions, sending
from hub.delivery.models import ContactKind, ContactMethod, Message, MessageStatus
from hub.incidents.actions import declare_incident, resolve_incident
from hub.incidents.models import Severity
from hub.lib import clock
from hub.lib.identity import SYSTEM, Actor
from hub.lib.logical_time import logical_now
from hub.lib.week import DAY, WEEK, end_of, is_within
from tenants.models import Person
from tests.conftest import as_system, seeding
from tests.delivery.conftest import acting, as_it_is, attempts_of, letter, message_to, method_of
from tests.jobs import run_jobs
from tests.services.smtp import SmtpServer

ActorNamed = Callable[[str], Actor]
ME = "responder.payments"
NIGHTS = [[day * DAY + 22 * 60, (day + 1) * DAY + 7 * 60] for day in range(7)]
AT_NIGHT = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)
"""In the night in which the clocks of Berlin go forward."""
AT_SEVEN = datetime(2026, 3, 29, 5, 0, tzinfo=UTC)


def walked(pairs: list[list[int]], moment: datetime, zone: str) -> datetime | None:
    """The end of quiet hours, minute by minute."""
    at = moment.replace(second=0, microsecond=0)
    for _ in range(WEEK + DAY):
        if not is_within(pairs, at, zone):
            return max(at, moment)
        at += timedelta(minutes=1)
    return None


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns", "Africa/Cairo", "UTC"])
def test_quiet_hours_end_as_clocks_on_the_wall_say(zone: str) -> None:
    dice = random.Random(zone)
    changes = [datetime(2026, month, day, hour, 17, 5, tzinfo=UTC) for month in (3, 4, 10, 11) for day in (1, 3, 28)
               for hour in (0, 13, 23)]  # fmt: skip
    for moment in changes:
        starts = [dice.randrange(WEEK) for _ in range(3)]
        pairs = [*NIGHTS, *([start, start + dice.randrange(1, 900)] for start in starts)]
        assert end_of(pairs, moment, zone) == walked(pairs, moment, zone), (moment, pairs)
    assert end_of([[0, WEEK]], AT_NIGHT, zone) is None
    assert end_of([[100, DAY], [DAY, WEEK + 100]], AT_NIGHT, zone) is None


@pytest.fixture
def method(mail: None) -> ContactMethod:
    """By which alone its person, in Berlin, is reached, and not at night."""
    method = method_of(ME, ContactKind.EMAIL, "night@example.org")
    with seeding():
        Person.objects.filter(username=ME).update(time_zone="Europe/Berlin")
        ContactMethod.objects.filter(pk=method.pk).update(quiet_hours=NIGHTS, breaks_quiet=[])
    return method


def kept(message: Message) -> Message:
    """The message, tried in the night, and due when that is over by the time that passes."""
    sending.deliver([message.pk])
    found = as_it_is(message)
    assert (found.status, found.is_kept_back, found.quiet_until) == (MessageStatus.QUEUED, True, AT_SEVEN)
    with as_system():
        assert abs(found.due_at - logical_now() - (AT_SEVEN - AT_NIGHT)) < timedelta(minutes=1)
    return found


def once_it_is_over(*messages: Message) -> None:
    """Morning: they are due by the logical clock, and found by the sweep."""
    with clock.at(AT_SEVEN + timedelta(seconds=1)):
        with seeding():
            Message.objects.filter(pk__in=[each.pk for each in messages]).update(due_at=AT_NIGHT - timedelta(days=900))
        sending.sweep()
        run_jobs()


@pytest.mark.django_db
def test_what_is_quiet_by_every_method_goes_out_when_that_ends(method: ContactMethod, smtp: SmtpServer) -> None:
    with clock.at(AT_NIGHT):
        page, notice = kept(message_to(ME)), kept(message_to(ME, dedupe_key="test:2", is_page=False))
        run_jobs()
    assert attempts_of(page) == [("email", "skipped", "Its person has quiet hours until Sunday 07:00, where they are.")]
    assert smtp.received == []

    with clock.at(AT_SEVEN - timedelta(minutes=2)):
        with seeding():
            Message.objects.filter(pk=page.pk).update(due_at=AT_NIGHT - timedelta(days=900))
        sending.deliver([page.pk])
        assert as_it_is(page).quiet_until == AT_SEVEN, "come too early, it waits for the rest"
    once_it_is_over(page, notice)

    assert len(smtp.sent_to("night@example.org")) == 2
    assert [as_it_is(each).status for each in (page, notice)] == [MessageStatus.SENT] * 2
    assert [state for _, state, _ in attempts_of(page)] == ["skipped", "sent"]


@pytest.mark.django_db
def test_what_was_read_meanwhile_or_is_over_goes_out_no_more(
    method: ContactMethod, actor: ActorNamed, smtp: SmtpServer
) -> None:
    commander = actor("commander.payments")
    with seeding():
        ledger = Service.objects.get(slug="ledger").pk
    with clock.at(AT_NIGHT):
        incident = declare_incident(actor=commander, title="Ledger is late", severity=Severity.SEV3, service_id=ledger)
        page, seen_page = message_to(ME), message_to(ME, dedupe_key="test:2")
        notice = message_to(ME, dedupe_key="test:3", is_page=False)
        about = [
            actions.Draft(
                person_id=acting(ME).person_id or 0,
                letter=letter(),
                dedupe_key=f"test:about:{number}",
                unit_id=incident.unit_id,
                incident_id=incident.pk,
            )
            for number in range(2)
        ]
        [before] = actions.send_messages(actor=SYSTEM, drafts=about[:1])
        for each in (page, seen_page, notice, before):
            kept(each)
        actions.acknowledge_message(actor=acting(ME), message_id=page.pk)
        actions.mark_seen(actor=acting(ME), message_id=seen_page.pk)
        actions.mark_seen(actor=acting(ME), message_id=notice.pk)
    with clock.at(AT_NIGHT + timedelta(minutes=5)):
        resolve_incident(actor=commander, incident_id=incident.pk)
    with clock.at(AT_NIGHT + timedelta(minutes=6)):
        [after] = actions.send_messages(actor=SYSTEM, drafts=about[1:])
        sending.deliver([after.pk])

    once_it_is_over(page, seen_page, notice, before, after)

    assert {mail.message["Message-ID"].split("@")[0][1:] for mail in smtp.sent_to("night@example.org")} == {
        str(seen_page.key),
        str(after.key),
    }
    read, resolved = "Its person read it here while it was quiet.", "The incident was resolved before its person’s"
    assert [(as_it_is(each).status, attempts_of(each)[-1][2]) for each in (page, notice)] == [
        (MessageStatus.INBOX_ONLY, read)
    ] * 2
    assert as_it_is(before).status == MessageStatus.WITHDRAWN
    assert attempts_of(before)[-1][2].startswith(resolved)


@pytest.mark.django_db
def test_a_failure_by_day_waits_for_what_is_quiet(method: ContactMethod, smtp: SmtpServer) -> None:
    method_of(ME, ContactKind.ADDRESS, "nosuch://host")
    with clock.at(AT_NIGHT):
        message = kept(message_to(ME))
    assert sorted(state for _, state, _ in attempts_of(message)) == ["refused", "skipped"]
    once_it_is_over(message)
    assert len(smtp.sent_to("night@example.org")) == 1


@pytest.mark.django_db
def test_who_is_quiet_no_longer_gets_it_at_once(method: ContactMethod, actor: ActorNamed, smtp: SmtpServer) -> None:
    with clock.at(AT_NIGHT):
        message = kept(message_to(ME))
        actions.change_contact_method(actor=actor(ME), method_id=method.pk, name="My phone")
        run_jobs()
        assert smtp.received == []
        actions.change_contact_method(actor=actor(ME), method_id=method.pk, quiet_hours=[])
        run_jobs()
    assert len(smtp.sent_to("night@example.org")) == 1
    assert as_it_is(message).status == MessageStatus.SENT
