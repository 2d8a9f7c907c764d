"""Restricting an incident while others work in it: with real commits, everybody gets through."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from functools import partial

import pytest
from django.db import DatabaseError, connection, transaction

from hub.catalog.models import Service
from hub.delivery.models import Message
from hub.incidents import actions
from hub.incidents.models import Incident, RoleKind, Severity, TimelineEntry
from hub.lib import clock, identity, locks
from hub.lib.errors import Conflict, NotFound
from hub.lib.identity import Actor, acting_as
from hub.live.models import FeedEvent, OutboxEntry
from hub.live.sequencer import sequence_batch
from tenants.models import Person
from tests.conftest import as_system, seeding

pytestmark = pytest.mark.usefixtures("own_database")

INCIDENTS = 8


def acting(username: str) -> Actor:
    with seeding():
        return identity.person(Person.objects.get(username=username).pk, through="test")


def declared(actor: Actor) -> Incident:
    with seeding():
        ledger = Service.objects.get(slug="ledger")
    return actions.declare_incident(actor=actor, title="Busy", severity=Severity.SEV3, service_id=ledger.pk)


class Crowd:
    """Threads that each do something again and again, and keep every fault but the answer to who may see no more."""

    def __init__(self) -> None:
        self.faults: list[BaseException] = []
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Crowd:
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(30)

    def repeat(self, doing: Callable[[], object]) -> None:
        thread = threading.Thread(target=self._repeated, args=(doing,))
        self._threads.append(thread)
        thread.start()

    def _repeated(self, doing: Callable[[], object]) -> None:
        try:
            while not self._stop.is_set():
                try:
                    doing()
                except (NotFound, Conflict):
                    time.sleep(0.01)
                except Exception as fault:
                    self.faults.append(fault)
        finally:
            connection.close()


def test_writers_the_sequencer_and_the_one_who_restricts_all_get_through() -> None:
    commander, writer, other = acting("commander.payments"), acting("responder.payments"), acting("commander2.payments")
    incidents = [declared(writer) for _ in range(INCIDENTS)]
    entries = [
        actions.add_timeline_entry(actor=writer, incident_id=each.pk, body="Before anybody worried").pk
        for each in incidents
    ]
    numbers = itertools.count()
    current = 0

    def edit() -> None:
        actions.edit_timeline_entry(actor=writer, entry_id=entries[current], body=f"Corrected {next(numbers)}")

    def assign() -> None:
        incident_id = incidents[current].pk
        actions.assign_role(actor=other, incident_id=incident_id, role=RoleKind.SCRIBE, person_id=other.person_id or 0)
        actions.end_role(actor=other, incident_id=incident_id, role=RoleKind.SCRIBE, person_id=other.person_id or 0)

    def note(actor: Actor) -> None:
        incident_id = incidents[current].pk
        actions.add_timeline_entry(actor=actor, incident_id=incident_id, body=f"Note {next(numbers)}")

    with Crowd() as crowd:
        crowd.repeat(partial(note, writer))
        crowd.repeat(partial(note, commander))
        crowd.repeat(lambda: actions.record_decision(actor=writer, incident_id=incidents[current].pk, decision="Go on"))
        crowd.repeat(edit)
        crowd.repeat(assign)
        crowd.repeat(sequence_batch)
        for index, incident in enumerate(incidents):
            current = index
            time.sleep(0.15)
            actions.restrict_incident(actor=commander, incident_id=incident.pk, reason="May be an intrusion")

    assert crowd.faults == []
    while sequence_batch() > 0:
        pass
    with seeding():
        assert Incident.objects.filter(pk__in=[each.pk for each in incidents], restricted=True).count() == INCIDENTS
        written = TimelineEntry.objects.filter(incident__in=incidents)
        assert written.count() > INCIDENTS * 5
        assert not written.filter(restricted=False).exists()
        assert not FeedEvent.objects.filter(incident_id__in=[each.pk for each in incidents], restricted=False).exists()
        assert not OutboxEntry.objects.exists()


def test_it_gives_way_to_one_who_holds_a_row_and_then_needs_the_incident() -> None:
    commander = acting("commander.payments")
    incident = declared(acting("responder.payments"))
    with as_system():
        message = Message.objects.create(
            dedupe_key="held",
            person_id=commander.person_id or 0,
            unit_id=incident.unit_id,
            incident_id=incident.pk,
            subject="About it",
            text="About it",
            created_at=clock.now(),
            due_at=clock.now(),
        )
    holds, faults = threading.Event(), []

    def hold_the_message_and_ask_for_the_incident() -> None:
        try:
            with as_system():
                Message.objects.select_for_update().get(pk=message.pk)
                holds.set()
                time.sleep(0.2)
                Incident.objects.select_for_update(no_key=True).get(pk=incident.pk)
        except DatabaseError as fault:
            faults.append(fault)
        finally:
            connection.close()

    holder = threading.Thread(target=hold_the_message_and_ask_for_the_incident)
    holder.start()
    assert holds.wait(10)
    actions.restrict_incident(actor=commander, incident_id=incident.pk, reason="May be an intrusion")
    holder.join(30)

    assert faults == []
    with seeding():
        assert Message.objects.get(pk=message.pk).restricted


def test_one_who_is_never_let_in_is_told_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "ATTEMPTS", 2)
    commander = acting("commander.payments")
    incident = declared(acting("responder.payments"))
    holds, done = threading.Event(), threading.Event()

    def hold() -> None:
        with acting_as(commander):
            actions.add_timeline_entry(actor=commander, incident_id=incident.pk, body="A long story")
            holds.set()
            done.wait(30)
            transaction.set_rollback(True)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert holds.wait(10)
    with pytest.raises(Conflict, match="not restricted yet: try again"):
        actions.restrict_incident(actor=commander, incident_id=incident.pk, reason="May be an intrusion")
    done.set()
    holder.join(30)

    with seeding():
        assert not Incident.objects.get(pk=incident.pk).restricted
        assert not incident.person_grants.exists()
