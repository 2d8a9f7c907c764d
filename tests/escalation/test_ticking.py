"""The logical clock: it moves by the time that passes, whatever a machine's clock is set to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from hub.delivery import sending
from hub.delivery.actions import send_message
from hub.delivery.letters import Letter
from hub.delivery.models import Message
from hub.escalation import ticking
from hub.escalation.models import LogicalClock
from hub.lib import clock
from hub.lib.identity import SYSTEM
from tenants.models import Person
from tests.conftest import as_system, seeding

HOUR = timedelta(hours=1)
NEAR = timedelta(seconds=1)


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Set the machine's clock, as far as the hub can tell."""

    def by(offset: timedelta) -> None:
        monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC) + offset)

    return by


@pytest.mark.django_db
@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_a_clock_that_is_set_moves_nothing(set_clock: Callable[[timedelta], None], jump: timedelta) -> None:
    with seeding():
        LogicalClock.objects.all().delete()
    with as_system():
        before = ticking.advance()
        written = clock.now()

        set_clock(jump)
        after = ticking.advance()

        assert timedelta() <= after.now - before.now < NEAR
        # What was written down before and after is brought to the same time.
        assert abs(after.of(written) - before.now) < NEAR
        assert abs(after.of(clock.now()) - after.now) < NEAR
        # What will come is told by the clock that people see.
        assert abs(after.wall(after.now) - clock.now()) < NEAR

        set_clock(timedelta())
        again = ticking.advance()
        assert abs(again.of(clock.now()) - again.now) < NEAR


@pytest.mark.django_db
def test_messages_wait_by_it(person: Callable[[str], Person]) -> None:
    """A database whose clock is an hour ahead by now neither hastens a message nor ends a worker's hold of it."""
    someone, logical = person("responder.payments"), datetime.now(UTC) - HOUR
    with seeding():
        LogicalClock.objects.update_or_create(
            pk=1, defaults={"now": logical, "boot": "b", "uptime": 1, "wall": logical}
        )
    with as_system():
        message = send_message(
            actor=SYSTEM, person_id=someone.pk, letter=Letter(subject="Test", lead="Test."), dedupe_key="test"
        )
        message.refresh_from_db()
        assert message.due_at == logical
        for waits in ({"due_at": logical + timedelta(minutes=5)}, {"leased_until": logical + timedelta(seconds=5)}):
            Message.objects.filter(pk=message.pk).update(**waits)
            sending.deliver([message.pk])
            message.refresh_from_db()
            assert message.attempts == 0
            Message.objects.filter(pk=message.pk).update(due_at=logical, leased_until=None)


@pytest.mark.django_db
def test_another_machine_takes_over_and_never_turns_time_back(
    set_clock: Callable[[timedelta], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with as_system():
        before = ticking.advance()
        monkeypatch.setattr(ticking, "_uptime", lambda: ("another", 5.0))
        set_clock(timedelta(minutes=3))
        after = ticking.advance()
        assert abs(after.now - before.now - timedelta(minutes=3)) < NEAR
        monkeypatch.setattr(ticking, "_uptime", lambda: ("a third", 5.0))
        set_clock(-HOUR)
        assert ticking.advance().now >= after.now
