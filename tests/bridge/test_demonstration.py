"""The demonstration's suspected breach: both sides find what is theirs, and IT nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub.bridge.access import criteria, facts
from hub.bridge.criteria import suspicion
from hub.bridge.models import Investigation
from hub.lib.identity import SEED
from tests.conftest import SignedIn, seeding

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(signed_in: SignedIn) -> Callable[[str, str], str]:
    def opened(username: str, reference: str) -> str:
        return signed_in(username).get(f"/incidents/{reference}").content.decode()

    return opened


def test_each_side_reads_what_is_its_own(room: Callable[[str, str], str]) -> None:
    with seeding():
        tie = Investigation.objects.select_related("link__incident", "incident").get()
        suspected, investigated = tie.link.incident, tie.incident

    it, security = room("responder.payments", suspected.reference), room("security", investigated.reference)

    assert "Do not unlock or delete svc-payouts-batch" in it
    assert "Security investigates" in it
    for word in (investigated.reference, investigated.title, "settlement files", "would have unlocked it"):
        assert word not in it
    assert "They work on that account now" in security
    assert suspected.reference in security
    assert investigated.title not in room("coordinator", investigated.reference)


def test_its_rules_say_what_they_said() -> None:
    """The reason in the room is what the rules would say today."""
    with seeding():
        link = Investigation.objects.select_related("link__incident").get().link
        assert suspicion(facts(SEED, link.incident), criteria(SEED, link.unit_id)) == link.reason
