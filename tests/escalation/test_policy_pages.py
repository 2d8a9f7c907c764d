"""Policies are read in words and written with nothing but a form."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from hub.escalation.models import Policy
from hub.escalation.pages.drafts import hours_of
from hub.incidents.models import Severity
from hub.lib.errors import Invalid
from hub.lib.identity import Actor
from hub.oncall.hours import WeekSpan
from tenants.models import Person
from tests.conftest import SignedIn, seeding
from tests.escalation.world import declare, policy, step

pytestmark = pytest.mark.django_db

ActorNamed = Callable[[str], Actor]
NEW = "/escalation/new?unit=payments"


def written(**said: Any) -> dict[str, Any]:
    """A form with two steps."""
    return {
        "name": "Written",
        "acknowledged_within": "5",
        "updated_within": "",
        "mitigated_within": "",
        "repeats": "1",
        "repeat_after": "20",
        "step-0-wait": "0",
        "step-0-target-0": "primary|||responder|",
        "step-0-target-1": "on_it||||",
        "step-1-wait": "10",
        "step-1-target-0": "leadership||||",
        "step-1-severities": ["sev1", "sev2"],
        "step-1-hours": "Mon-Fri 08:00 to 18:00",
        "step-1-time_zone": "Europe/Berlin",
        "step-1-commanded_by": "central",
        "do": "save",
        **said,
    }


def test_a_policy_is_made_read_changed_and_retired(signed_in: SignedIn) -> None:
    commander = signed_in("commander.payments")
    made = commander.post(NEW, written())
    assert made.status_code == 302
    with seeding():
        key = Policy.objects.get(name="Written").pk
    page = commander.get(f"/escalation/{key}").content.decode()
    for words in (
        "nobody acknowledges within 5 min",
        "Whoever is on call for the service&#x27;s responders",
        "10 min later",
        "Only for SEV1, SEV2",
        "Monday 08:00 to 18:00; Tuesday 08:00 to 18:00",
        "in Europe/Berlin",
        "Only where: another unit commands it centrally",
        "Whoever leads the incident&#x27;s unit",
        "20 min after the last step it begins again, once",
    ):
        assert words in page

    form = commander.get(f"/escalation/{key}/change")
    assert form.context["draft"].steps[1].severities == ["sev1", "sev2"]
    assert [each.commanded_by for each in form.context["draft"].steps] == ["", "central"]
    as_of = form.context["draft"].as_of
    assert commander.post(f"/escalation/{key}/change", written(name="Rewritten", as_of=as_of)).status_code == 302
    late = commander.post(f"/escalation/{key}/change", written(name="Too late", as_of=as_of))
    assert (late.status_code, "while you wrote" in late.content.decode()) == (422, True)
    with seeding():
        assert Policy.objects.get(pk=key).name == "Rewritten"
    assert "Rewritten" in commander.get("/escalation?unit=payments").content.decode()
    assert commander.post(f"/escalation/{key}/retire").headers["Location"] == "/escalation?unit=payments"
    assert commander.get(f"/escalation/{key}").status_code == 404


def test_steps_and_targets_come_and_go_without_saving(signed_in: SignedIn) -> None:
    commander = signed_in("commander.payments")
    for do, steps in (
        ("add-step", [2, 1, 1]),
        ("remove-step:0", [1]),
        ("move-step:1", [1, 2]),
        ("add-target:1", [2, 2]),
        ("remove-target:0:0", [1, 1]),
        ("remove-step:9", [2, 1]),
        ("nonsense", [2, 1]),
    ):
        shown = commander.post(NEW, written(do=do))
        assert (shown.status_code, [len(each.targets) for each in shown.context["draft"].steps]) == (200, steps), do
    with seeding():
        assert not Policy.objects.filter(name="Written").exists()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"name": " "}, "It needs a name"),
        ({"repeats": "often"}, "is no number"),
        ({"acknowledged_within": ""}, "at least one thing"),
        ({"step-1-hours": "at night"}, "Step 2: “at night” are no hours"),
        ({"step-1-time_zone": "Berlin"}, "Step 2: “Berlin” is no time zone"),
        ({"step-0-target-0": "", "step-0-target-1": ""}, "Step 1: A step pages 1 to 10 targets"),
        ({"step-0-target-0": "person|999999999|||"}, "Step 1: "),
        ({"step-0-target-0": "role|||\x00|"}, "Step 1: "),
        ({"step-1-commanded_by": "nobody"}, "Step 2: Either the unit commands it itself or another one does"),
        ({"step-0-target-0": "everybody"}, "Step 1: Choose whom it pages"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(signed_in: SignedIn, said: dict[str, str], words: str) -> None:
    refused = signed_in("commander.payments").post(NEW, written(**said))
    assert (refused.status_code, words in refused.content.decode()) == (422, True)
    assert refused.context["draft"].steps[1].wait == "10"
    with seeding():
        assert not Policy.objects.filter(unit__slug="payments", steps__wait=10, name__in=["Written", " "]).exists()


def test_who_does_not_lead_the_unit_reads_and_changes_nothing(
    signed_in: SignedIn, actor: Callable[[str], Actor]
) -> None:
    key = policy(actor("admin.payments"), step()).pk
    responder = signed_in("responder.payments")
    assert "Change it" not in responder.get(f"/escalation/{key}").content.decode()
    assert "Test" in responder.get("/escalation").content.decode()
    for path in (NEW, f"/escalation/{key}/change"):
        assert (responder.get(path).status_code, responder.post(path, written()).status_code) == (403, 403)
    assert responder.post(f"/escalation/{key}/retire").status_code == 403
    outsider = signed_in("outsider.logistics")
    for path in (f"/escalation/{key}", f"/escalation/{key}/change"):
        assert outsider.get(path).status_code == 404
    with seeding():
        assert Policy.objects.filter(pk=key, name="Test", retired_at=None).exists()


def test_it_says_whom_it_would_reach_now(signed_in: SignedIn, actor: Callable[[str], Actor]) -> None:
    key = policy(actor("admin.payments"), step()).pk
    page = signed_in("commander.payments").get(f"/escalation/{key}?severity=sev3")
    with seeding():
        name = Person.objects.get(username="responder2.payments").name
    assert [each.pages[0].person.name for each in page.context["ahead"]] == [name]
    assert page.context["service"].slug == "ledger"


def test_hours_are_written_as_people_write_them() -> None:
    assert hours_of("Fri 18:00 to Mon 08:00") == [WeekSpan(5, "18:00", 1, "08:00")]
    assert hours_of("Sat-Sun 00:00-24:00") == [WeekSpan(6, "00:00", 6, "24:00"), WeekSpan(7, "00:00", 7, "24:00")]
    assert len(hours_of("Monday to Friday 08:00 – 12:00\n mon-fri 13:00 to 18:00 ")) == 10
    with pytest.raises(Invalid):
        hours_of("always")


def test_what_would_happen_at_a_time_and_for_an_incident(signed_in: SignedIn, actor: ActorNamed) -> None:
    """Also where the clocks change that day: a time that is left out comes an hour later, of two the first counts."""
    with seeding():
        found = Policy.objects.filter(unit__slug="payments", is_default=True, retired_at=None).get()
        Person.objects.filter(username="commander.payments").update(time_zone="Europe/Berlin")
    commander, address = signed_in("commander.payments"), f"/escalation/{found.pk}"

    def heading(**given: str) -> tuple[str, str]:
        page = commander.get(address, given).content.decode()
        plain = re.sub("<[^>]+>", "", page.partition('<h2 id="now">')[2].partition("</h2>")[0])
        return " ".join(plain.split()), page

    spring, page = heading(at="2027-03-28T02:30")
    autumn, _ = heading(at="2026-10-25T02:30")
    odd, wrong = heading(at="yesterday")

    assert spring == "Whom it would reach from 28 Mar 2027, 03:30 CEST on"
    assert 'value="2027-03-28T03:30"' in page
    assert autumn == "Whom it would reach from 25 Oct 2026, 02:30 CEST on"
    assert odd == "Whom it would reach from now on"
    assert "That is no date and time" in wrong

    incident = declare(actor("responder.payments"), Severity.SEV2)
    head, page = heading(incident=incident.reference.lower(), at="2027-03-28T02:30")
    assert head == f"What would happen for {incident.reference} from 28 Mar 2027, 03:30 CEST on"
    assert "as though it were declared then" in page
    assert "28 Mar 2027, 03:3" in page.partition('<ol class="stack">')[2].partition('<ol class="stack">')[2]
    assert "from where it stands" in heading(incident=incident.reference)[1]
    missing = [
        signed_in(who).get(address, {"incident": what}).status_code
        for who, what in (("commander.payments", "PAY-99999"), ("outsider.logistics", incident.reference))
    ]
    assert missing == [404, 404]
