"""Sources and their keys: made, changed over and revoked, by their administrators and by nobody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, ProgrammingError

from hub.alerts import access
from hub.alerts.models import AlertSource, AlertSourceKey, SourceKind
from hub.lib import clock
from hub.lib.identity import Actor, acting_as
from tenants.models import AccessToken, AuditEntry, BusinessUnit, Person, RoleAssignment
from tests.conftest import seeding
from tests.graphql.api import ApiOf, api, global_id

__all__ = ["api"]

pytestmark = pytest.mark.django_db

WITH_KEY = "... on AlertSourceWithKey { key address source { id name kind keys { hint endsAt } } }"
ALERTMANAGER = SourceKind.ALERTMANAGER


@pytest.fixture
def payments() -> BusinessUnit:
    with seeding():
        return BusinessUnit.objects.get(slug="payments")


def counts() -> tuple[int, int, int]:
    """How many sources, keys and people there are."""
    with seeding():
        return AlertSource.objects.count(), AlertSourceKey.objects.count(), Person.objects.count()


def created(api: ApiOf, payments: BusinessUnit, **fields: object) -> dict[str, Any]:
    answer = api("admin.payments").change(
        "createAlertSource",
        WITH_KEY,
        unitId=global_id("BusinessUnit", payments),
        kind="ALERTMANAGER",
        name="Prometheus",
        **fields,
    )
    made: dict[str, Any] = answer.data["createAlertSource"]
    assert made["__typename"] == "AlertSourceWithKey", made
    return made


def test_an_administrator_makes_a_source_and_is_shown_its_key_once(api: ApiOf, payments: BusinessUnit) -> None:
    made = created(api, payments)

    known = access.source_of_key(made["key"], ALERTMANAGER)
    assert known is not None
    assert (known.name, known.unit_id) == ("Prometheus", payments.pk)
    assert made["address"].endswith(f"/ingest/alertmanager/{made['key']}")
    with seeding():
        account = Person.objects.get(pk=known.account_id)
        assert (account.is_service, account.has_usable_password()) == (True, False)
        assert not AccessToken.objects.filter(person=account).exists()
        (held,) = RoleAssignment.objects.filter(person=account).select_related("role")
        assert (held.role.key, held.is_enterprise) == ("alert_source", True)
        assert bytes(AlertSourceKey.objects.get(source=known.id).digest) != made["key"].encode()
        audited = AuditEntry.objects.get(verb="create_alert_source", object_id=known.id)
        assert made["key"] not in str(audited.change)


@pytest.mark.parametrize("username", ["responder.payments", "commander.payments", "admin.retail", "coordinator"])
def test_others_may_not(api: ApiOf, payments: BusinessUnit, username: str) -> None:
    asker = api(username)
    before = counts()

    answer = asker.change(
        "createAlertSource", WITH_KEY, unitId=global_id("BusinessUnit", payments), kind="EVENTS_V2", name="Mine"
    )

    (error,) = answer.data["createAlertSource"]["errors"]
    assert error["code"] == "FORBIDDEN"
    assert counts() == before


@pytest.mark.parametrize(
    ("fields", "code", "path"),
    [
        ({"name": "  "}, "INVALID", ["input", "name"]),
        ({"name": "x" * 101}, "INVALID", ["input", "name"]),
        ({"serviceLabels": []}, "INVALID", ["input", "serviceLabels"]),
        ({"unitId": "QnVzaW5lc3NVbml0Ojk5OTk5"}, "NOT_FOUND", ["input", "unitId"]),
        ({"defaultServiceId": "U2VydmljZTo5OTk5OQ=="}, "NOT_FOUND", ["input", "defaultServiceId"]),
    ],
)
def test_bad_input_names_the_field(
    api: ApiOf, payments: BusinessUnit, fields: dict[str, object], code: str, path: list[str]
) -> None:
    admin = api("admin.payments")
    before = counts()

    given = {"unitId": global_id("BusinessUnit", payments), "kind": "ALERTMANAGER", "name": "Prometheus", **fields}
    answer = admin.change("createAlertSource", WITH_KEY, **given)

    (error,) = answer.data["createAlertSource"]["errors"]
    assert (error["code"], error["path"]) == (code, path)
    assert counts() == before


def test_a_name_is_given_once_a_unit(api: ApiOf, payments: BusinessUnit) -> None:
    created(api, payments)
    before = counts()

    answer = api("admin.payments").change(
        "createAlertSource",
        WITH_KEY,
        unitId=global_id("BusinessUnit", payments),
        kind="EVENTS_V2",
        name="Prometheus",
    )

    (error,) = answer.data["createAlertSource"]["errors"]
    assert (error["code"], error["message"]) == ("CONFLICT", "Payments has a source called Prometheus already.")
    assert counts() == before


def test_a_new_key_ends_the_former_one(api: ApiOf, payments: BusinessUnit) -> None:
    former = created(api, payments)

    answer = api("admin.payments").change("rotateAlertSourceKey", WITH_KEY, sourceId=former["source"]["id"])

    made = answer.data["rotateAlertSourceKey"]
    assert access.source_of_key(former["key"], ALERTMANAGER) is None
    assert access.source_of_key(made["key"], ALERTMANAGER) is not None


def test_a_sender_can_be_changed_over_without_a_gap(api: ApiOf, payments: BusinessUnit) -> None:
    former = created(api, payments)

    answer = api("admin.payments").change(
        "rotateAlertSourceKey",
        WITH_KEY,
        sourceId=former["source"]["id"],
        overlapMinutes=60,
    )

    assert access.source_of_key(former["key"], ALERTMANAGER) is not None
    assert access.source_of_key(answer.data["rotateAlertSourceKey"]["key"], ALERTMANAGER) is not None
    with seeding():
        ended = AlertSourceKey.objects.get(ends_at__isnull=False)
        assert timedelta(minutes=59) < (ended.ends_at or clock.now()) - clock.now() <= timedelta(hours=1)


@pytest.mark.parametrize("minutes", [-1, 43_201, 2_147_483_647])
def test_an_overlap_has_bounds(api: ApiOf, payments: BusinessUnit, minutes: int) -> None:
    former = created(api, payments)

    answer = api("admin.payments").change(
        "rotateAlertSourceKey",
        WITH_KEY,
        sourceId=former["source"]["id"],
        overlapMinutes=minutes,
    )

    (error,) = answer.data["rotateAlertSourceKey"]["errors"]
    assert (error["code"], error["path"]) == ("INVALID", ["input", "overlapMinutes"])


def test_a_revoked_source_is_refused_and_stays_revoked(api: ApiOf, payments: BusinessUnit) -> None:
    made = created(api, payments)
    source_id = made["source"]["id"]
    admin = api("admin.payments")

    revoked = admin.change("revokeAlertSource", "... on AlertSource { revokedAt }", sourceId=source_id)

    assert revoked.data["revokeAlertSource"]["revokedAt"]
    assert access.source_of_key(made["key"], ALERTMANAGER) is None
    for mutation, fields in (("revokeAlertSource", "... on AlertSource { id }"), ("rotateAlertSourceKey", WITH_KEY)):
        (error,) = admin.change(mutation, fields, sourceId=source_id).data[mutation]["errors"]
        assert error["code"] == "CONFLICT"


def test_another_units_administrator_finds_no_such_source(api: ApiOf, payments: BusinessUnit) -> None:
    made = created(api, payments)
    unknown = global_id("AlertSource", 999_999)

    answers = [
        api("admin.retail").change("revokeAlertSource", "... on AlertSource { id }", sourceId=source_id)
        for source_id in (made["source"]["id"], unknown)
    ]

    assert answers[0].body == answers[1].body
    assert answers[0].data["revokeAlertSource"]["errors"][0]["code"] == "NOT_FOUND"
    assert access.source_of_key(made["key"], ALERTMANAGER) is not None


def test_its_unit_knows_of_a_source_and_only_administrators_of_its_keys(api: ApiOf, payments: BusinessUnit) -> None:
    created(api, payments)
    query = "{ alertSources { edges { node { name unit { slug } keys { hint } } } } }"

    seen = {
        name: api(name).ask(query).data["alertSources"]["edges"] for name in ("admin.payments", "observer.payments")
    }

    assert [edge["node"]["name"] for edge in seen["observer.payments"]] == ["Prometheus"]
    assert seen["observer.payments"][0]["node"]["keys"] == []
    assert len(seen["admin.payments"][0]["node"]["keys"]) == 1


Run = Callable[..., str]


@pytest.fixture
def run() -> Run:
    """Runs the command and returns what it prints."""

    def run(*words: str) -> str:
        printed = StringIO()
        call_command("source", *words, stdout=printed)
        return printed.getvalue()

    return run


def test_the_command_prints_the_full_address(run: Run) -> None:
    address = run("payments", "alertmanager", "Prometheus").splitlines()[0].split()[1]

    source = access.source_of_key(address.rpartition("/")[2], ALERTMANAGER)
    assert address.startswith("http://127.0.0.1:8000/ingest/alertmanager/")
    assert source is not None
    assert source.resolves_incidents
    with seeding():
        assert AuditEntry.objects.get(verb="create_alert_source").through == "command"


def test_the_command_prints_a_routing_key(run: Run) -> None:
    lines = dict(line.split(maxsplit=1) for line in run("cloud", "events-v2", "Nagios").splitlines()[:1])
    printed = run("retail", "events-v2", "Icinga", "--leave-open", "--service", "cdn", "--severity", "sev1")
    key = printed.splitlines()[1].split()[-1]

    source = access.source_of_key(key, SourceKind.EVENTS_V2)
    assert lines == {"Address": "http://127.0.0.1:8000/ingest/events/v2/enqueue"}
    assert source is not None
    assert source.default_service is not None
    assert (source.resolves_incidents, source.default_severity, source.default_service.name) == (
        False,
        "sev1",
        "Content Delivery",
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nowhere", "alertmanager", "X"], "There is no such business unit, or you may not see it."),
        (["payments", "alertmanager", " "], "The name is empty."),
        (["payments", "alertmanager", "X", "--service", "nothing"], "There is no such service, or you may not see it."),
        (["payments", "smoke-signals", "X"], "invalid choice"),
    ],
)
def test_the_command_refuses_in_one_sentence(run: Run, words: list[str], sentence: str) -> None:
    before = counts()

    with pytest.raises(CommandError, match=sentence):
        run(*words)

    assert counts() == before


def test_no_source_acts_as_a_human_being(actor: Callable[[str], Actor], api: ApiOf, payments: BusinessUnit) -> None:
    created(api, payments)
    admin, commander = actor("admin.payments"), actor("commander.payments")

    for misuse in (
        lambda: AlertSource.objects.update(account_id=commander.person_id),
        lambda: AlertSource.objects.create(
            unit=payments,
            kind=ALERTMANAGER,
            name="Somebody else",
            account_id=commander.person_id or 0,
            service_labels=["service"],
            created_at=clock.now(),
        ),
    ):
        with pytest.raises(ProgrammingError), acting_as(admin):
            misuse()


def test_a_key_opens_only_sources_of_its_own_unit(
    actor: Callable[[str], Actor], api: ApiOf, payments: BusinessUnit
) -> None:
    made = created(api, payments)
    with seeding():
        retail = BusinessUnit.objects.get(slug="retail")
        source_id = AlertSource.objects.get(name=made["source"]["name"]).pk

    with pytest.raises(IntegrityError), acting_as(actor("admin.retail")):
        AlertSourceKey.objects.create(
            source_id=source_id, unit=retail, digest=b"x" * 32, hint="mine", created_at=clock.now()
        )
