"""Two worlds that differ in what is hidden answer alike: a few of them here, many with `make leaks`."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random
from typing import Final

import pytest
from django.contrib import admin
from django.db import transaction
from graphql import is_required_argument, parse, validate
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.lib.identity import Actor
from tenants.models import Person
from tests.conftest import SignedIn, seeding
from tests.graphql.walking import SCHEMA, object_types, query_fields
from tests.tenancy.addresses import (
    ADMIN,
    ASKED_OF_ADMIN,
    PAGES,
    POSTED,
    SILENT,
    SILENT_IN_ADMIN,
    base_of,
    entries,
    named,
    patterns,
)
from tests.tenancy.changes import GUARDED, OPEN, changes, inputs
from tests.tenancy.hidden import Hidden
from tests.tenancy.inside import PARTS, TOGETHER, Inside, pages, settle
from tests.tenancy.oracle import ACTORS, Tally, two_worlds
from tests.tenancy.paths import ARGUMENTS, administration, operations
from tests.tenancy.readers import populate
from tests.tenancy.worlds import source_for_worlds

ID: Final = re.compile(r'"[A-Za-z0-9+/=]{8,}"')
SHARE = 0.15
"""How many of the paths each world here tries."""


@pytest.mark.django_db
@settings(max_examples=2, deadline=None, database=None)
@given(st.integers(0, 2**32), st.sampled_from(ACTORS))
def test_an_answer_is_a_function_of_what_its_reader_may_see(seed: int, username: str) -> None:
    tally = Tally()
    with transaction.atomic():
        source_for_worlds()
        two_worlds(Random(seed), populate(), tally, username=username, share=SHARE)
        transaction.set_rollback(True)
    assert [str(leak) for leak in tally.leaks] == []
    assert tally.comparisons > 20


def test_every_page_is_registered() -> None:
    """A new page is read by the oracle (`PAGES`), tried on what is hidden (`POSTED`), or says why not (`SILENT`)."""
    named = set(patterns()) - {"unnamed graphql"}
    assert named - {*PAGES, *POSTED, *SILENT} == set()
    assert {*PAGES, *POSTED} - named == set()


def test_every_page_of_the_tenant_admin_is_asked() -> None:
    """What is of no model there is asked by name, or says why not (`SILENT_IN_ADMIN`)."""
    bases = tuple(base_of(model) for model in admin.site._registry)
    others = {
        named(path, entry)
        for path, entry in entries()
        if path.startswith(ADMIN) and path != ADMIN and not path.startswith(bases)
    }
    assert others - {*ASKED_OF_ADMIN, *SILENT_IN_ADMIN} == set()
    asked = {request.name for request in administration(Hidden(rows={"tenants.accesstoken": [1]}))}
    assert {"admin map tenants.mappingversion", "admin rotate tenants.accesstoken", "admin app catalog"} <= asked


HOSTS: Final = ("commander.payments", "coordinator", "admin.payments", "responder.payments")


@pytest.mark.django_db
def test_every_page_that_names_something_is_seen_from_inside(
    actor: Callable[[str], Actor], signed_in: SignedIn
) -> None:
    """The oracle compares each of them as somebody who sees what it names, and not its refusal alone."""
    unseen = {entry.name for _, entry in entries() if entry.pattern.converters and entry.name in PAGES}
    parts = {
        part for _, entry in entries() if entry.name in unseen - set(TOGETHER) for part in entry.pattern.converters
    }
    assert parts - set(PARTS) == set()
    with seeding():
        settle(Person.objects.get(username=HOSTS[0]))
    for username in HOSTS:
        browser = signed_in(username)
        asked = list(pages(Inside(actor(username)), unseen))
        unseen -= {name for name, path in asked if browser.get(path).status_code == 200}
    assert unseen == set()


def test_what_is_asked_can_be_answered() -> None:
    """A document that the schema refuses is answered alike in every world."""
    hidden = Hidden(ids={each.name: [1] for each in object_types()}, references=["PAY-1"])
    # Which id is named makes no document another one.
    asked = {ID.sub("", request.body["query"]): request for request in operations(hidden) if request.body is not None}
    refused = {
        request.name: [error.message for error in errors]
        for request in asked.values()
        if request.body is not None and (errors := validate(SCHEMA, parse(request.body["query"])))
    }
    assert refused == {}


def test_every_query_field_is_asked() -> None:
    """A field that needs an argument has a line in `ARGUMENTS`; the others are asked by introspection."""
    needing = {
        name
        for name, field in query_fields().items()
        if any(is_required_argument(each) for each in field.args.values())
    }
    assert needing <= set(ARGUMENTS)
    hidden = Hidden(ids={each.name: [1] for each in object_types()}, references=["PAY-1"])
    asked = {request.name.split()[1] for request in operations(hidden)}
    assert set(query_fields()) <= asked
    assert SCHEMA.subscription_type is not None
    # What is followed live is compared by the oracle event by event, as the feed hands it out.
    assert set(SCHEMA.subscription_type.fields) == {"feed", "incidentFeed"}


def test_every_id_that_a_mutation_takes_is_tried_on_what_is_hidden() -> None:
    """A new input says what its id names: what everybody sees (`OPEN`), or what may be hidden (`GUARDED`)."""
    names = {name for _, name, _ in inputs()}
    assert names - {*OPEN, *GUARDED} == set()
    assert {*OPEN, *GUARDED} - names == set()
    types = {each.name for each in object_types()}
    assert {kind for kinds in GUARDED.values() for kind in kinds} <= types
    refused = {
        request.name: [error.message for error in errors]
        for request, _ in changes(Hidden(ids={each: [1] for each in types}))
        if request.body is not None and (errors := validate(SCHEMA, parse(request.body["query"])))
    }
    assert refused == {}
