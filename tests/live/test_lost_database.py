"""A connection that PostgreSQL has ended is met as Django's own error, at whatever statement it is noticed."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection

from hub.lib.identity import SYSTEM, acting_as
from tests.database import Server


def test_a_transaction_that_cannot_begin_is_an_operational_error(own_database: str, server: Server) -> None:
    with acting_as(SYSTEM), connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()

    server.execute(f"SELECT pg_terminate_backend({backend}, 5000)")

    with pytest.raises(OperationalError), acting_as(SYSTEM):
        pass
    connection.close()
    with acting_as(SYSTEM), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
