"""A real SMTP server that keeps what it receives and can be told to misbehave."""

import asyncio
import threading
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as default_policy
from enum import Enum, auto
from functools import cached_property
from typing import Any, Self, TypeVar, cast
from weakref import WeakKeyDictionary, WeakSet

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.services.waiting import wait_until

T = TypeVar("T")


@dataclass(frozen=True)
class ReceivedMail:
    """One message as the envelope and the content came in, and when, in seconds since 1970."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    at: float

    @cached_property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.content, _class=EmailMessage, policy=default_policy)

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        """The plain part; where there is none, the HTML part as it stands."""
        body = self.message.get_body(("plain", "html"))
        return str(body.get_content()).replace("\r\n", "\n") if body else ""


class Answer(Enum):
    """What to do in place of a reply."""

    NEVER = auto()
    """Keep the connection open and stay silent."""
    DISCONNECT = auto()
    """Cut the connection."""


@dataclass
class _Fault:
    answer: str | Answer
    recipient: str | None
    times_left: int | None
    after_keeping: bool

    def applies(self, recipient: str | None) -> bool:
        return self.recipient == recipient and self.times_left != 0

    def use(self) -> str | Answer:
        if self.times_left is not None:
            self.times_left -= 1
        return self.answer


class SmtpServer:
    """Listens from construction to `close()`, on a thread of its own; accepts everything unless told otherwise."""

    host = "127.0.0.1"

    def __init__(self) -> None:
        self._received: list[ReceivedMail] = []
        self._faults: list[_Fault] = []
        self._mails: WeakKeyDictionary[SMTP, int] = WeakKeyDictionary()
        self.connections = 0
        """How many there have been."""
        self.most_mails: int | None = None
        """How many it takes through one connection, if it counts."""
        self._connections: WeakSet[SMTP] = WeakSet()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="smtp-server", daemon=True)
        self._thread.start()
        self._server = self._run(self._listen())
        self.port = int(self._server.sockets[0].getsockname()[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def received(self) -> list[ReceivedMail]:
        """All messages so far, oldest first."""
        return list(self._received)

    def sent_to(self, address: str) -> list[ReceivedMail]:
        return [mail for mail in self._received if address in mail.recipients]

    def wait_for(self, count: int, *, timeout: timedelta = timedelta(seconds=10)) -> list[ReceivedMail]:
        """All messages, as soon as there are `count` of them.

        Raises:
            TimeoutError: there are fewer after that time.
        """
        wait_until(lambda: len(self._received) >= count, what=f"{count} messages by SMTP", timeout=timeout)
        return self.received

    def refuse(
        self, code: int, text: str = "refused", *, recipient: str | None = None, times: int | None = None
    ) -> None:
        """Answer with an error: 4xx for "try again", 5xx for "never".

        Arguments:
            recipient: refuse this address only (at RCPT); without it, refuse every message (after its content).
            times: only so often, then accept again.
        """
        self._faults.append(_Fault(f"{code} {text}", recipient, times, after_keeping=False))

    def misbehave(self, answer: Answer, *, after_keeping: bool = False, times: int | None = None) -> None:
        """Never answer to a message's content, or cut the connection.

        Arguments:
            after_keeping: the message is kept first, so that it has arrived and the sender cannot know.
            times: only so often, then accept again.
        """
        self._faults.append(_Fault(answer, None, times, after_keeping))

    def behave(self) -> None:
        """Accept everything again; who is left hanging stays so."""
        self._faults.clear()

    def close(self) -> None:
        if self._thread.is_alive():
            self._run(self._disconnect())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self._mails[server] = self._mails.get(server, 0) + 1
        if self.most_mails is not None and self._mails[server] > self.most_mails:
            return "421 no more through this one"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if fault := self._fault_for(address):
            return await self._misanswer(server, fault.use())
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        fault = self._fault_for(None)
        if fault is None or fault.after_keeping:
            self._keep(envelope)
        return await self._misanswer(server, fault.use()) if fault else "250 OK"

    def _keep(self, envelope: Envelope) -> None:
        content = cast(bytes, envelope.content)
        self._received.append(ReceivedMail(envelope.mail_from or "", tuple(envelope.rcpt_tos), content, time.time()))

    def _fault_for(self, recipient: str | None) -> _Fault | None:
        return next((fault for fault in self._faults if fault.applies(recipient)), None)

    async def _misanswer(self, server: SMTP, answer: str | Answer) -> str:
        if isinstance(answer, str):
            return answer
        if answer is Answer.DISCONNECT and server.transport is not None:
            cast(asyncio.Transport, server.transport).abort()
        await asyncio.Event().wait()  # until the connection ends, which cancels this
        raise AssertionError("a wait without end has ended")

    async def _listen(self) -> asyncio.Server:
        return await self._loop.create_server(self._accept, self.host, 0)

    def _accept(self) -> SMTP:
        self.connections += 1
        connection = SMTP(self, hostname="smtp.test", enable_SMTPUTF8=True, loop=self._loop)
        self._connections.add(connection)
        return connection

    async def _disconnect(self) -> None:
        self._server.close()
        for connection in list(self._connections):
            if connection.transport is not None:
                cast(asyncio.Transport, connection.transport).abort()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout=10)
