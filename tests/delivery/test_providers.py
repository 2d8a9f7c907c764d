"""Chat, push, SMS and voice, by the providers' own forms over real HTTP: taken, refused, hanging, the answer lost."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote

import pytest
from apprise.plugins.matrix import NotifyMatrix
from apprise.plugins.twilio import NotifyTwilio
from pytest_django import Settings

from hub.delivery import sending
from hub.delivery.actions import Draft, send_messages
from hub.delivery.models import ContactKind, ContactMethod, Message, MessageStatus, Receipt
from hub.lib import clock
from hub.lib.identity import SYSTEM
from tenants.models import Person
from tests.conftest import SignedIn, seeding
from tests.delivery.conftest import letter
from tests.services.smtp import SmtpServer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mail")]

COMMANDER = "commander.payments"
NUMBER = "+491701234567"
ACCOUNT, TOKEN = f"AC{'a1' * 16}", "b2" * 16


@dataclass(frozen=True)
class Channel:
    """A way to call somebody.

    Attributes:
        address: as a person writes it, without the host.
        path: where the provider takes messages.
        to: for whom, as it is posted; empty where the path says it.
        read: for whom it is, and what it says, by the provider's documented form.
    """

    address: str
    path: str
    to: str
    read: Callable[[str], tuple[str, str]]


def of_json(to: str, words: str) -> Callable[[str], tuple[str, str]]:
    """Reads two keys, dotted for those within others."""

    def found(posted: Any, path: str) -> str:
        for key in path.split("."):
            posted = posted[int(key) if key.isdigit() else key]
        return str(posted)

    return lambda body: (found(json.loads(body), to) if to else "", found(json.loads(body), words))


def of_form(words: str) -> Callable[[str], tuple[str, str]]:
    return lambda body: (parse_qs(body)["To"][0], parse_qs(body)[words][0])


MATRIX = "/_matrix/client/v3"
HOOK, ROCKET = "3ccdd113474722377935511fc85d3dd4", f"{'c3' * 8}d/{'e4' * 13}f"
ROOM = "!on-call:example.org"
CHANNELS = {
    "Mattermost": Channel(f"mmost://@/{HOOK}", f"/hooks/{HOOK}", "", of_json("", "text")),
    "Rocket.Chat": Channel(f"rocket://{ROCKET}@/#on-call", f"/hooks/{ROCKET}", "#on-call", of_json("channel", "text")),
    "Matrix": Channel(
        f"matrix://{TOKEN}@/{ROOM}", f"{MATRIX}/rooms/{quote(ROOM)}/send/m.room.message", "", of_json("", "body")
    ),
    "Matrix hook": Channel(
        f"matrix://{TOKEN}@?mode=slack", f"/api/v1/matrix/hook/{TOKEN}", "", of_json("", "attachments.0.text")
    ),
    "ntfy": Channel("ntfy://@/on-call-b2b2", "/", "on-call-b2b2", of_json("topic", "message")),
    "Gotify": Channel(f"gotify://@/{TOKEN[:15]}", "/message", "", of_json("", "message")),
    "SMSEagle": Channel(
        f"smseagle://{TOKEN}@/{NUMBER}", "/jsonrpc/sms", NUMBER, of_json("params.to", "params.message")
    ),
    "Twilio SMS": Channel(
        f"twilio://{ACCOUNT}:{TOKEN}@+15551234567/{NUMBER}",
        f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json", NUMBER, of_form("Body"),
    ),
    "Twilio voice": Channel(
        f"twilio://{ACCOUNT}:{TOKEN}@+15551234567/{NUMBER}?method=call",
        f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json", NUMBER, of_form("Twiml"),
    ),
}  # fmt: skip
PEOPLE = dict(
    zip(
        CHANNELS,
        [
            COMMANDER,
            "commander2.payments",
            "responder.payments",
            "responder2.payments",
            "responder3.payments",
            "admin.payments",
            "commander.retail",
            "responder.retail",
            "coordinator",
        ],
        strict=True,
    )
)
PREPARE = ("/account/whoami", f"/join/{quote(ROOM)}")
"""What Matrix is asked before a message is sent."""


class Provider:
    """Answers as told: "taken", "refused", "hangs" or "lost", when it has read what was posted, by path."""

    def __init__(self) -> None:
        self.does = "taken"
        self.posts: list[tuple[str, str]] = []
        self.released = threading.Event()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                does = "taken" if self.path.endswith(PREPARE) else provider.does
                if not self.path.endswith(PREPARE):
                    provider.posts.append((self.path, body))
                if does == "hangs":
                    provider.released.wait(10)
                if does in ("hangs", "lost"):
                    self.close_connection = True
                    return
                answer = {"result": {"message_id": "1", "status": "ok"}, "room_id": ROOM, "user_id": "@hub:example.org"}
                said = json.dumps(answer).encode()
                self.send_response(503 if does == "refused" else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            do_GET = do_POST = do_PUT = answer

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
    monkeypatch.setattr(NotifyMatrix, "request_rate_per_sec", 0)  # apprise waits between its three requests
    yield made
    made.released.set()
    made.server.shutdown()
    made.server.server_close()


def address(channel: Channel, provider: Provider) -> str:
    return channel.address.replace("@/", f"@{provider.host}/").replace("@?", f"@{provider.host}?").replace("//@", "//")


def posts_to(channel: Channel, provider: Provider) -> list[str]:
    """What was posted there, without the number that Matrix gives to each message."""
    return [body for path, body in provider.posts if path == channel.path or path.rpartition("/")[0] == channel.path]


def test_a_provider_takes_it_or_the_next_method_does(provider: Provider, smtp: SmtpServer, settings: Settings) -> None:
    """Somebody is called by each of them, all side by side: more that hang than apprise has threads."""
    now = clock.now()
    with seeding():
        people = {name: Person.objects.get(username=username) for name, username in PEOPLE.items()}
        ContactMethod.objects.bulk_create(
            ContactMethod(person=person, kind=kind, address=written, position=position, verified_at=now)
            for name, person in people.items()
            for position, (kind, written) in enumerate(
                [
                    (ContactKind.ADDRESS, address(CHANNELS[name], provider)),
                    (ContactKind.EMAIL, f"{person.username}@home.example"),
                ]
            )
        )

    def delivered(does: str) -> dict[str, tuple[str, list[tuple[str, str, str]]]]:
        """What became of a message to each, and of its attempts."""
        provider.does = does
        settings.DELIVERY_PATIENCE = timedelta(seconds=1.5 if does == "hangs" else 20)
        drafts = [
            Draft(person_id=person.pk, letter=letter(), dedupe_key=f"{does}:{name}", is_page=True)
            for name, person in people.items()
        ]
        sent = [each.pk for each in send_messages(actor=SYSTEM, drafts=drafts)]
        sending.deliver(sent)
        with seeding():
            attempts: dict[int, list[tuple[str, str, str]]] = {}
            for each in Receipt.objects.filter(message__in=sent, number__gt=0).order_by("number"):
                attempts.setdefault(each.message_id, []).append((each.channel, each.state, each.reason))
            found = Message.objects.in_bulk(sent)
        return {name: (found[key].status, attempts[key]) for name, key in zip(people, sent, strict=True)}

    for name, (status, attempts) in delivered("taken").items():
        assert attempts == [("service", "sent", "")], name
        assert status == MessageStatus.QUEUED, "a page that nobody answers goes on to the next method"
        [body] = posts_to(CHANNELS[name], provider)
        to, words = CHANNELS[name].read(body)
        assert to == CHANNELS[name].to
        assert "PAY-1" in words, name
        links = re.findall(r"https?://[^\s<]+", words)
        assert any("/acknowledge/" in each for each in links), name
        assert not any("\\" in each for each in links), "masked for Markdown, a link leads nowhere"
        assert words.startswith("<Response><Say>") is (name == "Twilio voice")
    assert smtp.received == []

    for number, does in enumerate(("refused", "hangs", "lost"), start=1):
        for name, (status, attempts) in delivered(does).items():
            first, second = attempts
            assert first[:2] == ("service", "delayed"), (does, name)
            assert "did not accept it" in first[2]
            assert not any(
                secret in first[2] for secret in (TOKEN[:15], NUMBER.strip("+"), HOOK[:8], *ROCKET.split("/"))
            )
            assert second == ("email", "sent", ""), (does, name)
            assert status == MessageStatus.SENT
            assert len(smtp.sent_to(f"{PEOPLE[name]}@home.example")) == number
            assert len(posts_to(CHANNELS[name], provider)) == number + 1, "it had it, whatever it answered"


def test_the_page_says_how_an_address_calls(signed_in: SignedIn) -> None:
    page = signed_in(COMMANDER).get("/me/contact").content.decode()
    assert "?method=call" in page
