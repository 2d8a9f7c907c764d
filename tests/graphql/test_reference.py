"""The API's reference: pages in the hub's frame, and the same in Markdown."""

from __future__ import annotations

import io

import pytest
from django.core.management import call_command
from django.test import Client
from graphql import get_named_type

from hub.graphql.reference import entry_named
from tests.conftest import SignedIn
from tests.graphql.walking import object_types

pytestmark = pytest.mark.django_db

TYPES = [each for each in object_types() if not each.name.startswith("_")]


@pytest.fixture
def browser(signed_in: SignedIn) -> Client:
    return signed_in("observer.payments")


def test_it_lists_operations_types_limits_and_codes(browser: Client) -> None:
    page = browser.get("/graphql/reference").content.decode()

    for word in ("declareIncident", "searchKnowledge", "incidentFeed", "TimelineEntry", "TOO_COSTLY", "CSRF_FAILED"):
        assert word in page
    assert "_entities" not in page


def test_a_type_has_a_page_with_its_fields(browser: Client) -> None:
    """One in eight of them, by the hundred as all are: what the pages are made of is tested of every type, below."""
    for named in TYPES[::8]:
        response = browser.get(f"/graphql/reference/{named.name}")
        page = response.content.decode()
        assert response.status_code == 200, named.name
        assert all(f'id="{field}"' in page for field in named.fields if not field.startswith("_")), named.name


def test_every_type_has_an_entry_with_its_fields_and_users() -> None:
    for named in TYPES:
        entry = entry_named(named.name)
        assert entry is not None, named.name
        assert {line.name for line in entry.lines} == {field for field in named.fields if not field.startswith("_")}
        assert set(entry.used_by) >= {
            each.name for each in TYPES if any(get_named_type(field.type) is named for field in each.fields.values())
        }


@pytest.mark.parametrize("name", ["Nothing", "_Entity", "__Type"])
def test_what_is_no_type_has_no_page(browser: Client, name: str) -> None:
    assert browser.get(f"/graphql/reference/{name}").status_code == 404


def test_nobody_reads_it_without_signing_in() -> None:
    assert Client().get("/graphql/reference").status_code == 302


def test_the_command_prints_it() -> None:
    out = io.StringIO()
    call_command("reference", stdout=out)

    assert "\n## Incident\n" in out.getvalue()
    assert "- `incidents(filters: IncidentFilter" in out.getvalue()
