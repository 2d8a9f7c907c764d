"""Bodies that their senders have packed, and how far the hub unpacks them."""

from __future__ import annotations

import gzip
import json
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.alerts.ingest.encodings import MOST_MEMBERS, TooLarge, unpacked
from hub.alerts.models import SourceKind
from hub.lib.errors import InvalidMany
from tests.alerts.senders import LiveHub, Source, alert, notification
from tests.alerts.test_refusals import MIB, padded


def bare(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


def in_members(body: bytes) -> bytes:
    return gzip.compress(body[:100]) + gzip.compress(b"") + gzip.compress(body[100:])


WAYS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "gzip's old name": ("X-GZip", gzip.compress),
    "gzip in members": ("gzip", in_members),
    "deflate": ("deflate", zlib.compress),
    "deflate without a header": ("deflate", bare),
    "as it is": ("identity", bytes),
}


@pytest.fixture
def source(hub: LiveHub) -> Source:
    return hub.source()


def post(source: Source, body: bytes, encoding: str) -> httpx.Response:
    return source.hub.http.post(source.address, content=body, headers={"Content-Encoding": encoding})


@pytest.mark.parametrize("way", WAYS)
def test_what_is_packed_is_taken(source: Source, way: str) -> None:
    encoding, packed = WAYS[way]

    answer = post(source, packed(json.dumps(notification(alert())).encode()), encoding)

    assert (answer.status_code, answer.json()) == (200, {"status": "accepted", "alerts": 1})
    assert source.alert().name == "HighLatency"


def test_an_event_that_is_packed_is_taken(hub: LiveHub) -> None:
    source = hub.source(kind=SourceKind.EVENTS_V2)
    event = {
        "routing_key": source.made.key,
        "event_action": "trigger",
        "payload": {"summary": "Packed", "source": "a", "severity": "error"},
    }

    answer = post(source, gzip.compress(json.dumps(event).encode()), "gzip")

    assert (answer.status_code, answer.json()["status"]) == (202, "success")


@pytest.mark.parametrize("size", [MIB, MIB + 1])
def test_it_may_unpack_to_a_mebibyte(source: Source, size: int) -> None:
    answer = post(source, gzip.compress(padded(size)), "gzip")

    assert answer.status_code == (200 if size == MIB else 413)
    assert len(source.incidents()) == (size == MIB)


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_a_bomb_is_refused_and_costs_no_more_than_a_large_body(
    source: Source, encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    bomb = pack(b"0" * (256 * MIB))
    assert len(bomb) < MIB
    begun = time.monotonic()

    answer = post(source, bomb, encoding)

    assert answer.status_code == 413
    assert answer.json()["errors"][0]["message"] == (
        "The body is larger than 1,048,576 bytes; send fewer alerts at once."
    )
    assert time.monotonic() - begun < 2
    assert source.incidents() == []


EMPTY: Final = gzip.compress(b"{}", mtime=0)
"""Without the time in it: the tests have the same names in each of their processes."""
BROKEN: list[Any] = [
    ("gzip", b""),
    ("gzip", json.dumps(notification(alert())).encode()),
    ("gzip", EMPTY[:-1]),
    ("gzip", EMPTY + b"more"),
    ("gzip", gzip.compress(b"", mtime=0) * (MOST_MEMBERS + 1)),
    ("deflate", b""),
    ("deflate", b"{}"),
    ("deflate", zlib.compress(b"{}") + b"{}"),
    ("deflate", EMPTY),
]


@pytest.mark.parametrize(("encoding", "body"), BROKEN)
def test_what_is_not_packed_as_it_says(source: Source, encoding: str, body: bytes) -> None:
    answer = post(source, body, encoding)

    message = f"The body is not valid {encoding}, which its Content-Encoding says that it is."
    assert (answer.status_code, answer.json()["errors"]) == (400, [{"message": message, "path": []}])
    assert source.incidents() == []


def test_what_is_not_packed_as_it_says_is_told_to_who_has_a_key(hub: LiveHub) -> None:
    address = f"{hub.address}/ingest/alertmanager/{'x' * 32}"

    assert hub.http.post(address, content=b"{}", headers={"Content-Encoding": "gzip"}).status_code == 401


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "none"])
@pytest.mark.parametrize("kind", [SourceKind.ALERTMANAGER, SourceKind.EVENTS_V2])
def test_other_encodings_are_refused_in_a_sentence(hub: LiveHub, kind: SourceKind, encoding: str) -> None:
    source = hub.source(kind=kind)

    answer = post(source, b"\x28\xb5\x2f\xfd", encoding)

    assert (answer.status_code, answer.headers["accept-encoding"]) == (415, "gzip, deflate")
    assert "Send the body as it is, or with one Content-Encoding of gzip, deflate." in answer.text
    assert source.incidents() == []


@given(body=st.binary(max_size=300), most=st.integers(0, 300), way=st.sampled_from(sorted(WAYS.keys() - {"as it is"})))
def test_it_unpacks_to_what_was_packed_or_to_nothing(body: bytes, most: int, way: str) -> None:
    encoding, pack = WAYS[way]
    name = encoding.lower().removeprefix("x-")
    if len(body) <= most:
        assert unpacked(pack(body), name, most) == body
    else:
        with pytest.raises(TooLarge):
            unpacked(pack(body), name, most)


@given(body=st.binary(max_size=200), encoding=st.sampled_from(["gzip", "deflate"]))
def test_any_bytes_are_unpacked_or_refused(body: bytes, encoding: str) -> None:
    with suppress(InvalidMany, TooLarge):
        assert len(unpacked(body, encoding, 1_000)) <= 1_000
