"""The rules for suspected breaches in the tenant admin: who sees, makes, moves and withdraws them."""

from __future__ import annotations

import html

import pytest

from hub.bridge.models import BridgeRule
from tenants.models import AuditEntry, BusinessUnit
from tests.conftest import SignedIn, seeding

pytestmark = pytest.mark.django_db

RULES = "/admin/bridge/bridgerule"


def unit(slug: str = "payments") -> BusinessUnit:
    with seeding():
        return BusinessUnit.objects.get(slug=slug)


def form(where: BusinessUnit | None, position: int, matchers: str) -> dict[str, object]:
    return {
        "unit": where.pk if where else "",
        "position": position,
        "matchers": matchers,
        "explanation": f"Because of {matchers}"[:200],
    }


def rules(where: BusinessUnit | None) -> list[tuple[int, list[str]]]:
    with seeding():
        found = BridgeRule.objects.filter(unit=where).order_by("position")
        return [(rule.position, rule.matchers) for rule in found]


def everything() -> tuple[list[object], int]:
    with seeding():
        return list(BridgeRule.objects.order_by("pk").values()), AuditEntry.objects.count()


@pytest.fixture
def none_yet(db: None) -> None:
    """No rules but those that a test makes."""
    with seeding():
        BridgeRule.objects.all().delete()


@pytest.mark.usefixtures("none_yet")
@pytest.mark.parametrize(
    ("username", "slug"),
    [("admin.payments", "payments"), ("lead.emea", "payments"), ("admin.enterprise", None), ("security", None)],
)
def test_rules_are_made_moved_and_withdrawn(signed_in: SignedIn, username: str, slug: str | None) -> None:
    client, where = signed_in(username), unit(slug) if slug else None
    for given in (form(where, 1, 'tag="core"'), form(where, 1, 'asset_class="personal data"\nseverity=~"sev[12]"')):
        answer = client.post(f"{RULES}/add/", given)
        assert answer.status_code == 302, answer.content.decode()[-3000:]
    assert rules(where) == [(1, ['asset_class="personal data"', 'severity=~"sev[12]"']), (2, ['tag="core"'])]

    with seeding():
        second = BridgeRule.objects.get(unit=where, position=2)
    assert client.get(f"{RULES}/{second.pk}/change/").status_code == 200
    changed = client.post(f"{RULES}/{second.pk}/change/", form(where, 1, 'tag=~"core|vault"'))
    assert changed.status_code == 302, changed.content.decode()[-3000:]
    assert [place for place in rules(where) if place[0] == 1] == [(1, ['tag=~"core|vault"'])]

    with seeding():
        first = BridgeRule.objects.get(unit=where, position=1)
    assert client.post(f"{RULES}/{first.pk}/delete/", {"post": "yes"}).status_code == 302
    assert rules(where) == [(1, ['asset_class="personal data"', 'severity=~"sev[12]"'])]
    with seeding():
        said = AuditEntry.objects.filter(verb="set_bridge_rules").order_by("pk")
        assert [(each.unit_id, each.person and each.person.username) for each in said] == [
            (where.pk if where else None, username)
        ] * 4


@pytest.mark.usefixtures("none_yet")
def test_a_unit_sees_the_enterprises_rules_and_changes_none(signed_in: SignedIn) -> None:
    signed_in("security").post(f"{RULES}/add/", form(None, 1, 'tag="core"'))
    with seeding():
        rule = BridgeRule.objects.get(unit=None)
    before, client = everything(), signed_in("admin.payments")

    assert "Every unit" in client.get(f"{RULES}/").content.decode()
    assert "Because of" in client.get(f"{RULES}/{rule.pk}/change/").content.decode()
    assert client.post(f"{RULES}/{rule.pk}/change/", form(None, 1, 'tag="x"')).status_code == 403
    assert client.post(f"{RULES}/{rule.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.post(f"{RULES}/add/", form(None, 1, 'tag="x"')).status_code == 200

    assert everything() == before


@pytest.mark.usefixtures("none_yet")
def test_another_units_rules_are_not_there(signed_in: SignedIn) -> None:
    signed_in("admin.payments").post(f"{RULES}/add/", form(unit(), 1, 'tag="canary"'))
    with seeding():
        rule = BridgeRule.objects.get(unit=unit())
    before = everything()
    for username in ("admin.retail", "security"):
        client = signed_in(username)
        assert "Because of" not in client.get(f"{RULES}/?q=Because").content.decode()
        assert client.get(f"{RULES}/{rule.pk}/change/").status_code == 302
        assert client.post(f"{RULES}/{rule.pk}/delete/", {"post": "yes"}).status_code == 302
        assert client.post(f"{RULES}/add/", form(unit(), 1, 'tag="x"')).status_code == 200
    assert everything() == before


@pytest.mark.parametrize("username", ["commander.payments", "coordinator", "observer.payments"])
def test_who_administers_nothing_is_not_admitted(signed_in: SignedIn, username: str) -> None:
    before = everything()
    for answer in (
        signed_in(username).get(f"{RULES}/", follow=True),
        signed_in(username).post(f"{RULES}/add/", follow=True),
    ):
        assert answer.status_code == 403
    assert everything() == before


def test_security_responders_find_their_rules_and_nothing_else(signed_in: SignedIn) -> None:
    client = signed_in("security")

    index = client.get("/admin/").content.decode()

    assert f"{RULES}/" in index
    for other in ("tenants/person", "alerts/severityrule", "tenants/auditentry", "catalog/service"):
        assert f"/admin/{other}/" not in index
        assert client.get(f"/admin/{other}/").status_code == 403
    assert "/admin/" in client.get("/").content.decode()
    assert "/admin/" not in signed_in("responder.payments").get("/").content.decode()


@pytest.mark.parametrize(
    ("matchers", "sentence"),
    [
        ("tag", "“tag” is not a matcher"),
        ('tag=core\nenv=~"("', "“(” is not a regular expression"),
        ("\n".join(f"a{number}=b" for number in range(11)), "A rule has 1 to 10 matchers."),
        ("", "This field is required."),
    ],
)
def test_what_cannot_be_read_is_said_and_nothing_is_written(signed_in: SignedIn, matchers: str, sentence: str) -> None:
    before = everything()

    answer = signed_in("admin.payments").post(f"{RULES}/add/", form(unit(), 1, matchers))

    assert answer.status_code == 200
    assert sentence in html.unescape(answer.content.decode())
    assert everything() == before
