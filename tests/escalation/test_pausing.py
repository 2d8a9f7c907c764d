"""A pause pages nobody and loses nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub.escalation import actions
from hub.incidents import actions as incidents
from hub.incidents.actions.paging import acknowledge_page
from hub.lib.errors import Conflict, Forbidden, Invalid, NotFound
from hub.lib.identity import Actor
from tests.escalation.test_running import FIRST, SECOND, three_steps
from tests.escalation.world import declare, later, messages_of, paged, policy, runs_of
from tests.jobs import run_jobs

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("night")]
ActorNamed = Callable[[str], Actor]


def test_a_paused_chain_goes_on_where_it_was(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), *three_steps())
    incident = declare(actor("responder.payments"))
    with later(5):
        pass
    with later(8):  # seven minutes before the second step
        actions.snooze_escalation(
            actor=actor("responder.payments"), incident_id=incident.pk, minutes=30, reason="Provider is called"
        )
    with later(37):
        assert paged(incident) == [(5, 1, FIRST)]
    with later(38):
        assert paged(incident) == [(5, 1, FIRST)]
    with later(44):
        assert paged(incident) == [(5, 1, FIRST)]
    with later(45):
        assert paged(incident) == [(5, 1, FIRST), (45, 2, SECOND)]


def test_paused_twice_it_still_has_what_was_left_at_first(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), *three_steps())
    incident = declare(actor("responder.payments"))
    responder = actor("responder.payments")
    with later(2):
        actions.snooze_escalation(actor=responder, incident_id=incident.pk, minutes=10, reason="One")
    with later(4):
        actions.snooze_escalation(actor=responder, incident_id=incident.pk, minutes=10, reason="Two")
    with later(14):
        pass
    with later(16):
        assert paged(incident) == []
    with later(17):
        assert paged(incident) == [(17, 1, FIRST)]


def test_a_pause_ends_by_hand(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), *three_steps())
    incident = declare(actor("responder.payments"))
    responder = actor("responder.payments")
    with later(4):
        actions.snooze_escalation(actor=responder, incident_id=incident.pk, minutes=600, reason="Quiet")
    with later(10):
        actions.resume_escalation(actor=responder, incident_id=incident.pk)
        with pytest.raises(Conflict):
            actions.resume_escalation(actor=responder, incident_id=incident.pk)
    with later(11):
        assert paged(incident) == [(11, 1, FIRST)]


def test_acknowledged_during_a_pause_it_does_not_come_back(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), *three_steps())
    incident = declare(actor("responder.payments"))
    with later(4):
        actions.snooze_escalation(
            actor=actor("responder.payments"), incident_id=incident.pk, minutes=5, reason="A moment"
        )
        incidents.acknowledge_incident(actor=actor("responder.payments"), incident_id=incident.pk)
        run_jobs()
    with later(60):
        assert paged(incident) == []
        assert runs_of(incident) == {"not_acknowledged": "acknowledged"}


@pytest.mark.parametrize(("username", "error"), [("observer.payments", Forbidden), ("outsider.logistics", NotFound)])
def test_who_may_not_work_on_it_pauses_nothing(actor: ActorNamed, username: str, error: type[Exception]) -> None:
    policy(actor("admin.payments"), *three_steps())
    incident = declare(actor("responder.payments"))
    with later(1), pytest.raises(error):
        actions.snooze_escalation(actor=actor(username), incident_id=incident.pk, minutes=5, reason="No")
    with later(5):
        assert paged(incident) == [(5, 1, FIRST)]


@pytest.mark.parametrize(("minutes", "reason"), [(0, "Why"), (1441, "Why"), (5, "  ")])
def test_a_pause_has_a_length_and_a_reason(actor: ActorNamed, minutes: int, reason: str) -> None:
    policy(actor("admin.payments"), *three_steps())
    incident = declare(actor("responder.payments"))
    with pytest.raises(Invalid):
        actions.snooze_escalation(
            actor=actor("responder.payments"), incident_id=incident.pk, minutes=minutes, reason=reason
        )


def test_by_hand_it_pages_although_acknowledged_until_somebody_has_it(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), *three_steps())
    incident = declare(actor("responder.payments"))
    responder = actor("responder.payments")
    with later(1):
        incidents.acknowledge_incident(actor=responder, incident_id=incident.pk)
        actions.escalate_incident(actor=responder, incident_id=incident.pk, reason="We need a database person")
        run_jobs()
    with later(2):
        assert paged(incident) == [(2, 1, FIRST)]
        with pytest.raises(Conflict):
            actions.escalate_incident(actor=responder, incident_id=incident.pk, reason="Again")
    with later(3):
        [message] = messages_of(incident, FIRST)
        acknowledge_page(actor=actor(FIRST), message_id=message.pk)
    with later(30):
        assert paged(incident) == [(2, 1, FIRST)]
        assert runs_of(incident)["by_hand"] == "answered"
