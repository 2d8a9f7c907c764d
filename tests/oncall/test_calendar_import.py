"""Calendars in: a file or an address gives a layer its shifts, and leads nobody to where only this machine can go."""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest
from django.test import override_settings

from hub.lib import clock
from hub.lib.errors import Invalid
from hub.lib.fetching import Unreachable, fetch_text
from hub.oncall.jobs import read_calendar
from hub.oncall.models import CalendarSource, FixedShift
from tests.conftest import seeding
from tests.graphql.api import ApiOf, api
from tests.jobs import queued_jobs
from tests.oncall.world import FIRST, NOW, SECOND, TODAY, Desk, changed, desk, refusal

__all__ = ["api", "desk"]

LAYER = "... on Layer { id name priority }"


def calendar(*events: str) -> str:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test//EN", *events, "END:VCALENDAR", ""])


def event(summary: str, start: str, end: str, *more: str) -> str:
    lines = ["BEGIN:VEVENT", f"UID:{summary}{start}", f"DTSTART:{start}", f"DTEND:{end}", f"SUMMARY:{summary}"]
    return "\r\n".join([*lines, *more, "END:VEVENT"])


def day(number: int) -> str:
    return (TODAY + (NOW - TODAY) * 2 * number).strftime("%Y%m%dT000000Z")


def imported(api: ApiOf, desk: Desk, username: str = "commander.payments", **given: Any) -> dict[str, Any]:
    return changed(api(username), "importCalendar", LAYER, scheduleId=desk.id, **{"name": "Imported", **given})


@pytest.mark.django_db
def test_a_file_gives_the_shifts_of_a_layer_above_the_others(api: ApiOf, desk: Desk) -> None:
    weekly = event("responder3.payments", day(2), day(3), "RRULE:FREQ=WEEKLY;COUNT=2")
    named = event("Luca Marino", day(3), day(4))
    mailed = event("Shift", day(5), day(6), "ATTENDEE:mailto:responder3.payments@meridian.example")
    cancelled = event("responder3.payments", day(4), day(5), "STATUS:CANCELLED")

    layer = imported(api, desk, text=calendar(weekly, named, mailed, cancelled))

    assert (layer["name"], layer["priority"]) == ("Imported", 1)
    on = [desk.on(api(FIRST), number)[0] for number in (1, 2, 3, 4, 5, 9)]
    assert on == [SECOND, "responder3.payments", FIRST, FIRST, "responder3.payments", "responder3.payments"]


@pytest.mark.django_db
def test_days_and_times_without_a_zone_are_the_schedules(api: ApiOf, desk: Desk) -> None:
    whole_day = event("responder3.payments", day(2)[:8], day(3)[:8]).replace("DTSTART:", "DTSTART;VALUE=DATE:")

    imported(api, desk, text=calendar(whole_day.replace("DTEND:", "DTEND;VALUE=DATE:")))

    assert [desk.on(api(FIRST), 2, hour) for hour in (0, 23)] == [["responder3.payments"]] * 2


@pytest.mark.django_db
def test_a_year_of_days_one_after_the_other_is_read(api: ApiOf, desk: Desk) -> None:
    """What the hub's own calendars look like: the parser that goes on without an end took minutes for them."""
    people = ("responder3.payments", FIRST)
    days = [event(people[number % 2], day(number), day(number + 1)) for number in range(1, 360)]

    layer = imported(api, desk, text=calendar(*days))

    with seeding():
        shifts = FixedShift.objects.filter(layer__name=layer["name"], layer__schedule=desk.schedule)
        assert shifts.count() == 359
    assert [desk.on(api(FIRST), number)[0] for number in (3, 300, 301)] == [FIRST, people[0], FIRST]


@pytest.mark.django_db
def test_of_the_hubs_own_calendar_a_layer_takes_its_dutys_shifts(api: ApiOf, desk: Desk) -> None:
    primary = event("responder3.payments", day(2), day(3), "X-HUB-PERSON:responder3.payments", "X-HUB-DUTY:primary")
    second = event(f"{FIRST} (secondary)", day(2), day(3), f"X-HUB-PERSON:{FIRST}", "X-HUB-DUTY:secondary")

    imported(api, desk, text=calendar(primary, second))

    assert desk.on(api(FIRST), 2) == ["responder3.payments"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nonsense", "no iCalendar file"),
        (calendar("BEGIN:VEVENT"), "no iCalendar file"),
        (calendar(event("Nobody we know", day(2), day(3))), "names nobody who is known"),
        (calendar(event(FIRST, day(2), day(3), "RRULE:FREQ=SECONDLY")), "more often than hourly"),
        (calendar(event(FIRST, day(2), day(3), "RRULE:FREQ=BANANA")), "no iCalendar file"),
        ("x" * 1_000_001, "more than 1,000,000 characters"),
        (calendar(), "has no events"),
        (calendar(event(FIRST, day(3), day(2))), "ends before it begins"),
        (calendar(*(event(FIRST, day(2), day(3), "RRULE:FREQ=HOURLY") for _ in range(20))), "more than 5,000 shifts"),
    ],
)
def test_what_cannot_be_read_writes_nothing_and_says_why(api: ApiOf, desk: Desk, text: str, words: str) -> None:
    payload = imported(api, desk, text=text)

    assert refusal(payload) == ("INVALID", ["input", "text"])
    assert words in payload["errors"][0]["message"]
    with seeding():
        assert desk.schedule.layers.count() == 1
        assert not FixedShift.objects.filter(layer__schedule=desk.schedule).exists()


@pytest.mark.django_db
def test_only_who_administers_the_schedule_imports(api: ApiOf, desk: Desk) -> None:
    text = calendar(event(FIRST, day(2), day(3)))

    assert refusal(imported(api, desk, FIRST, text=text)) == ("FORBIDDEN", [])
    assert refusal(imported(api, desk, text=text, address="https://example.org/a.ics")) == (
        "INVALID",
        ["input", "text"],
    )
    assert refusal(imported(api, desk, address="file:///etc/passwd")) == ("INVALID", ["input", "address"])


@pytest.mark.django_db
def test_who_is_on_now_changes_only_if_asked(api: ApiOf, desk: Desk) -> None:
    text = calendar(event("responder3.payments", day(0), day(1)))

    assert refusal(imported(api, desk, text=text)) == ("CONFLICT", ["input", "effectiveFrom"])
    assert desk.on(api(FIRST), 0, 13) == [FIRST]

    imported(api, desk, text=text, changesWhoIsOnNow=True)

    assert [desk.on(api(FIRST), 0, hour) for hour in (11, 13)] == [[FIRST], ["responder3.payments"]]


class Answering(BaseHTTPRequestHandler):
    """Answers with what the test put there; `/away` leads to this machine's own address."""

    body: ClassVar[str] = ""
    given: ClassVar[bytes] = b""
    """In place of `body`, where it is no text."""

    def do_GET(self) -> None:
        if self.path == "/away":
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:9/")
            self.end_headers()
            return
        self.send_response(200 if self.path == "/" else 503)
        self.end_headers()
        self.wfile.write(self.given or self.body.encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: tests are read by people."""


@pytest.fixture
def served() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.2", 0), Answering)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.2:{server.server_port}"
    server.shutdown()
    server.server_close()


ALLOWED = [ipaddress.ip_network("127.0.0.2/32")]


@pytest.mark.django_db
def test_an_address_is_read_by_a_job_and_read_again(api: ApiOf, desk: Desk, served: str) -> None:
    imported(api, desk, address=f"{served}/")
    with seeding():
        source = CalendarSource.objects.get(layer__schedule=desk.schedule)
    assert ("hub.oncall.jobs.read_calendar", {"calendar_source_id": source.pk, "asked": False}) in queued_jobs()

    with override_settings(FETCHED_NETWORKS=["127.0.0.2/32"]), clock.at(NOW):
        for username in ("responder3.payments", "commander.payments"):
            Answering.body = calendar(event(username, day(2), day(3)))
            read_calendar.func(calendar_source_id=source.pk)
            assert desk.on(api(FIRST), 2) == [username]
        Answering.body = "nonsense"
        read_calendar.func(calendar_source_id=source.pk)

    # What cannot be read leaves the shifts as they were, and is shown.
    assert desk.on(api(FIRST), 2) == ["commander.payments"]
    with seeding():
        source.refresh_from_db()
    assert source.problem.startswith("This is no iCalendar file")


@pytest.mark.django_db
def test_an_address_inside_is_not_read_unless_that_is_configured(api: ApiOf, desk: Desk, served: str) -> None:
    imported(api, desk, address=f"{served}/")
    with seeding():
        source = CalendarSource.objects.get(layer__schedule=desk.schedule)
    Answering.body = calendar(event("responder3.payments", day(2), day(3)))

    read_calendar.func(calendar_source_id=source.pk)

    with seeding():
        source.refresh_from_db()
    assert "may not be read from here" in source.problem
    assert desk.on(api(FIRST), 2) == [FIRST]


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/",
        "http://localhost/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://10.0.0.1/",
        "http://192.168.1.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://0.0.0.0/",
        "http://100.64.0.1/",
        "http://[fd00::1]/",
        "http://224.0.0.1/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://2130706433/",
        "file:///etc/passwd",
        "ftp://example.org/",
        "http:///",
        "http://user:secret@example.org/",
        "http://[",
    ],
)
def test_what_is_not_public_is_refused(address: str) -> None:
    with pytest.raises(Invalid):
        fetch_text(address, largest=1000)


def test_a_redirect_is_checked_like_the_first_address(served: str) -> None:
    with pytest.raises(Invalid, match="may not be read"):
        fetch_text(f"{served}/away", largest=1000, allowed=ALLOWED)


def test_an_answer_that_is_too_large_or_an_error_is_told(served: str) -> None:
    Answering.body = "x" * 2000

    assert fetch_text(f"{served}/", largest=2000, allowed=ALLOWED) == "x" * 2000
    with pytest.raises(Unreachable, match="more than 1,000 bytes"):
        fetch_text(f"{served}/", largest=1000, allowed=ALLOWED)
    with pytest.raises(Unreachable, match="503"):
        fetch_text(f"{served}/broken", largest=1000, allowed=ALLOWED)
