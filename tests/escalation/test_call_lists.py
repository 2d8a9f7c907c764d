"""A call list is complete without the hub, says only what its reader may see, and comes once a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client, override_settings

from hub.delivery.actions import set_phone_number
from hub.delivery.models import Message, PhoneNumber
from hub.escalation import call_lists
from hub.lib import clock
from hub.lib.errors import Invalid
from hub.lib.identity import SYSTEM, Actor, acting_as
from hub.oncall import access as oncall
from hub.oncall.models import Schedule
from tenants.models import AuditEntry, BusinessUnit, Person
from tests.conftest import SignedIn, seeding

pytestmark = pytest.mark.django_db

BACKEND = "django.contrib.auth.backends.ModelBackend"
NUMBER = "+49 30 5550199"
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@pytest.fixture
def on_call(actor: Callable[[str], Actor]) -> Person:
    """Whoever commands for Payments at noon, with a number."""
    with seeding():
        schedule = Schedule.objects.get(slug="payments-commanders")
        person = oncall.who_answers(SYSTEM, [schedule.pk], NOON)[schedule.pk]
    set_phone_number(actor=actor(person.username), number=NUMBER)
    return person


def page(username: str, path: str = "/units/payments/call-list") -> str:
    client = Client()
    with seeding():
        client.force_login(Person.objects.get(username=username), backend=BACKEND)
    with clock.at(NOON):
        return client.get(path).content.decode()


def test_the_page_says_who_how_and_in_which_order(on_call: Person) -> None:
    text = page("commander.payments")
    for words in (on_call.name, NUMBER, on_call.email, "UTC", "The next seven days", "Card payments", "3 min later"):
        assert words in text


def test_a_stranger_reads_no_number_and_no_schedule(on_call: Person) -> None:
    text = page("outsider.logistics")
    assert "It has no schedules, or none that you may see" in text
    assert all(words not in text for words in (NUMBER, on_call.email, "Card payments"))


def test_it_is_written_to_disk_whole_and_without_the_hub(on_call: Person, tmp_path: Path) -> None:
    (tmp_path / "payments.html").write_text("the former one")
    with override_settings(CALL_LISTS_DIR=str(tmp_path)), clock.at(NOON):
        count = call_lists.write_all()
    files = sorted(each.name for each in tmp_path.iterdir())
    text = (tmp_path / "payments.html").read_text()
    assert (len(files), "payments.html" in files) == (count, True)
    assert all(words in text for words in (on_call.name, NUMBER, "As of Wed 25 Nov 2026 13:00 CET (12:00 UTC)"))
    assert all(words not in text for words in ("<script", "<link", "the former one", 'src="'))


def test_a_folder_that_cannot_be_written_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with override_settings(CALL_LISTS_DIR=str(tmp_path / "file")), clock.at(NOON):
        assert call_lists.write_all() == 0
    with override_settings(CALL_LISTS_DIR=""):
        assert call_lists.write_all() == 0


def test_those_who_lead_get_it_once_a_day(on_call: Person) -> None:
    with clock.at(NOON):
        first, again = call_lists.mail_all(), call_lists.mail_all()
    with clock.at(NOON + timedelta(days=1)):
        tomorrow = call_lists.mail_all()
    with clock.at(NOON + timedelta(days=1, hours=13)):  # not yet morning in Berlin
        call_lists.mail_all()
    with seeding():
        unit = BusinessUnit.objects.get(slug="payments")
        sent = Message.objects.filter(dedupe_key__startswith=f"call-list:{unit.pk}:")
        to = set(sent.values_list("person__username", flat=True))
        text = sent.filter(person__username="commander.payments").earliest("pk").text
        number = sent.filter(person__username="commander.payments").count()
    assert (first > 0, again, tomorrow) == (True, 0, first)
    assert {"commander.payments", "admin.payments"} <= to
    assert not to & {"responder.payments", "observer.payments", "coordinator", "lead.emea"}
    assert (number, NUMBER in text, on_call.name in " ".join(text.split())) == (2, True, True)


@pytest.mark.parametrize("number", ["030 1234567", "call me", "+49", "+49 30 " + "1" * 40])
def test_a_number_can_be_called_from_anywhere(actor: Callable[[str], Actor], number: str) -> None:
    with pytest.raises(Invalid):
        set_phone_number(actor=actor("responder.payments"), number=number)
    with seeding():
        assert not PhoneNumber.objects.filter(person__username="responder.payments").exists()


def test_a_number_is_given_on_ones_own_page_and_taken_back(signed_in: SignedIn) -> None:
    client = signed_in("responder.payments")
    assert client.post("/me/contact", {"do": "phone", "number": NUMBER}).status_code == 302
    assert NUMBER in client.get("/me/contact").content.decode()
    assert client.post("/me/contact", {"do": "phone", "number": "soon"}).status_code == 422
    for _ in range(2):
        assert client.post("/me/contact", {"do": "phone", "number": ""}).status_code == 302
    with seeding():
        assert not PhoneNumber.objects.filter(person__username="responder.payments").exists()
        trail = AuditEntry.objects.filter(verb="set_phone_number").order_by("pk")
        assert [each.change for each in trail] == [{"number": [None, "given"]}, {"number": ["given", None]}]


def test_whoever_sees_no_shifts_sees_no_numbers(on_call: Person, actor: Callable[[str], Actor]) -> None:
    seen = {}
    for username in ("outsider.logistics", "observer.payments"):
        with acting_as(actor(username)):
            seen[username] = PhoneNumber.objects.filter(person=on_call).exists()
    assert seen == {"outsider.logistics": False, "observer.payments": True}
