"""Bodies that their sender has packed, as Vector, Fluent Bit and others do: `gzip` or `deflate`, within the same bound.

What a body unpacks to is counted while it is unpacked, and nothing past the bound is ever held: a few bytes that would
become gigabytes cost no more than the largest body that is taken.
"""

from __future__ import annotations

import zlib
from typing import Final

from hub.lib.errors import HubError, Invalid, InvalidMany

PACKED: Final = ("gzip", "deflate")

MOST_MEMBERS: Final = 64
"""How many parts a gzip body may be put together from: each costs something, however little it holds."""

_AS_GZIP: Final = 16 + zlib.MAX_WBITS
_AS_ZLIB: Final = zlib.MAX_WBITS
_BARE: Final = -zlib.MAX_WBITS


class TooLarge(Exception):
    """The body is larger than is taken."""


class UnknownEncoding(Exception):
    """The body is packed in a way that is not known here."""


def encoding_of(headers: dict[bytes, bytes]) -> str:
    """How a body is packed: one of `PACKED`, or nothing. Raises `UnknownEncoding`."""
    said = headers.get(b"content-encoding", b"").decode("latin-1").strip().lower()
    named = said.removeprefix("x-")
    if named in PACKED:
        return named
    if said in ("", "identity"):
        return ""
    raise UnknownEncoding


def unpacked(body: bytes, encoding: str, most: int) -> bytes:
    """The body as it was before its sender packed it.

    Raises `TooLarge` for more than `most` bytes, `InvalidMany` for what is not packed that way, or not to its end.
    """
    try:
        return _of_gzip(body, most) if encoding == "gzip" else _of_deflate(body, most)
    except zlib.error:
        raise InvalidMany([_not_packed(encoding)]) from None


def _of_gzip(body: bytes, most: int) -> bytes:
    parts: list[bytes] = []
    rest = body
    for _ in range(MOST_MEMBERS):
        part, rest = _inflated(rest, _AS_GZIP, most)
        parts.append(part)
        most -= len(part)
        if not rest:
            return b"".join(parts)
    raise zlib.error("too many members")


def _of_deflate(body: bytes, most: int) -> bytes:
    # RFC 9110 means zlib's format, and says that some send the bare stream. A zlib header is told by its first bytes:
    # the method, and a check that a multiple of 31 comes of both.
    has_header = len(body) > 1 and body[0] & 0x0F == zlib.DEFLATED and int.from_bytes(body[:2]) % 31 == 0
    part, rest = _inflated(body, _AS_ZLIB if has_header else _BARE, most)
    if rest:
        raise zlib.error("something follows the end")
    return part


def _inflated(body: bytes, window: int, most: int) -> tuple[bytes, bytes]:
    """What one stream holds, and what follows it."""
    stream = zlib.decompressobj(window)
    # One more than may be, since to `decompress` 0 is no bound.
    part = stream.decompress(body, most + 1)
    if len(part) > most:
        raise TooLarge
    if not stream.eof:
        raise zlib.error("the end is missing")
    return part, stream.unused_data


def _not_packed(encoding: str) -> HubError:
    return Invalid(f"The body is not valid {encoding}, which its Content-Encoding says that it is.")
