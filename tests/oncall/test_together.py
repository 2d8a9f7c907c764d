"""Several people at the same moment: with real commits."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from hub.lib import clock
from hub.lib.errors import HubError
from hub.lib.identity import SYSTEM, person
from hub.oncall import access, actions
from hub.oncall.models import Expertise
from tenants.models import BusinessUnit, Person
from tests.conftest import seeding

pytestmark = pytest.mark.usefixtures("own_database")

KEY = "letters-of-credit"


def test_several_who_certify_at_once_write_one_row() -> None:
    with seeding():
        unit = BusinessUnit.objects.get(slug="payments")
        people = {each.username: each for each in Person.objects.filter(username__endswith=".payments")}
    keeper = person(people["commander.payments"].pk, through="test")
    start = threading.Barrier(4)
    refused: list[HubError] = []

    def certify() -> None:
        start.wait(20)
        try:
            actions.certify_expertise(actor=keeper, unit_id=unit.pk, person_id=people["responder.payments"].pk, key=KEY)
        except HubError as error:
            refused.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=certify) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert refused == []
    with seeding():
        held = Expertise.objects.get(person=people["responder.payments"], key=KEY)
    # Revoked, it is over: nothing else says that they are able.
    actions.revoke_expertise(actor=keeper, expertise_id=held.pk)
    with seeding():
        assert access.holders(SYSTEM, unit.pk, KEY, clock.now()) == set()
