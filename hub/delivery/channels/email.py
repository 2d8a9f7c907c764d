"""E-mail by apprise: its addresses, providers, encryption and sign-in; the message and the reason are ours.

apprise's own e-mail answers with yes or no and makes a new Message-ID each time. This one says whether trying again
makes sense, and names a message by its key.
"""

from __future__ import annotations

import smtplib
from collections.abc import Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, Self, cast

from apprise import AppriseAsset
from apprise.plugins.email.base import NotifyEmail
from apprise.plugins.email.smtp import AppriseSMTPController

from hub.delivery.channels.outcome import Outcome, Parcel
from hub.delivery.invitations import addressed
from hub.delivery.models import ReceiptState

SENDER = "Incident hub"


class Mail(NotifyEmail):  # type: ignore[no-untyped-call]
    """One parcel as an e-mail. `outcome` says how it went once apprise has called `send`."""

    def __init__(self, parcel: Parcel, asset: AppriseAsset, options: Mapping[str, Any]) -> None:
        """`options` are what apprise read from the hub's mail address.

        Raises `ValueError` for an address that is none, and apprise's `TypeError` for a hub's address without sender.
        """
        super().__init__(**{**options, "targets": [parcel.address], "asset": asset})  # type: ignore[no-untyped-call]
        if [target for _, target in self.targets] != [parcel.address]:
            raise ValueError("not one e-mail address")
        self.parcel = parcel
        self.message = self._compose()
        self.outcome = Outcome(
            ReceiptState.DELAYED, "The mail server did not answer in time; whether it took the message is not known."
        )

    def send(self, body: str, title: str = "", *given: Any, **more: Any) -> bool:
        """Hand the parcel to the mail server. What apprise made of body and title is not used."""
        self.outcome = self._hand_over()
        return self.outcome.state is ReceiptState.SENT

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

    def _hand_over(self) -> Outcome:
        connected = False
        try:
            with _Session(
                host=self.smtp_host,
                port=self.port or 0,
                secure_mode=str(self.secure_mode),
                user=self.user,
                password=self.password,
                verify_certificate=self.verify_certificate,
                socket_connect_timeout=self.socket_connect_timeout,
            ) as session:
                connected = True
                session.deliver(self.message, self.sender, self.parcel.address)
        except smtplib.SMTPAuthenticationError as error:
            return Outcome(
                ReceiptState.DELAYED, f"The mail server did not accept the hub's sign-in ({error.smtp_code})."
            )
        except smtplib.SMTPRecipientsRefused as error:
            return self._answered("the address", *error.recipients[self.parcel.address])
        except smtplib.SMTPResponseException as error:
            return self._answered("the message", error.smtp_code, error.smtp_error)
        except (OSError, smtplib.SMTPException) as error:
            if connected:
                return Outcome(
                    ReceiptState.DELAYED, "The mail server's answer was lost; whether it took the message is not known."
                )
            why = getattr(error, "strerror", None) or type(error).__name__
            return Outcome(ReceiptState.DELAYED, f"The mail server {self.smtp_host} cannot be reached: {why}.")
        return Outcome(ReceiptState.SENT)

    def _answered(self, noun: str, code: int, words: bytes | str) -> Outcome:
        """What the server said: 4xx asks to come again, 5xx is final. The address is left out."""
        said = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
        said = " ".join(said.split()).replace(self.parcel.address, "…")
        if code >= 500:
            return Outcome(ReceiptState.REFUSED, f"The mail server refused {noun}: {code} {said}")
        return Outcome(ReceiptState.DELAYED, f"The mail server put {noun} off: {code} {said}")


class _Session(AppriseSMTPController):
    """apprise's connection, through which errors come whole."""

    def deliver(self, message: EmailMessage, sender: str, recipient: str) -> None:
        cast(smtplib.SMTP, self._socket).send_message(message, sender, [recipient])

    def __enter__(self) -> Self:
        super().__enter__()
        return self
