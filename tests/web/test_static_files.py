"""What pages are made of arrives whole, in parts, or not again."""

from __future__ import annotations

from pathlib import Path

from django.test import Client

import hub.web

TOKENS = Path(hub.web.__file__).parent / "static/web/css/tokens.css"
ADDRESS = "/static/web/css/tokens.css"


def test_a_file_arrives_whole(client: Client) -> None:
    answer = client.get(ADDRESS)

    assert (answer.status_code, answer["Content-Type"]) == (200, 'text/css; charset="utf-8"')
    assert not answer.streaming
    assert answer.content == TOKENS.read_bytes()


def test_a_part_of_it_is_had_by_its_range(client: Client) -> None:
    answer = client.get(ADDRESS, HTTP_RANGE="bytes=4-9")

    assert answer.status_code == 206
    assert answer.content == TOKENS.read_bytes()[4:10]


def test_what_a_browser_has_is_not_sent_again(client: Client) -> None:
    modified = client.get(ADDRESS)["Last-Modified"]

    answer = client.get(ADDRESS, HTTP_IF_MODIFIED_SINCE=modified)

    assert (answer.status_code, answer.content) == (304, b"")


def test_its_head_says_how_long_it_is(client: Client) -> None:
    answer = client.head(ADDRESS)

    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer["Content-Length"]) == TOKENS.stat().st_size


def test_there_is_nothing_to_send_to_it(client: Client) -> None:
    assert client.post(ADDRESS).status_code == 405
