"""A test may have a PostgreSQL to itself: the embedded one, or Debian's."""

import psycopg
import pytest

from hub.running.cluster import Cluster
from tests.services.postgres import SystemPostgres


def test_an_embedded_server_can_be_away_and_come_back_with_its_data(own_cluster: Cluster) -> None:
    with psycopg.connect(own_cluster.admin_dsn()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")

    own_cluster.stop()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(own_cluster.admin_dsn(), connect_timeout=2)

    own_cluster.start()
    with psycopg.connect(own_cluster.admin_dsn()) as connection:
        assert connection.execute("SELECT one FROM kept").fetchall() == [(1,)]


def test_postgresql_15_answers_its_administrator(postgresql_15: SystemPostgres) -> None:
    with psycopg.connect(postgresql_15.admin_dsn()) as connection:
        assert connection.info.server_version // 10_000 == 15
        connection.execute("CREATE EXTENSION pg_trgm")
        assert connection.execute("SELECT similarity('outage', 'outages') > 0.5").fetchone() == (True,)


def test_postgresql_15_refuses_a_wrong_password(postgresql_15: SystemPostgres) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(postgresql_15.admin_dsn(), password="wrong")
