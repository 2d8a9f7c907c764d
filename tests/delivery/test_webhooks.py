"""Webhooks: to the receiver as apprise would send them, over connections that are used again while they are open."""

from __future__ import annotations

import datetime
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from urllib3.util.wait import wait_for_read

from hub.delivery import channels
from hub.delivery.channels import Parcel, spare, webhook
from hub.delivery.channels.post import _send_by_apprise
from hub.delivery.models import Channel, ReceiptState
from tests.services.process import free_port
from tests.services.webhooks import ReceivedPost, WebhookReceiver

KEY = UUID("7c9e6679-7425-40de-944b-e07fc1f90ae7")
OURS = {"Accept-Encoding", "Connection", "Host"}
"""Headers in which two libraries may differ."""


def parcel(address: str, *, text: str = "Checkout — answers 502.\n\nAn “umlaut”: ä\n") -> Parcel:
    return Parcel(
        key=KEY,
        attempt=2,
        thread="PAY-1",
        channel=Channel.SERVICE,
        address=address,
        recipient="Jonas Weber",
        subject="[SEV2] PAY-1 Checkout answers 502",
        text=text,
        html="",
        is_urgent=True,
        written_at=datetime.datetime.now(datetime.UTC),
    )


class Counting(BaseHTTPRequestHandler):
    """Answers by the path and closes as told, and counts who came."""

    protocol_version = "HTTP/1.1"
    came: list[int]
    closes = False
    lost = False

    def setup(self) -> None:
        super().setup()
        self.came.append(self.client_address[1])

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        closes = self.closes
        if self.lost:
            self.close_connection = True
            return
        if self.path == "/moved":
            self.send_response(307)
            self.send_header("Location", "/")
        else:
            self.send_response(int(self.path[1:] or 200))
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")
        # Without a word before: as a server does that has waited long enough.
        self.close_connection = closes

    def log_message(self, *arguments: Any) -> None:
        """Nothing: tests are read by people."""


@pytest.fixture
def counting() -> Iterator[tuple[str, type[Counting]]]:
    handler = type("Handler", (Counting,), {"came": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"json://127.0.0.1:{server.server_port}", handler
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "address",
    [
        "{host}",
        "{host}/a/b%20c/?-q=1&-x=%C3%A4%20b",
        "user:p%40ss@{host}/hooks/",
        "{host}/x?+X-Token=abc&:room=on-call&:message=words&:title=",
        "{host}/x?+Content-Type=application/vnd.hook%2Bjson",
    ],
)
def test_the_receiver_gets_what_apprise_would_send(webhooks: WebhookReceiver, address: str) -> None:
    sent = parcel(f"json://{address.format(host=webhooks.url.removeprefix('http://'))}")
    assert webhook.hook_at(sent.address)

    assert channels.hand_over(sent).state is ReceiptState.SENT
    assert _send_by_apprise(sent).state is ReceiptState.SENT

    ours, theirs = webhooks.posts
    assert (ours.path, ours.body) == (theirs.path, theirs.body)
    assert ours.headers["Idempotency-Key"] == str(KEY)
    assert told(ours) == told(theirs)


def told(post: ReceivedPost) -> dict[str, str]:
    """What the headers say, but for what the two libraries write in ways of their own."""
    own = {each.lower() for each in OURS} | {"content-length"}
    return {name.lower(): value for name, value in post.headers.items() if name.lower() not in own}


@pytest.mark.parametrize(
    "address",
    ["slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/", "json://host/?format=markdown", "json://host/?overflow=split",
     "json://host/?emojis=yes", "json://host/?+X-Name=%E2%98%83", "mailto://a:b@example.org", "nosuch://x"],
)  # fmt: skip
def test_what_is_no_plain_webhook_is_apprises(address: str) -> None:
    assert webhook.hook_at(address) is None


def test_where_requests_go_through_a_proxy_apprise_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    assert webhook.hook_at("json://hooks.example/behind-a-proxy") is None


def test_a_connection_serves_many_messages_until_either_side_closes_it(
    counting: tuple[str, type[Counting]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, handler = counting
    monkeypatch.setattr(spare, "FRESH", 60.0)  # however busy the machine is

    def send(count: int) -> int:
        before = len(handler.came)
        assert {channels.hand_over(parcel(f"{address}/")).state for _ in range(count)} == {ReceiptState.SENT}
        return len(handler.came) - before

    assert send(5) == 1
    handler.closes = True
    assert send(1) == 0
    wait_for_the_end(address)
    assert send(1) == 1
    handler.closes = False
    wait_for_the_end(address)
    assert send(3) == 1
    monkeypatch.setattr(spare, "FRESH", 0.0)
    assert send(2) == 2


def wait_for_the_end(address: str) -> None:
    """Until the server's end of the connection that is kept has come."""
    hook = webhook.hook_at(f"{address}/")
    assert hook is not None
    [(_, connection)] = webhook._CONNECTIONS._kept[hook.server]
    assert connection.sock is not None
    assert wait_for_read(connection.sock, timeout=5)


def test_what_a_webhook_says_is_told_and_tried_again(counting: tuple[str, type[Counting]]) -> None:
    address, handler = counting
    said = {path: channels.hand_over(parcel(f"{address}/{path}")) for path in ("500", "429", "moved", "204")}
    assert {path: (outcome.state.value, outcome.reason) for path, outcome in said.items()} == {
        "500": ("delayed", "The webhook did not accept it: 500 Internal Server Error."),
        "429": ("delayed", "The webhook did not accept it: 429 Too Many Requests."),
        "moved": ("sent", ""),
        "204": ("sent", ""),
    }
    handler.lost = True
    lost = channels.hand_over(parcel(f"{address}/"))
    nobody = channels.hand_over(parcel(f"json://127.0.0.1:{free_port()}/s3cret"))
    assert (lost.state, lost.reason) == (ReceiptState.DELAYED, "The webhook did not answer: RemoteDisconnected.")
    assert nobody.reason == "The webhook did not answer: Connection refused."


def test_a_webhook_that_hangs_is_given_up(counting: tuple[str, type[Counting]]) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Counting) as silent:
        outcome = channels.hand_over(parcel(f"json://127.0.0.1:{silent.server_port}/?rto=0.2&cto=0.2"))
    assert (outcome.state, outcome.reason) == (ReceiptState.DELAYED, "The webhook did not answer: no answer in time.")


def test_a_secure_one_is_trusted_by_its_certificate(webhooks: WebhookReceiver, tmp_path: Path) -> None:
    server = webhooks._server
    server.socket = _of_ones_own(tmp_path).wrap_socket(server.socket, server_side=True)
    address = f"jsons://localhost:{server.server_port}/x"

    refused = channels.hand_over(parcel(address))
    taken = channels.hand_over(parcel(f"{address}?verify=no"))

    assert refused.reason.startswith("The webhook did not answer: its certificate is not valid (self-signed")
    assert (taken.state, len(webhooks.posts)) == (ReceiptState.SENT, 1)


def _of_ones_own(directory: Path) -> ssl.SSLContext:
    """A server's certificate that nobody has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = directory / "server.pem"
    path.write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
