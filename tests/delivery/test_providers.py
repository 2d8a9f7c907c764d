"""Chat, SMS and voice, by the providers' own forms over real HTTP: taken, refused, hanging, and the answer lost."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest
from apprise.plugins.twilio import NotifyTwilio
from pytest_django import Settings

from hub.delivery import sending
from hub.delivery.models import ContactKind, MessageStatus
from tests.conftest import SignedIn
from tests.delivery.conftest import as_it_is, attempts_of, message_to, method_of
from tests.services.smtp import SmtpServer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mail")]

COMMANDER = "commander.payments"
NUMBER = "+491701234567"
ACCOUNT, TOKEN = f"AC{'a1' * 16}", "b2" * 16


class Provider:
    """Answers as told: "taken", "refused", "hangs" or "lost", when it has read what was posted."""

    def __init__(self) -> None:
        self.does = "taken"
        self.posts: list[tuple[str, str]] = []
        self.released = threading.Event()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                provider.posts.append((self.path, body))
                if provider.does == "hangs":
                    provider.released.wait(10)
                if provider.does in ("hangs", "lost"):
                    self.close_connection = True
                    return
                said = json.dumps({"result": {"message_id": "1", "status": "ok"}}).encode()
                self.send_response(503 if provider.does == "refused" else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *arguments: object) -> None:
                """Stay silent: a test reads `posts`."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.host = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """A server that stands for every provider; Twilio's addresses are its own, so that they are led there."""
    made = Provider()
    for kind, name in (("sms", "Messages"), ("call", "Calls")):
        monkeypatch.setattr(
            NotifyTwilio, f"notify_{kind}_url", f"http://{made.host}/2010-04-01/Accounts/{{sid}}/{name}.json"
        )
    yield made
    made.released.set()
    made.server.shutdown()
    made.server.server_close()


def address(channel: str, provider: Provider) -> str:
    return {
        "chat": f"mmost://{provider.host}/3ccdd113474722377935511fc85d3dd4",
        "sms": f"smseagle://{TOKEN}@{provider.host}/{NUMBER}",
        "twilio sms": f"twilio://{ACCOUNT}:{TOKEN}@+15551234567/{NUMBER}",
        "voice": f"twilio://{ACCOUNT}:{TOKEN}@+15551234567/{NUMBER}?method=call",
    }[channel]


def said(channel: str, post: tuple[str, str]) -> tuple[str, str, str]:
    """Where it was posted to, for which number, and what it says, by the provider's documented form."""
    path, body = post
    if channel == "chat":
        return path, "", json.loads(body)["text"]
    if channel == "sms":
        asked = json.loads(body)
        return path, asked["params"]["to"], asked["params"]["message"]
    form = {key: values[0] for key, values in parse_qs(body).items()}
    return path, form["To"], form["Twiml" if channel == "voice" else "Body"]


CHANNELS = {
    "chat": ("/hooks/3ccdd113474722377935511fc85d3dd4", ""),
    "sms": ("/jsonrpc/sms", NUMBER),
    "twilio sms": (f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json", NUMBER),
    "voice": (f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json", NUMBER),
}


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_provider_takes_it_or_the_next_method_does(
    provider: Provider, smtp: SmtpServer, settings: Settings, channel: str
) -> None:
    settings.DELIVERY_PATIENCE = timedelta(seconds=0.4)
    method_of(COMMANDER, ContactKind.ADDRESS, address(channel, provider), position=0)
    method_of(COMMANDER, ContactKind.EMAIL, "jonas@home.example", position=1)

    taken = message_to(COMMANDER, dedupe_key="taken")
    sending.deliver([taken.pk])

    assert attempts_of(taken) == [("service", "sent", "")]
    assert as_it_is(taken).status == MessageStatus.QUEUED, "a page that nobody answers goes on to the next method"
    assert smtp.received == []
    [post] = provider.posts
    path, to, words = said(channel, post)
    assert (path, to) == CHANNELS[channel]
    assert "PAY-1" in words
    assert words.startswith("<Response><Say>") is (channel == "voice")

    for number, does in enumerate(("refused", "hangs", "lost"), start=1):
        provider.does = does
        message = message_to(COMMANDER, dedupe_key=does)
        sending.deliver([message.pk])

        first, second = attempts_of(message)
        assert first[:2] == ("service", "delayed"), does
        assert "did not accept it" in first[2]
        assert not any(secret in first[2] for secret in (TOKEN, NUMBER.strip("+"), "3ccdd113"))
        assert second == ("email", "sent", ""), does
        assert as_it_is(message).status == MessageStatus.SENT
        assert len(smtp.sent_to("jonas@home.example")) == number
        assert len(provider.posts) == number + 1, "it had it, whatever it answered"


def test_the_page_says_how_an_address_calls(signed_in: SignedIn) -> None:
    page = signed_in(COMMANDER).get("/me/contact").content.decode()
    assert "?method=call" in page
