"""Reads an address that somebody gave, without being led to where only this machine can go.

The name is resolved once; every address that it has must be public, or in a network that the configuration allows; and
the connection goes to the very address that was checked, so that a name that changes its mind in between gains nothing.
Redirects are followed a few times, each checked alike. To be called outside of any transaction.
"""

from __future__ import annotations

import http.client
import ipaddress
import re
import socket
import ssl
from collections.abc import Sequence
from typing import Final
from urllib.parse import urljoin, urlsplit

from hub.lib.errors import Invalid

SECONDS: Final = 10.0
REDIRECTS: Final = 3
_CHUNK: Final = 64 * 1024
_FOLD: Final = re.compile(rb"\r?\n[ \t]")

# Numbers that carry one of another network inside, which a gateway would go on to.
_TRANSLATED: Final = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")))

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Unreachable(Exception):
    """The address was allowed and did not give what was asked; the message says why, in a sentence."""


def fetch_text(address: str, *, largest: int, allowed: Sequence[Network] = ()) -> str:
    """The text at an http or https address.

    Args:
        largest: the most bytes that are read.
        allowed: private networks that may be reached all the same.

    Raises `Invalid` for an address that may not be asked, and `Unreachable`.
    """
    for _ in range(REDIRECTS + 1):
        connection, target = _connect(address, allowed)
        try:
            connection.request("GET", target, headers={"Accept": "text/calendar, text/plain, */*;q=0.1"})
            answer = connection.getresponse()
            if answer.status in (301, 302, 303, 307, 308):
                address = urljoin(address, answer.getheader("Location") or "")
                continue
            if answer.status != 200:
                raise Unreachable(f"The server answered {answer.status} {answer.reason}.")
            return _body(answer, largest)
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(f"The server does not answer: {error}.") from None
        finally:
            connection.close()
    raise Unreachable("The server sends from one address to the next without end.")


def check_address(address: str, *, allowed: Sequence[Network] = ()) -> None:
    """Raises `Invalid` for an address that may not be asked. Resolves its name."""
    _resolved(address, allowed)


def _resolved(address: str, allowed: Sequence[Network]) -> tuple[str, int, str]:
    """Host, port and the checked address to connect to."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise Invalid("This is no address.", path=["address"]) from None
    if parts.scheme not in ("http", "https") or not host:
        raise Invalid("An address begins with https:// or http:// and a name.", path=["address"])
    if parts.username or parts.password:
        raise Invalid("A name and a password do not belong into an address.", path=["address"])
    port = port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Invalid(f"There is no server called {host[:200]}.", path=["address"]) from None
    numbers = [str(each[4][0]).partition("%")[0] for each in found]
    for number in numbers:
        if not _is_open(ipaddress.ip_address(number), allowed):
            raise Invalid(f"{host[:200]} lies in a network that may not be read from here.", path=["address"])
    return host, port, numbers[0]


def _is_open(number: ipaddress.IPv4Address | ipaddress.IPv6Address, allowed: Sequence[Network]) -> bool:
    mapped = number.ipv4_mapped if isinstance(number, ipaddress.IPv6Address) else None
    if mapped is not None:
        return _is_open(mapped, allowed)
    if any(number.version == network.version and number in network for network in allowed):
        return True
    if any(number.version == network.version and number in network for network in _TRANSLATED):
        return False
    return number.is_global and not number.is_multicast


def _connect(address: str, allowed: Sequence[Network]) -> tuple[http.client.HTTPConnection, str]:
    host, port, number = _resolved(address, allowed)
    parts = urlsplit(address)
    kind = _PinnedHTTPS if parts.scheme == "https" else _Pinned
    target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    return kind(host, port, number), target


def _body(answer: http.client.HTTPResponse, largest: int) -> str:
    parts: list[bytes] = []
    size = 0
    while chunk := answer.read(_CHUNK):
        size += len(chunk)
        if size > largest:
            raise Unreachable(f"It has more than {largest:,} bytes.")
        parts.append(chunk)
    body = b"".join(parts)
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        # Calendars may break their lines within a character (RFC 5545, 3.1).
        return _FOLD.sub(b"", body).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreachable("It is no text in UTF-8.") from None


class _Pinned(http.client.HTTPConnection):
    """A connection to the number that was checked, for the host that was asked for."""

    def __init__(self, host: str, port: int, number: str) -> None:
        super().__init__(host, port, timeout=SECONDS)
        self._number = number

    def connect(self) -> None:
        self.sock = socket.create_connection((self._number, self.port), SECONDS)


class _PinnedHTTPS(_Pinned):
    default_port = http.client.HTTPS_PORT

    def connect(self) -> None:
        super().connect()
        self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)
