"""`manage.py token`."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from tenants.models import AccessToken, AuditEntry, Person
from tests.conftest import seeding

pytestmark = pytest.mark.django_db


def run(*words: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("token", *words, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def viewer(token: str) -> int:
    response = Client().post(
        "/graphql/",
        {"query": "{ viewer { username } }"},
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )
    return response.status_code


def test_it_prints_the_token_alone_and_the_token_opens_the_api(person: Callable[[str], Person]) -> None:
    out, err = run("coordinator", "--name", "laptop", "--days", "3")

    token = out.removesuffix("\n")
    assert "\n" not in token
    assert "laptop" in err
    assert viewer(token) == 200
    with seeding():
        stored = AccessToken.objects.get(name="laptop")
        entry = AuditEntry.objects.get(noun="accesstoken", object_id=stored.pk)
    assert stored.person == person("coordinator")
    assert (stored.expires_at - stored.created_at).days == 3
    assert token not in (bytes(stored.digest).decode("latin-1"), stored.hint)
    assert (entry.verb, entry.through, entry.person_id) == ("create_token", "command", stored.person_id)


def test_a_revoked_token_is_nobodys() -> None:
    token = run("coordinator")[0].strip()

    assert "Revoked" in run("coordinator", "--revoke", token[:12])[1]

    assert viewer(token) == 401
    assert "revoked" in run("coordinator", "--list")[0]


def test_an_expired_token_is_nobodys() -> None:
    token = run("coordinator")[0].strip()
    with seeding():
        stored = AccessToken.objects.get(hint=token[:12])
        stored.expires_at = stored.created_at
        stored.save()

    assert viewer(token) == 401


def test_a_list_holds_ones_own_alone() -> None:
    run("coordinator", "--name", "mine")
    run("responder.payments", "--name", "theirs")

    listed, _ = run("coordinator", "--list")

    assert "mine" in listed
    assert "theirs" not in listed


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nobody.here"], "Nobody is called “nobody.here” here."),
        (["coordinator", "--days", "0"], "A token is valid for an hour at least and 3650 days at most."),
        (["coordinator", "--days", "99999999999"], "A token is valid for an hour at least and 3650 days at most."),
        (["coordinator", "--name", " "], "A token needs a name of at most 100 characters."),
        (["coordinator", "--revoke", "hub_notmine1"], "There is no such token, or you may not see it."),
        (["coordinator", "--revoke", "hub"], "Give at least the token's first 8 characters."),
        (["coordinator", "--revoke", ""], "Give at least the token's first 8 characters."),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_leaves_nothing(words: list[str], sentence: str) -> None:
    with pytest.raises(CommandError) as refusal:
        run(*words)

    assert str(refusal.value) == sentence
    with seeding():
        assert not AccessToken.objects.filter(person__is_service=False).exists()


def test_somebody_elses_token_cannot_be_revoked() -> None:
    token = run("coordinator")[0].strip()

    with pytest.raises(CommandError):
        run("responder.payments", "--revoke", token[:12])

    assert viewer(token) == 200
