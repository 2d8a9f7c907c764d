"""Workers that are killed, stopped, doubled and cut off: no message is lost, none goes out twice without need."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from django.db import connection
from django.db.models import F
from psycopg import sql

from hub.delivery.models import Message, MessageStatus
from hub.delivery.sending import lease
from hub.lib.jobs import defer
from hub.running.supervisor import STOP_PATIENCE
from tests.conftest import as_system, seeding
from tests.database import Server
from tests.delivery.conftest import StartWorker, as_it_is, attempts_of, message_to
from tests.services.smtp import Answer, SmtpServer
from tests.services.waiting import wait_until
from tests.services.worker import WorkerProcess

COMMANDER = "commander.payments"


def await_sent(*messages: Message, timeout: timedelta = timedelta(seconds=20)) -> None:
    def all_sent() -> bool:
        return all(as_it_is(message).status == MessageStatus.SENT for message in messages)

    wait_until(all_sent, what="the messages to be sent", timeout=timeout)


@contextmanager
def closed(server: Server, database: str) -> Iterator[None]:
    """The database as a server that restarts: its connections are cut, and new ones are refused."""
    name = sql.Identifier(database)
    server.execute(sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS false").format(name))
    server.execute(
        sql.SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}").format(
            sql.Literal(database)
        )
    )
    try:
        yield
    finally:
        server.execute(sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS true").format(name))


class SilentServer:
    """A mail server that takes connections, keeps them and says nothing."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._held: list[socket.socket] = []
        self.address = f"mailto://127.0.0.1:{listener.getsockname()[1]}?from=hub@meridian.example&cto=60"

    def wait_for(self, message: Message) -> None:
        """Return when a worker is sending this message; the demonstration's incidents have mails of their own."""

        def is_sending() -> bool:
            with suppress(TimeoutError):
                self._held.append(self._listener.accept()[0])
            return bool(self._held) and attempts_of(message) == [("email", "sending", "")]

        self._listener.settimeout(0.2)
        wait_until(is_sending, what="a sender", timeout=timedelta(seconds=20))


@contextmanager
def silent_server() -> Iterator[SilentServer]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield SilentServer(listener)


def let_the_lease_pass(message: Message) -> None:
    """As though the time had gone by for which the message is its worker's alone."""
    with seeding():
        Message.objects.filter(pk=message.pk).update(leased_until=F("leased_until") - lease())


def copies(smtp: SmtpServer, message: Message) -> int:
    """How many mails of this message have arrived."""
    return sum(mail.message["Message-ID"] == f"<{message.key}@meridian.example>" for mail in smtp.received)


def test_a_message_outlives_the_worker_that_was_killed_with_it(start_worker: StartWorker, smtp: SmtpServer) -> None:
    with silent_server() as server:
        worker = start_worker(HUB_SMTP_URL=server.address, HUB_DELIVERY_PATIENCE="2")
        message = message_to(COMMANDER)
        server.wait_for(message)

        worker.kill()
    assert attempts_of(message) == [("email", "sending", "")]
    let_the_lease_pass(message)
    start_worker()

    await_sent(message, timeout=timedelta(seconds=30))
    assert copies(smtp, message) == 1
    assert attempts_of(message) == [
        ("email", "lost", "The worker ended before it could say how it went."),
        ("email", "sent", ""),
    ]


def test_a_mail_that_went_out_just_before_the_kill_is_known_by_its_name(
    start_worker: StartWorker, smtp: SmtpServer
) -> None:
    """Nobody can know that it went out, so it goes out again, under the same Message-ID."""
    # Each mail, since the demonstration's incidents have some of their own, and one of them may come first.
    smtp.misbehave(Answer.NEVER, after_keeping=True)
    worker = start_worker(HUB_DELIVERY_PATIENCE="2")
    message = message_to(COMMANDER)
    wait_until(lambda: copies(smtp, message), what="the mail", timeout=timedelta(seconds=20))

    worker.kill()
    smtp.behave()
    let_the_lease_pass(message)
    start_worker()

    await_sent(message, timeout=timedelta(seconds=30))
    assert copies(smtp, message) == 2


def test_two_workers_send_each_message_once(start_worker: StartWorker, smtp: SmtpServer) -> None:
    start_worker()
    start_worker()

    messages = [message_to(COMMANDER, dedupe_key=f"test:{number}") for number in range(40)]
    for message in messages[::2]:  # as a sweep that comes too early would
        with as_system():
            defer("hub.delivery.jobs.deliver", message_id=message.pk)

    await_sent(*messages, timeout=timedelta(seconds=40))
    assert {copies(smtp, message) for message in messages} == {1}
    assert {len(attempts_of(message)) for message in messages} == {1}


def test_a_worker_that_is_paused_beyond_its_lease_decides_nothing(start_worker: StartWorker, smtp: SmtpServer) -> None:
    with silent_server() as server:
        paused = start_worker(HUB_SMTP_URL=server.address, HUB_DELIVERY_PATIENCE="2")
        message = message_to(COMMANDER)
        server.wait_for(message)
        paused.pause()
        let_the_lease_pass(message)
        start_worker()

        # Should the pause have met it in the midst of a transaction, the server ends that first.
        await_sent(message, timeout=timedelta(seconds=50))
        paused.resume()
        wait_until(lambda: attempts_of(message)[0][1] == "delayed", what="the first worker's word")

    assert as_it_is(message).status == MessageStatus.SENT
    assert [state for _, state, _ in attempts_of(message)] == ["delayed", "sent"]
    assert copies(smtp, message) == 1


def test_it_ends_within_the_time_of_a_supervisor_though_a_server_hangs(start_worker: StartWorker) -> None:
    with silent_server() as server:
        # Before the worker starts: mails of the demonstration's incidents hang as long, and may go first otherwise.
        message = message_to(COMMANDER)
        worker = start_worker(HUB_SMTP_URL=server.address, HUB_DELIVERY_PATIENCE="30")
        server.wait_for(message)

        began = time.monotonic()
        status = ended(worker)

    assert time.monotonic() - began < 5
    assert status == 0
    assert "it will be done again" in worker.said
    assert "Traceback" not in worker.said


def test_it_ends_at_once_when_it_has_nothing_to_do(start_worker: StartWorker) -> None:
    worker = start_worker()

    began = time.monotonic()
    status = ended(worker)

    assert time.monotonic() - began < STOP_PATIENCE, "a supervisor would have killed it"
    assert status == 0
    assert "Traceback" not in worker.said


def ended(worker: WorkerProcess) -> int:
    """Tell the worker to stop, and return its exit status."""
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGTERM)
    return worker.wait()


def test_it_lives_through_a_restart_of_the_database_and_says_so_once(
    start_worker: StartWorker, smtp: SmtpServer, server: Server, own_database: str
) -> None:
    worker = start_worker()
    first = message_to(COMMANDER)
    await_sent(first)

    connection.close()
    with closed(server, own_database):
        wait_until(
            lambda: "does not answer" in worker.said, what="a word about the database", timeout=timedelta(seconds=30)
        )
        time.sleep(4)  # it tries again, and says nothing
    second = message_to(COMMANDER, dedupe_key="test:2")

    await_sent(second, timeout=timedelta(seconds=40))
    assert worker.running
    assert worker.said.count("does not answer") == 1
    assert worker.said.count("answers again") == 1
    assert "Traceback" not in worker.said
    assert copies(smtp, first) == copies(smtp, second) == 1
