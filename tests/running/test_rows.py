"""Rows that are inserted together are stored as they stand."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from django.db import DataError, transaction

from hub.lib.identity import SYSTEM, acting_as
from hub.lib.rows import insert_all
from hub.live.models import OutboxEntry
from tenants.models import BusinessUnit

AT = datetime(2026, 10, 25, 0, 30, 0, 1, UTC)
TEXTS = ("plain", 'it\'s "quoted"', "back\\slash {1,2} %s", "line\nbreak\ttab", "Zürich 東京 🚒", "", "NULL")


def entry_saying(text: str, *, event_id: UUID | None = None) -> OutboxEntry:
    payload = {"text": text, "nested": [None, True, 2**53, {"deep": text}]}
    unit = BusinessUnit.objects.earliest("pk")
    return OutboxEntry(event_id=event_id or uuid4(), type=text[:60], at=AT, unit=unit, payload=payload)


@pytest.mark.django_db
def test_each_row_is_stored_as_it_stands_and_has_its_key() -> None:
    with acting_as(SYSTEM):
        written = insert_all([entry_saying(text) for text in TEXTS])

        stored = OutboxEntry.objects.in_bulk([each.pk for each in written])

    assert [stored[each.pk].event_id for each in written] == [each.event_id for each in written]
    assert [stored[each.pk].type for each in written] == list(TEXTS)
    assert [stored[each.pk].payload for each in written] == [each.payload for each in written]
    assert {(each.at, each.restricted, each.incident_id) for each in stored.values()} == {(AT, False, None)}
    assert not any(each._state.adding for each in written)


@pytest.mark.django_db
def test_rows_with_and_without_a_key_come_in_the_order_in_which_they_were_given() -> None:
    with acting_as(SYSTEM):
        named, other = entry_saying("named"), entry_saying("other")
        named.pk = 2**52

        assert insert_all([named, other]) == [named, other]
        assert OutboxEntry.objects.get(pk=2**52).type == "named"
        assert OutboxEntry.objects.get(pk=other.pk).type == "other"


@pytest.mark.django_db
def test_of_a_conflict_the_first_row_stays() -> None:
    key = uuid4()
    with acting_as(SYSTEM):
        insert_all([entry_saying("first", event_id=key)])
        insert_all([entry_saying("second", event_id=key), entry_saying("third")], ignore_conflicts=True)

        assert OutboxEntry.objects.get(event_id=key).type == "first"
        assert OutboxEntry.objects.filter(type="third").exists()


@pytest.mark.django_db
def test_a_text_that_postgresql_cannot_keep_is_refused_and_nothing_is_written() -> None:
    with acting_as(SYSTEM):
        before = OutboxEntry.objects.count()
        with pytest.raises(DataError), transaction.atomic():
            insert_all([entry_saying("fine"), entry_saying("nul \x00")])

        assert OutboxEntry.objects.count() == before


def test_no_rows_take_no_statement() -> None:
    assert insert_all([]) == []
