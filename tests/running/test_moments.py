"""Times with a zone are read in UTC, whatever the session's zone, and those that Python does not know are refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import DataError, connection


@pytest.mark.django_db
@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata"])
def test_a_time_is_read_in_utc_whatever_the_zone_of_the_session(zone: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('TimeZone', %s, true)", [zone])
        cursor.execute("SELECT '2026-10-25 02:30:00.5+02'::timestamptz, '2026-10-25 02:30:00.000001+01'::timestamptz")
        read = cursor.fetchone()

    assert read == (datetime(2026, 10, 25, 0, 30, 0, 500_000, UTC), datetime(2026, 10, 25, 1, 30, 0, 1, UTC))
    assert {moment.tzinfo for moment in read} == {UTC}


@pytest.mark.django_db
def test_the_first_and_the_last_time_that_python_knows_are_read() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT '0001-01-01 00:00+00'::timestamptz, '9999-12-31 23:59:59.999999+00'::timestamptz")
        read = cursor.fetchone()

    assert read == (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC))


@pytest.mark.django_db
@pytest.mark.parametrize("beyond", ["infinity", "10000-01-01 00:00+00", "0001-01-01 00:00+00 BC"])
def test_a_time_that_python_does_not_know_is_refused(beyond: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz", [beyond])
        with pytest.raises(DataError):
            cursor.fetchone()
