"""Several people at the same moment: with real commits."""

from __future__ import annotations

import pytest

from hub.lib import clock
from hub.lib.identity import SYSTEM, person
from hub.oncall import access, actions
from hub.oncall.models import Expertise
from tenants.models import BusinessUnit, Person
from tests.conftest import seeding
from tests.together import together

pytestmark = pytest.mark.usefixtures("own_database")

KEY = "letters-of-credit"


def test_several_who_certify_at_once_write_one_row() -> None:
    with seeding():
        unit = BusinessUnit.objects.get(slug="payments")
        people = {each.username: each for each in Person.objects.filter(username__endswith=".payments")}
    keeper = person(people["commander.payments"].pk, through="test")

    def certify() -> None:
        actions.certify_expertise(actor=keeper, unit_id=unit.pk, person_id=people["responder.payments"].pk, key=KEY)

    assert together(*[certify] * 4) == [None] * 4
    with seeding():
        held = Expertise.objects.get(person=people["responder.payments"], key=KEY)
    # Revoked, it is over: nothing else says that they are able.
    actions.revoke_expertise(actor=keeper, expertise_id=held.pk)
    with seeding():
        assert access.holders(SYSTEM, unit.pk, KEY, clock.now()) == set()
