"""Texts are framed as WebSocket's own parser reads them."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from hub.running.frames import text_frame

T = TypeVar("T")


def read(data: bytes) -> Frame:
    """The one frame in this data, by the parser of the package `websockets`."""
    stream = StreamReader()
    stream.feed_data(data)
    stream.feed_eof()
    frame = finished(Frame.parse(stream.read_exact, mask=False))
    assert finished(stream.at_eof())
    return frame


def finished(work: Generator[None, None, T]) -> T:
    with pytest.raises(StopIteration) as end:
        next(work)
    value: T = end.value.value
    return value


@given(st.text())
@example("x" * 125)
@example("x" * 126)
@example("é" * 63)
@example("x" * 0xFFFF)
@example("x" * 0x10000)
def test_a_text_is_one_frame(text: str) -> None:
    assert read(text_frame(text)) == Frame(Opcode.TEXT, text.encode())
