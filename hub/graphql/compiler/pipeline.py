"""Runs plans from an event loop: whose token it is, the identity, the plan and the commit go in one round trip.

Each connection is its own, in libpq's pipeline mode, and works for one request at a time. Everything that is sent up to
a sync is one transaction: the first statement looks the token up (`app.opened_by`, by its digest, one indexed look-up)
and binds the person and the key for this transaction alone; the second is the plan, of which row-level security decides
as ever. A token that was revoked, has expired or belongs to nobody active binds nobody, and nothing scoped can be read:
there is no cache that would have to hear of it. The session is read-only, whatever a plan might hold.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakKeyDictionary

import psycopg
from django.conf import settings
from django.db import connections
from psycopg import pq
from psycopg.conninfo import make_conninfo

from hub.graphql.compiler.plans import Ready

MOST_PREPARED: Final = 128
"""Plans that a connection keeps prepared; each holds some memory of the server's."""

CALLED: Final = "hub_pipeline"
"""The name under which PostgreSQL lists these connections."""

_IDENTITY: Final = b"hub_identity"
_BIND: Final = (
    b"SELECT set_config('app.uid', coalesce(opened.person_id::text, ''), true),"
    b" set_config('app.key', coalesce(opened.key_id::text, ''), true),"
    b" set_config('statement_timeout', $2::text, true)"
    b" FROM (VALUES (1)) one LEFT JOIN app.opened_by(decode($1::text, 'hex')) opened"
    # A token that is bound to documents is held to them on the long way.
    b" ON opened.documents IS NULL"
)

_SETTLED: Final = frozenset({"42501", "57014"})
"""After these errors (nobody is bound; it took too long) a connection is as good as before."""


@dataclass(frozen=True)
class Ran:
    """What became of a plan.

    Attributes:
        is_known: whether the token is somebody's.
        data: the answer's JSON, perhaps with marks in it; None where the database refused.
        sqlstate: why it refused.
    """

    is_known: bool
    data: bytes | None
    sqlstate: str | None = None


_FOR_PSYCOPG: Final = frozenset({"autocommit", "context", "cursor_factory", "prepare_threshold", "row_factory"})
"""What Django gives to the driver beside libpq's own parameters."""


class Broken(Exception):
    """The database does not answer, or broke off."""


class Wire:
    """One connection to PostgreSQL, for one request at a time."""

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._connection = connection
        self._pg = connection.pgconn
        self._pg.nonblocking = 1
        self._pg.enter_pipeline_mode()
        self._loop = asyncio.get_running_loop()
        self._prepared: OrderedDict[str, bytes] = OrderedDict()
        self._made = 0
        self._results: list[Any] = []
        self._done: asyncio.Future[list[Any]] | None = None
        self.is_usable = True
        self._socket = self._pg.socket
        self._loop.add_reader(self._socket, self._readable)
        self._pg.send_prepare(_IDENTITY, _BIND)

    @classmethod
    async def open(cls) -> Wire:
        """Connect. Raises `Broken`."""
        try:
            return cls(await psycopg.AsyncConnection.connect(_address(), autocommit=True))
        except (psycopg.Error, OSError) as error:
            raise Broken from error

    async def run(self, digest: bytes, ready: Ready, *, milliseconds: int) -> Ran:
        """Run a plan on behalf of whoever holds the token with this digest.

        Raises `Broken`, and `NotCompiled` for a cursor that is none.
        """
        bound = [None if each is None else each.encode() for each in ready.parameters]
        name = self._name_of(ready.plan.statement)
        self._done = self._loop.create_future()
        self._results = []
        try:
            self._pg.send_query_prepared(_IDENTITY, [digest.hex().encode(), str(milliseconds).encode()])
            self._pg.send_query_prepared(name, bound)
            self._pg.pipeline_sync()
            await self._flush()
            results = await self._done
        except (psycopg.Error, OSError) as error:
            self.close()
            raise Broken from error
        except asyncio.CancelledError:
            # The client has gone, and the answer is still on its way.
            self.close()
            raise
        finally:
            self._done = None
        return self._ran(results)

    def close(self) -> None:
        """Hang up."""
        if self.is_usable:
            self.is_usable = False
            self._loop.remove_reader(self._socket)
            self._pg.finish()

    def _name_of(self, statement: str) -> bytes:
        name = self._prepared.get(statement)
        if name is not None:
            self._prepared.move_to_end(statement)
            return name
        self._made += 1
        name = self._prepared[statement] = b"hub_%d" % self._made
        self._pg.send_prepare(name, statement.encode())
        if len(self._prepared) > MOST_PREPARED:
            _, oldest = self._prepared.popitem(last=False)
            self._pg.send_query_params(b"DEALLOCATE " + oldest, None)
        return name

    async def _flush(self) -> None:
        while self._pg.flush():
            written = self._loop.create_future()
            self._loop.add_writer(self._socket, _settle, written)
            try:
                await written
            finally:
                self._loop.remove_writer(self._socket)

    def _readable(self) -> None:
        try:
            self._pg.consume_input()
            while self._done is not None and not self._done.done() and not self._pg.is_busy():
                result = self._pg.get_result()
                if result is None:  # the end of one statement's results, or of the connection
                    if self._pg.status == pq.ConnStatus.BAD:
                        break
                    continue
                if result.status == pq.ExecStatus.PIPELINE_SYNC:
                    self._done.set_result(self._results)
                else:
                    self._results.append(result)
            if self._pg.status == pq.ConnStatus.BAD:
                # libpq has closed the socket itself: nothing more would ever be heard from it.
                raise psycopg.OperationalError("the connection is lost")
        except (psycopg.Error, OSError) as error:
            done = self._done
            self.close()
            if done is not None and not done.done():
                done.set_exception(error)
            return
        if self._done is None:
            # Nobody asked: the server has something to say, which is that it hangs up.
            self.close()

    def _ran(self, results: list[Any]) -> Ran:
        rows = [result for result in results if result.status == pq.ExecStatus.TUPLES_OK]
        is_known = bool(rows and rows[0].get_value(0, 0))
        failed = next((each for each in results if each.status == pq.ExecStatus.FATAL_ERROR), None)
        if failed is None and len(rows) == 2:
            return Ran(is_known, rows[1].get_value(0, 0))
        sqlstate = (failed.error_field(pq.DiagnosticField.SQLSTATE) or b"").decode() if failed else ""
        if sqlstate not in _SETTLED:
            # What was prepared may not be what is needed any more, as after a migration.
            self.close()
        return Ran(is_known, None, sqlstate)


class Wires:
    """The connections of one event loop: at most `most`, opened when they are first needed."""

    def __init__(self, most: int) -> None:
        self._free: list[Wire] = []
        self._permits = asyncio.Semaphore(most)

    async def run(self, digest: bytes, ready: Ready, *, milliseconds: int) -> Ran:
        """Run a plan on a connection that is free. Raises `Broken`."""
        async with self._permits:
            wire = self._taken() or await Wire.open()
            try:
                return await wire.run(digest, ready, milliseconds=milliseconds)
            finally:
                if wire.is_usable:
                    self._free.append(wire)

    def close(self) -> None:
        """Hang up on those that nobody uses now."""
        while wire := self._taken():
            wire.close()

    def _taken(self) -> Wire | None:
        while self._free:
            wire = self._free.pop()
            if wire.is_usable:
                return wire
        return None


_wires: WeakKeyDictionary[asyncio.AbstractEventLoop, Wires] = WeakKeyDictionary()


def wires_of_loop() -> Wires:
    """The connections of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _wires:
        _wires[loop] = Wires(settings.GRAPHQL_CONNECTIONS)
    return _wires[loop]


def _settle(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)


def _address() -> str:
    given = {
        name: str(value)
        for name, value in connections["default"].get_connection_params().items()
        if name not in _FOR_PSYCOPG and value is not None
    }
    # The session has the role that every transaction of the web process takes, and no person.
    session = f"{given.pop('options', '')} -c role=hub_app -c default_transaction_read_only=on".strip()
    return make_conninfo(**{**given, "application_name": CALLED, "options": session})
