"""The suite notices a guard that is gone: a few of them here, each one with `make leaks`."""

from __future__ import annotations

from random import Random

import psycopg
import pytest
from django.db import connection

from tests.database import Server
from tests.tenancy.definers import EXCUSED, FUNCTIONS
from tests.tenancy.faults import functions, policies
from tests.tenancy.probes import Grounds
from tests.tenancy.slips import slips
from tests.tenancy.test_tables import grounds as in_transaction


def test_removed_guards_are_missed(server: Server, own_database: str) -> None:
    with psycopg.connect(server.cluster.admin_dsn(own_database), autocommit=True) as admin:
        made = in_transaction(Random(11))
        ground = Grounds(admin, made.sample, made.actors, made.observers)
        every = [*policies(admin), *functions()]
        chosen = Random(7).sample(every, 8)
        missed = []
        for fault in chosen:
            with fault.planted(ground):
                if not fault.noticed(ground):
                    missed.append(fault.name)
    assert missed == []
    assert len(every) > 100


@pytest.mark.django_db
def test_nothing_is_noticed_where_nothing_is_planted() -> None:
    ground = in_transaction(Random(3))
    assert not next(functions()).noticed(ground)


@pytest.mark.django_db
def test_every_function_that_reads_past_the_policies_is_tried_or_excused() -> None:
    """A new one has its conditions in `definers`, each to be taken out, or says why nobody learns anything from it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pronamespace::regnamespace || '.' || proname FROM pg_proc"
            " WHERE prosecdef AND pronamespace IN ('app'::regnamespace, 'public'::regnamespace)"
            " AND has_function_privilege('hub_app', oid, 'EXECUTE')"
        )
        there = {name for (name,) in cursor.fetchall()}
    tried = {signature.partition("(")[0] for signature, _, _ in FUNCTIONS}
    assert there == tried | set(EXCUSED)
    assert not tried & set(EXCUSED)


@pytest.mark.django_db
def test_what_is_to_be_taken_out_of_a_function_stands_in_it() -> None:
    with connection.cursor() as cursor:
        for signature, text, _ in FUNCTIONS:
            cursor.execute("SELECT pg_get_functiondef(%s::regprocedure)", [signature])
            assert text in cursor.fetchone()[0], f"{signature} does not say “{text}”"


@pytest.mark.django_db
def test_every_slip_in_python_can_still_be_planted() -> None:
    ground = in_transaction(Random(3))
    planted = []
    for fault in slips(Random(5)):
        with fault.planted(ground):
            planted.append(fault.name)
    assert len(planted) == len(set(planted)) >= 7
