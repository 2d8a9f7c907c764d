"""What every table lets everybody read and write, against the rules as they are written down in Python."""

from __future__ import annotations

from random import Random

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from tenants.models import BusinessUnit, Person
from tests.conftest import seeding
from tests.tenancy.answers import Asking, below, everything, listed, listings
from tests.tenancy.oracle import ACTORS, signed_in
from tests.tenancy.probes import Grounds, probes
from tests.tenancy.readers import populate
from tests.tenancy.rules import RULES
from tests.tenancy.tables import Sample, moving, reading, scoped_tables, writing
from tests.tenancy.worlds import hide, source_for_worlds

pytestmark = pytest.mark.django_db

LISTS = 6
"""How many of GraphQL's lists each world here is asked for."""


def grounds(random: Random) -> Grounds:
    """A world with something hidden in every unit, in the open transaction."""
    source_for_worlds()
    actors = populate()
    with seeding():
        units = list(BusinessUnit.objects.order_by("pk"))
        known = list(Person.objects.filter(username__in=ACTORS).values_list("pk", flat=True))
    for unit in random.sample(units, 2):
        for restricted in (True, False):
            hide(random, unit=unit, restricted=restricted, actors=actors, blind=None)
    observers = [*known, *(person.pk for person in actors.people.values())]
    return Grounds(None, Sample.taken(scoped_tables()), actors, observers)


def test_every_scoped_table_has_a_rule() -> None:
    """A new table says here, in Python, who may read it: look at its documentation, not at its policy."""
    assert set(scoped_tables()) == set(RULES)


def test_everybody_reads_what_the_rules_say_and_a_stranger_writes_nothing() -> None:
    ground = grounds(Random(5))
    leaks = [leak for person in ground.observers for leak in reading(person, ground.sample, scoped_tables())]
    leaks += writing(ground.stranger, ground.sample, scoped_tables())
    leaks += [leak for person in ground.movers for leak in moving(person, ground.sample, scoped_tables())]
    leaks += probes(ground)
    assert [str(leak) for leak in leaks] == []


@settings(max_examples=2, deadline=None, database=None)
@given(st.integers(0, 2**32))
def test_whatever_is_hidden(seed: int) -> None:
    with transaction.atomic():
        random = Random(seed)
        ground = grounds(random)
        leaks = [leak for person in ground.observers for leak in reading(person, ground.sample, scoped_tables())]
        with seeding():
            reader = random.choice(Person.objects.filter(pk__in=ground.observers, is_active=True).order_by("pk"))
        asked = random.sample(listings(), LISTS)
        asking = Asking(signed_in(reader), reader.pk, everything(asked))
        leaks += listed(random, asking, asked)
        leaks += below(random, asking)
        transaction.set_rollback(True)
    assert [str(leak) for leak in leaks] == []
