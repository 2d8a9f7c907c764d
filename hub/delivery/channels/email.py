"""E-mail by apprise: its addresses, providers, encryption and sign-in; the message and the reason are ours.

apprise's own e-mail answers with yes or no and makes a new Message-ID each time. This one says whether trying again
makes sense, and names a message by its key.
"""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, Final

from apprise import AppriseAsset
from apprise.plugins.email.base import NotifyEmail
from apprise.plugins.email.smtp import SMTPSecureMode

from hub.delivery.channels.outcome import Outcome, Parcel
from hub.delivery.channels.spare import Spare
from hub.delivery.channels.trust import trust
from hub.delivery.invitations import addressed
from hub.delivery.models import ReceiptState

SENDER = "Incident hub"
SILENCE: Final = Outcome(
    ReceiptState.DELAYED, "The mail server did not answer in time; whether it took the message is not known."
)
_MOST_MAILS: Final = 50
"""How many go through one connection: some servers take no more."""


class Mail(NotifyEmail):  # type: ignore[no-untyped-call]
    """One parcel as an e-mail."""

    def __init__(self, parcel: Parcel, asset: AppriseAsset, options: Mapping[str, Any]) -> None:
        """`options` are what apprise read from the hub's mail address.

        Raises `ValueError` for an address that is none, and apprise's `TypeError` for a hub's address without sender.
        """
        super().__init__(**{**options, "targets": [parcel.address], "asset": asset})  # type: ignore[no-untyped-call]
        if [target for _, target in self.targets] != [parcel.address]:
            raise ValueError("not one e-mail address")
        self.parcel = parcel
        self.message = self._compose()

    @property
    def sender(self) -> str:
        return str(self.from_addr[1])

    def _compose(self) -> EmailMessage:
        parcel = self.parcel
        domain = self.sender.rpartition("@")[2]
        message = EmailMessage()
        message["Subject"] = parcel.subject
        message["From"] = Address(str(self.from_addr[0] or SENDER), addr_spec=self.sender)
        message["To"] = Address(parcel.recipient, addr_spec=parcel.address)
        if parcel.reply_to:
            message["Reply-To"] = parcel.reply_to
        elif self.reply_to:
            message["Reply-To"] = ", ".join(sorted(self.reply_to))
        message["Date"] = format_datetime(parcel.written_at)
        message["Message-ID"] = f"<{parcel.key}@{domain}>"
        if parcel.thread:
            message["References"] = f"<{parcel.thread}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        message["X-Hub-Attempt"] = str(parcel.attempt)
        if parcel.is_urgent:
            message["Importance"] = "high"
        for header, value in self.headers.items():
            message[header] = value
        message.set_content(parcel.text)
        if parcel.html:
            message.add_alternative(parcel.html, subtype="html")
        if parcel.calendar:
            self._invite(message)
        return message

    def _invite(self, message: EmailMessage) -> None:
        """Add the calendar object twice: as what mail programs act on (RFC 6047), and as a file for all others."""
        parcel = self.parcel
        said, method = addressed(
            parcel.calendar, organizer=self.sender, attendee=parcel.address, attendee_name=parcel.recipient
        )
        message.add_alternative(said, subtype="calendar", params={"method": method})
        message.add_attachment(
            said.encode(),
            maintype="application",
            subtype="ics",
            filename="invite.ics" if method == "REQUEST" else "cancel.ics",
        )

    def hand_over(self) -> Outcome:
        """Hand the parcel to the mail server, and say how that went."""
        server = _Server(
            self.smtp_host,
            self.port or 0,
            str(self.secure_mode),
            self.user,
            self.password,
            self.verify_certificate,
            self.socket_connect_timeout,
        )
        session = _SESSIONS.take(server)
        if session is not None:
            try:
                return self._hand_over(server, session)
            except smtplib.SMTPSenderRefused:
                # The server wants no further mail through this one, and has taken nothing.
                session.close()
        try:
            session = _Session(server)
        except (OSError, smtplib.SMTPException) as error:
            return self._failed(error, is_connected=False)
        try:
            return self._hand_over(server, session)
        except smtplib.SMTPSenderRefused as error:
            session.close()
            return self._failed(error, is_connected=True)

    def _hand_over(self, server: _Server, session: _Session) -> Outcome:
        """Raises `smtplib.SMTPSenderRefused` where the server refuses before it knows whom the mail is for."""
        try:
            session.deliver(self.message, self.sender, self.parcel.address)
        except smtplib.SMTPSenderRefused:
            raise
        except (OSError, smtplib.SMTPException) as error:
            session.close()
            return self._failed(error, is_connected=True)
        _SESSIONS.keep(server, session)
        return Outcome(ReceiptState.SENT)

    def _failed(self, error: Exception, *, is_connected: bool) -> Outcome:
        if isinstance(error, smtplib.SMTPAuthenticationError):
            return Outcome(
                ReceiptState.DELAYED, f"The mail server did not accept the hub's sign-in ({error.smtp_code})."
            )
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            return self._answered("the address", *error.recipients[self.parcel.address])
        if isinstance(error, smtplib.SMTPResponseException):
            return self._answered("the message", error.smtp_code, error.smtp_error)
        if is_connected:
            return Outcome(
                ReceiptState.DELAYED, "The mail server's answer was lost; whether it took the message is not known."
            )
        why = getattr(error, "strerror", None) or type(error).__name__
        return Outcome(ReceiptState.DELAYED, f"The mail server {self.smtp_host} cannot be reached: {why}.")

    def _answered(self, noun: str, code: int, words: bytes | str) -> Outcome:
        """What the server said: 4xx asks to come again, 5xx is final. The address is left out."""
        said = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
        said = " ".join(said.split()).replace(self.parcel.address, "…")
        if code >= 500:
            return Outcome(ReceiptState.REFUSED, f"The mail server refused {noun}: {code} {said}")
        return Outcome(ReceiptState.DELAYED, f"The mail server put {noun} off: {code} {said}")


@dataclass(frozen=True)
class _Server:
    """What sessions are kept for: a mail server, and as whom."""

    host: str
    port: int
    secure_mode: str
    user: str | None
    password: str | None = field(repr=False)
    verify_certificate: bool
    socket_connect_timeout: int


class _Session:
    """A connection to a mail server as apprise makes it; secured and signed in, for several mails."""

    def __init__(self, server: _Server) -> None:
        """Raises what `smtplib` does where the server is not there or does not let the hub in."""
        self._left = _MOST_MAILS
        timeout = server.socket_connect_timeout
        if server.secure_mode == SMTPSecureMode.SSL:
            self._smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=timeout, context=trust(is_verified=server.verify_certificate)
            )
        else:
            self._smtp = smtplib.SMTP(server.host, server.port, timeout=timeout)
        try:
            if server.secure_mode == SMTPSecureMode.STARTTLS:
                self._smtp.starttls(context=trust(is_verified=server.verify_certificate))
            if server.user and server.password:
                self._smtp.login(server.user, server.password)
        except (OSError, smtplib.SMTPException):
            self.close()
            raise

    def deliver(self, message: EmailMessage, sender: str, recipient: str) -> None:
        self._left -= 1
        self._smtp.send_message(message, sender, [recipient])

    @property
    def reads_from(self) -> socket.socket | None:
        """What the server's answers come from; None once enough mails went through."""
        return self._smtp.sock if self._left > 0 else None

    def end(self) -> None:
        """Take leave of the server."""
        with suppress(OSError, smtplib.SMTPException):
            self._smtp.quit()

    def close(self) -> None:
        """End it at once, since its server does not do what it should."""
        self._smtp.close()


_SESSIONS: Final = Spare[_Server, _Session](close=_Session.end, socket_of=lambda session: session.reads_from)
