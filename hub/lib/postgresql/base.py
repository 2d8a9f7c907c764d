"""The database backend named in settings: `ENGINE = "hub.lib.postgresql"`."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from django.db.backends.postgresql import base
from psycopg.abc import Buffer
from psycopg.adapt import AdaptersMap
from psycopg.types.datetime import TimestamptzLoader

from hub.lib import identity

_NEVER_UNASKED: Final = 2**31
"""How often a statement runs before psycopg prepares it by itself. Without such a number, as Django has it, psycopg
does not even listen to `prepare=True`."""


class MomentLoader(TimestamptzLoader):
    """Reads times with a zone by Python's own reader of ISO 8601, in a fifth of what psycopg's takes.

    What that does not read (`infinity`, a server's own style of dates) is left to psycopg's.

    Attributes:
        timezone: what Django compares with the connection's.
    """

    timezone = UTC

    def load(self, data: Buffer) -> datetime:
        try:
            return datetime.fromisoformat(str(data, "ascii")).astimezone(UTC)
        except ValueError:
            return super().load(data).astimezone(UTC)


@lru_cache
def _with_moments(adapters: AdaptersMap) -> AdaptersMap:
    """Django's adapters of psycopg, with times read by `MomentLoader`."""
    ours = AdaptersMap(adapters)
    ours.register_loader("timestamptz", MomentLoader)
    return ours


class DatabaseWrapper(base.DatabaseWrapper):
    """Binds role and person when Django opens a transaction; the owner's connection (migrations) stays itself.

    Attributes:
        bound: whom the open transaction was last bound to; None for nobody.
    """

    bound: identity.Actor | None = None

    def get_connection_params(self) -> dict[str, Any]:
        parameters: dict[str, Any] = super().get_connection_params()
        parameters["prepare_threshold"] = _NEVER_UNASKED
        if self.timezone is UTC:
            parameters["context"] = _with_moments(parameters["context"])
        return parameters

    def set_autocommit(self, autocommit: bool, force_begin_transaction_with_broken_autocommit: bool = False) -> None:
        super().set_autocommit(autocommit, force_begin_transaction_with_broken_autocommit)
        if autocommit or self.alias == "owner":
            return
        try:
            identity.bind(self)
        except BaseException:
            # A transaction without identity must not be usable by whoever catches this.
            self.close()
            raise

    def doubt(self) -> None:
        """Ask, before the next statement outside a transaction, whether a connection that was kept still lives.

        Django does so at each request's start, and for what it calls a request alone.
        """
        self.health_check_done = False
