"""A restricted incident that pages those who are admitted, step after step, changes nothing for anybody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest
from django.db import transaction

from hub.delivery.models import Message
from hub.escalation import sweeping
from hub.escalation.models import Page, Run
from hub.incidents import actions
from hub.incidents.models import RoleKind, Severity, TimelineEntry
from hub.lib import clock
from hub.lib.identity import Actor
from tenants.models import BusinessUnit, Person
from tests.conftest import seeding
from tests.jobs import run_jobs
from tests.tenancy.hidden import Hidden, word
from tests.tenancy.oracle import Tally, two_worlds
from tests.tenancy.readers import populate
from tests.tenancy.worlds import source_for_worlds

pytestmark = pytest.mark.django_db

ADMITTED = ("responder.payments", "commander.payments", "security")
READERS = ("admin.payments", "commander2.payments", "coordinator", "auditor", "outsider.logistics")
"""Who leads, administers or answers for the unit, or for all of them, and was not admitted."""


def paging(random: Random, actor: Callable[[str], Actor]) -> Hidden:
    """Declared, given to people, and followed through several of its steps, with all that is sent."""
    now = clock.now()
    owner = actor(ADMITTED[0])
    with seeding():
        unit = BusinessUnit.objects.get(slug="payments")
        people = {each.username: each.pk for each in Person.objects.filter(username__in=ADMITTED)}
    with clock.at(now - timedelta(minutes=90)):
        incident = actions.declare_incident(
            actor=owner, title=f"{word(random)} leaks", severity=Severity.SEV1, unit_id=unit.pk, restricted=True
        )
        actions.assign_role(
            actor=owner, incident_id=incident.pk, role=RoleKind.COMMANDER, person_id=people[ADMITTED[1]]
        )
        actions.grant_access(actor=owner, incident_id=incident.pk, person_id=people[ADMITTED[2]], reason=word(random))
        run_jobs()
    for minutes in range(-80, 1, 5):
        with clock.at(now + timedelta(minutes=minutes)):
            sweeping.sweep()
            run_jobs()
    hidden = Hidden(references=[incident.reference])
    hidden.note("Incident", incident)
    with seeding():
        for name, model in (("EscalationRun", Run), ("Message", Message), ("TimelineEntry", TimelineEntry)):
            for row in model.objects.filter(incident_id=incident.pk):
                hidden.note(name, row)
        paged = set(Page.objects.filter(incident=incident).values_list("person__username", flat=True))
    assert paged == set(ADMITTED)
    return hidden


@pytest.mark.parametrize("username", READERS)
def test_who_is_not_admitted_reads_what_they_would_read_without_it(
    actor: Callable[[str], Actor], username: str
) -> None:
    """Every path is asked by one of the readers."""
    random, tally, part = Random(username), Tally(), READERS.index(username)
    with transaction.atomic():
        source_for_worlds()
        two_worlds(
            random,
            populate(),
            tally,
            username=username,
            only=lambda request: request.is_in(part, len(READERS)),
            write=lambda reader: paging(random, actor),
        )
        transaction.set_rollback(True)
    assert [str(leak) for leak in tally.leaks] == []
    assert tally.comparisons > 40
