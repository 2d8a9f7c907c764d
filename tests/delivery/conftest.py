"""What tests of delivery share: a database with real commits, a worker process, and messages to deliver."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from pytest_django import Settings

from hub.delivery.actions import send_message
from hub.delivery.letters import Letter
from hub.delivery.models import ContactKind, ContactMethod, Message, Receipt
from hub.lib import clock, identity
from hub.lib.identity import SYSTEM, Actor
from tenants.models import Person
from tests.conftest import seeding
from tests.services.smtp import SmtpServer
from tests.services.worker import WorkerProcess

StartWorker = Callable[..., WorkerProcess]


@pytest.fixture
def mail_address(smtp: SmtpServer) -> str:
    """Where the hub sends its e-mail in tests, as an apprise address with a short patience."""
    return f"mailto://{smtp.host}:{smtp.port}?from=hub@meridian.example&cto=2"


@pytest.fixture
def mail(settings: Settings, mail_address: str) -> None:
    """This process sends its e-mail to the test's SMTP server."""
    settings.SMTP_URL = mail_address


@pytest.fixture
def start_worker(own_database: str, mail_address: str, tmp_path: Path) -> Iterator[StartWorker]:
    """Starts workers on the test's own database; they end with the test."""
    with ExitStack() as running:
        count = 0

        def start(**environment: str) -> WorkerProcess:
            nonlocal count
            count += 1
            worker = WorkerProcess(
                own_database,
                log=tmp_path / f"worker{count}.log",
                environment={"HUB_SMTP_URL": mail_address, "HUB_PUBLIC_URL": "https://hub.example", **environment},
            )
            return running.enter_context(worker.launch())

        yield start


def acting(username: str) -> Actor:
    """The actor for a person, by username."""
    with seeding():
        return identity.person(Person.objects.get(username=username).pk, through="test")


def letter(subject: str = "[SEV2] PAY-1 Checkout answers 502: you are incident commander") -> Letter:
    return Letter(
        subject=subject,
        reference="PAY-1",
        path="/incidents/PAY-1",
        lead="You are incident commander of PAY-1.",
        headline="Checkout answers 502",
    )


def message_to(username: str, *, dedupe_key: str = "test:1", is_page: bool = True, severity: str = "") -> Message:
    """A message to somebody that no worker has delivered yet."""
    return send_message(
        actor=SYSTEM,
        person_id=acting(username).person_id or 0,
        letter=letter(),
        dedupe_key=dedupe_key,
        is_page=is_page,
        severity=severity,
    )


def method_of(username: str, kind: ContactKind, address: str, *, position: int = 0) -> ContactMethod:
    """A verified contact method of somebody."""
    with seeding():
        return ContactMethod.objects.create(
            person=Person.objects.get(username=username),
            kind=kind,
            address=address,
            position=position,
            verified_at=clock.now(),
        )


def as_it_is(message: Message) -> Message:
    """The message as it stands in the database now."""
    with seeding():
        return Message.objects.get(pk=message.pk)


def attempts_of(message: Message) -> list[tuple[str, str, str]]:
    """Channel, state and reason of each receipt after the inbox's, in order."""
    with seeding():
        receipts = Receipt.objects.filter(message=message, number__gt=0).order_by("number")
        return [(receipt.channel, receipt.state, receipt.reason) for receipt in receipts]
