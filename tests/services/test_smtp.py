"""The SMTP server keeps what it is sent, and misbehaves on demand."""

import smtplib
from email.message import EmailMessage

import apprise
import pytest

from tests.services.smtp import Answer, SmtpServer


def mail(*recipients: str, text: str = "Checkout fails for everyone.") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "hub@example.org"
    message["To"] = ", ".join(recipients)
    message["Subject"] = "SEV1: Zahlung schlägt fehl"
    message.set_content(text)
    return message


def send(server: SmtpServer, message: EmailMessage, *, timeout: float = 5) -> None:
    with smtplib.SMTP(server.host, server.port, timeout=timeout) as client:
        client.send_message(message)


def test_it_keeps_the_envelope_and_the_content(smtp: SmtpServer) -> None:
    send(smtp, mail("ada@example.org", "bo@example.org"))

    [received] = smtp.wait_for(1)
    assert received.sender == "hub@example.org"
    assert received.recipients == ("ada@example.org", "bo@example.org")
    assert received.subject == "SEV1: Zahlung schlägt fehl"
    assert received.text == "Checkout fails for everyone.\n"
    assert smtp.sent_to("bo@example.org") == [received]
    assert smtp.sent_to("cy@example.org") == []


def test_apprise_delivers_to_it(smtp: SmtpServer) -> None:
    sender = apprise.Apprise()
    sender.add(f"mailto://{smtp.host}:{smtp.port}?from=hub@example.org&to=ada@example.org&format=text")

    assert sender.notify(title="SEV1", body="Checkout fails.")

    [received] = smtp.wait_for(1)
    assert (received.recipients, received.subject) == (("ada@example.org",), "SEV1")
    assert "Checkout fails." in received.text


def test_it_refuses_a_message_as_often_as_told(smtp: SmtpServer) -> None:
    smtp.refuse(451, "try later", times=1)

    with pytest.raises(smtplib.SMTPDataError) as refusal:
        send(smtp, mail("ada@example.org"))
    assert (refusal.value.smtp_code, refusal.value.smtp_error) == (451, b"try later")
    assert smtp.received == []

    send(smtp, mail("ada@example.org"))
    assert len(smtp.received) == 1


def test_it_refuses_one_recipient_and_serves_the_others(smtp: SmtpServer) -> None:
    smtp.refuse(550, "no such person", recipient="gone@example.org")

    send(smtp, mail("ada@example.org", "gone@example.org"))

    [received] = smtp.received
    assert received.recipients == ("ada@example.org",)


def test_it_hangs_until_the_sender_gives_up(smtp: SmtpServer) -> None:
    smtp.misbehave(Answer.NEVER)

    with pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
        send(smtp, mail("ada@example.org"), timeout=0.3)

    assert smtp.received == []
    smtp.behave()
    send(smtp, mail("ada@example.org"))
    assert len(smtp.received) == 1


def test_it_cuts_the_connection_after_keeping_the_message(smtp: SmtpServer) -> None:
    smtp.misbehave(Answer.DISCONNECT, after_keeping=True, times=1)

    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError)):
        send(smtp, mail("ada@example.org"))

    assert len(smtp.wait_for(1)) == 1


def test_it_closes_while_a_sender_hangs() -> None:
    with SmtpServer() as server:
        server.misbehave(Answer.NEVER)
        client = smtplib.SMTP(server.host, server.port, timeout=5)
        client.mail("hub@example.org")
        client.rcpt("ada@example.org")
        client.docmd("DATA")
        client.send(b"Subject: x\r\n\r\nx\r\n.\r\n")

    # It may still say that it closes.
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError)):
        list(iter(client.getreply, None))
    with pytest.raises(ConnectionRefusedError):
        smtplib.SMTP(server.host, server.port, timeout=1)
    client.close()
