"""Webhooks (`json://`, `jsons://`) over connections that stay open.

apprise opens a connection for each message and forgets it, which costs more than all the rest of sending one. What its
addresses mean, and what it would send, is the same here; where an address asks for more than the plain case apprise
sends it (`hook_at` knows none then).
"""

from __future__ import annotations

import http
import http.client
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
import requests
from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType
from apprise.common import OverflowMode
from apprise.plugins.custom_json import NotifyJSON
from requests.utils import DEFAULT_CA_BUNDLE_PATH, get_environ_proxies, get_netrc_auth

from hub.delivery.channels.outcome import Outcome, Parcel
from hub.delivery.channels.spare import Spare
from hub.delivery.channels.trust import trust
from hub.delivery.models import ReceiptState

_SCHEMES: Final = ("json://", "jsons://")
_LARGEST: Final = 64 * 1024
"""How much of an answer is read, so that the connection can be used again."""


@dataclass(frozen=True)
class Server:
    """What connections are kept for."""

    is_secure: bool
    host: str
    port: int | None
    is_verified: bool


@dataclass(frozen=True)
class Hook:
    """A webhook, as apprise reads its address."""

    server: Server
    method: str
    path: str
    headers: Mapping[str, str]
    extras: Mapping[str, str]
    version: str
    seconds_to_connect: float
    seconds_to_answer: float


@lru_cache(maxsize=4096)
def hook_at(address: str) -> Hook | None:
    """The webhook at an apprise address; None for another service, and for one that only apprise can send to."""
    if not address.lower().startswith(_SCHEMES):
        return None
    service = Apprise.instantiate(address, asset=AppriseAsset(secure_logging=True), suppress_exceptions=True)
    if type(service) is not NotifyJSON or not _is_plain(service):
        return None
    prepared = _prepared(service)
    if prepared is None or get_environ_proxies(prepared.url) or get_netrc_auth(prepared.url):
        return None
    place = urlsplit(prepared.url)
    return Hook(
        Server(bool(service.secure), place.hostname or "", place.port, service.verify_certificate),
        str(service.method),
        prepared.path_url,
        {name: str(value) for name, value in prepared.headers.items() if name.lower() != "content-length"},
        dict(service.payload_extras),
        service.json_version,
        float(service.socket_connect_timeout),
        float(service.socket_read_timeout),
    )


def post(hook: Hook, parcel: Parcel, *, agent: str) -> Outcome | None:
    """Hand the parcel to the webhook, and say how that went; None where the server took nothing and leads elsewhere.

    Args:
        agent: by what name the hub comes.
    """
    headers = {
        "User-Agent": agent,
        "Content-Type": "application/json",
        "Accept": "*/*",
        **hook.headers,
        **names_of(parcel),
    }
    connection = _CONNECTIONS.take(hook.server) or _new(hook)
    try:
        connection.request(hook.method, hook.path, _body(hook, parcel), headers)
        if connection.sock is not None:
            connection.sock.settimeout(hook.seconds_to_answer)
        answer = connection.getresponse()
        is_read = len(answer.read(_LARGEST)) < _LARGEST
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        return Outcome(ReceiptState.DELAYED, f"The webhook did not answer: {_why(error)}.")
    # Some send words with 204, which has none: they would be read as the beginning of the next answer.
    has_more = answer.status == http.HTTPStatus.NO_CONTENT and answer.getheader("Content-Length", "0") != "0"
    if is_read and not has_more and not answer.will_close:
        _CONNECTIONS.keep(hook.server, connection)
    else:
        connection.close()
    if 300 <= answer.status < 400:
        return None
    if 200 <= answer.status < 300:
        return Outcome(ReceiptState.SENT)
    said = http.client.responses.get(answer.status, "")
    return Outcome(ReceiptState.DELAYED, f"The webhook did not accept it: {answer.status} {said}".rstrip() + ".")


def names_of(parcel: Parcel) -> dict[str, str]:
    """The headers by which a receiver knows a copy, which every attempt has, and the attempt."""
    return {"Idempotency-Key": str(parcel.key), "X-Hub-Attempt": str(parcel.attempt)}


def _is_plain(service: Any) -> bool:
    """Whether apprise would send words as they are."""
    return (
        service.resolve_format(NotifyFormat.TEXT) == NotifyFormat.TEXT
        and service.overflow_mode == OverflowMode.UPSTREAM
        and not service.interpret_emojis
    )


def _prepared(service: Any) -> Any:
    """The request as apprise's library would make it; None for one that it could not."""
    address = f"{'https' if service.secure else 'http'}://{service.host}"
    if isinstance(service.port, int):
        address += f":{service.port}"
    auth = (service.user, service.password) if service.user else None
    try:
        request = requests.Request(
            service.method, address + service.fullpath, params=service.params, headers=service.headers, auth=auth
        ).prepare()
        for name, value in request.headers.items():
            (name + str(value)).encode("latin-1")
    except (requests.RequestException, ValueError, TypeError):
        return None
    return request


def _body(hook: Hook, parcel: Parcel) -> bytes:
    kind = NotifyType.WARNING if parcel.is_urgent else NotifyType.INFO
    said: dict[str, Any] = {
        "version": hook.version,
        "title": parcel.subject.strip(),
        "message": parcel.text.rstrip(),
        "attachments": [],
        "type": kind.value,
    }
    for name, value in hook.extras.items():
        if name not in said:
            said[name] = value
            continue
        kept = said.pop(name)
        if value:
            said[value] = kept
    return orjson.dumps(said)


def _why(error: Exception) -> str:
    """In a few words, and without the address."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid ({error.verify_message})"
    return (getattr(error, "strerror", None) or type(error).__name__)[:100]


_CONNECTIONS: Final = Spare[Server, http.client.HTTPConnection](
    close=http.client.HTTPConnection.close, socket_of=lambda connection: connection.sock
)


def _new(hook: Hook) -> http.client.HTTPConnection:
    server = hook.server
    if not server.is_secure:
        return http.client.HTTPConnection(server.host, server.port, timeout=hook.seconds_to_connect)
    return http.client.HTTPSConnection(
        server.host,
        server.port,
        timeout=hook.seconds_to_connect,
        context=trust(_authorities(), is_verified=server.is_verified),
    )


def _authorities() -> str:
    """Whom apprise's library trusts: what the machine's settings name, or the list that it comes with."""
    return os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or str(DEFAULT_CA_BUNDLE_PATH)
