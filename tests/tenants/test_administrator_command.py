"""`manage.py administrator`."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from hub.lib import identity
from hub.lib.identity import acting_as
from tenants.models import AuditEntry, BusinessUnit, Person, RoleAssignment
from tenants.permissions import Permission, units_with
from tests.conftest import seeding

pytestmark = pytest.mark.django_db

PASSWORD = "lantern-gravel-tulip"


@pytest.fixture(autouse=True)
def in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_ADMINISTRATOR_PASSWORD", PASSWORD)


@pytest.fixture
def nobody_yet() -> Iterator[None]:
    """A hub in which nobody administers anything, as after its first migration."""
    with seeding():
        RoleAssignment.objects.all().delete()
        yield


def run(*words: str) -> str:
    out = io.StringIO()
    call_command("administrator", *words, stdout=out)
    return out.getvalue()


def signed_in(username: str, password: str = PASSWORD) -> Client | None:
    client = Client()
    client.post("/sign-in", {"username": username, "password": password})
    return client if "_auth_user_id" in client.session else None


def written() -> tuple[int, ...]:
    with seeding():
        return Person.objects.count(), RoleAssignment.objects.count(), AuditEntry.objects.count()


@pytest.mark.usefixtures("nobody_yet")
def test_the_first_administrator_signs_in_and_administers_every_unit() -> None:
    said = run("ada", "--name", "Ada Okafor", "--email", "ada@meridian.example")

    assert said == "Ada Okafor (ada) administers the whole enterprise now. Their password was set.\n"
    client = signed_in("ada")
    assert client is not None
    assert client.get("/admin/").status_code == 200
    with seeding():
        ada = Person.objects.get(username="ada")
        every_unit = {unit.pk for unit in BusinessUnit.objects.all()}
        trail = [(entry.verb, entry.through) for entry in AuditEntry.objects.filter(object_id=ada.pk, noun="person")]
        assert PASSWORD not in str(list(AuditEntry.objects.filter(object_id=ada.pk).values()))
    assert sorted(trail) == [("add_person", "command"), *[("appoint_administrator", "command")] * 2]
    actor = identity.person(ada.pk)
    with acting_as(actor):
        assert units_with(actor, Permission.UNIT_ADMINISTER) == every_unit
        assert units_with(actor, Permission.INCIDENT_COMMAND) == frozenset()


def test_again_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    run("ada")
    before = written()
    monkeypatch.setenv("HUB_ADMINISTRATOR_PASSWORD", "another-good-password")

    assert run("ADA") == "ada (ada) administers the whole enterprise already. Nothing was changed.\n"

    assert written() == before
    assert signed_in("ada") is not None


def test_a_forgotten_password_is_set_anew_on_demand(monkeypatch: pytest.MonkeyPatch) -> None:
    run("ada")
    monkeypatch.setenv("HUB_ADMINISTRATOR_PASSWORD", "another-good-password")

    assert "password was set" in run("ada", "--new-password")

    assert signed_in("ada", "another-good-password") is not None
    assert signed_in("ada") is None


def test_somebody_who_is_there_keeps_their_password() -> None:
    assert run("responder.payments").endswith("administers the whole enterprise now.\n")

    assert signed_in("responder.payments") is None


@pytest.mark.parametrize(
    ("words", "password", "sentence"),
    [
        (["ada"], "short", "too short"),
        (["ada"], "password1234", "too common"),
        (["lantern-gravel-tulip"], PASSWORD, "too similar"),
        (["two words"], PASSWORD, "no space"),
        (["ada", "--email", "nowhere"], PASSWORD, "no e-mail address"),
        (["ada", "--name", "x" * 201], PASSWORD, "at most 200"),
    ],
)
def test_what_cannot_be_is_said_and_nobody_is_made(
    monkeypatch: pytest.MonkeyPatch, words: list[str], password: str, sentence: str
) -> None:
    monkeypatch.setenv("HUB_ADMINISTRATOR_PASSWORD", password)
    before = written()

    with pytest.raises(CommandError, match=sentence):
        run(*words)

    assert written() == before


def test_without_anybody_to_ask_it_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUB_ADMINISTRATOR_PASSWORD")
    monkeypatch.setattr("sys.stdin", io.StringIO())

    with pytest.raises(CommandError, match="HUB_ADMINISTRATOR_PASSWORD"):
        run("ada")


def test_one_who_has_left_is_not_appointed() -> None:
    with seeding():
        Person.objects.filter(username="responder.media").update(is_active=False)

    with pytest.raises(CommandError, match="has left"):
        run("responder.media")
