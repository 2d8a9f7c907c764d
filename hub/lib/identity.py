"""On whose behalf the database is asked.

PostgreSQL decides who sees what, from three transaction-local settings that are bound together whenever a
transaction or an `acting_as` block opens: the database role, the person's id, and the id of the key that they came
with, which may open less than its account holds. Nothing else is ever set, and nothing is set for a session, so a
pooled connection carries no identity from one transaction to the next.

A process can only take roles that its login was granted: a web process logs in as `hub_app` and cannot become the
system, whatever runs inside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from django.db import connections, transaction

from hub.lib import sight

if TYPE_CHECKING:
    from hub.lib.postgresql.base import DatabaseWrapper

Role = Literal["hub_app", "hub_worker", "hub_seed"]


@dataclass(frozen=True)
class Actor:
    """Who acts: a person (or service account) by id, or the system.

    Attributes:
        person_id: the person, or None for the system.
        role: the database role that the transaction runs as.
        through: how the act came in ("page", "graphql", "job", "command", "ingest"), kept in the audit trail.
        key_id: the access token that the person came with, if any: its scope narrows what they may see and do.
    """

    person_id: int | None
    role: Role = "hub_app"
    through: str = "page"
    key_id: int | None = None

    @property
    def is_system(self) -> bool:
        return self.person_id is None


SYSTEM = Actor(None, "hub_worker", "job")
SEED = Actor(None, "hub_seed", "command")

_actor: ContextVar[Actor | None] = ContextVar("hub_actor", default=None)


def person(person_id: int, *, through: str = "page", key_id: int | None = None) -> Actor:
    """The actor for the person with this id, who came with this access token or with none."""
    return Actor(person_id, "hub_app", through, key_id)


def current() -> Actor | None:
    """Who acts now, or None: then every scoped table refuses to be read."""
    return _actor.get()


def bind(connection: DatabaseWrapper) -> None:
    """Give the open transaction its role and person. Called by the database backend and by `acting_as`."""
    actor = _actor.get()
    role = actor.role if actor else "hub_app"
    uid = "" if actor is None or actor.person_id is None else str(actor.person_id)
    key = "" if actor is None or actor.key_id is None else str(actor.key_id)
    # A raw cursor: no query log, no execute wrappers, and one round trip for all settings.
    with connection.wrap_database_errors, connection.connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('role', %s, true), set_config('app.uid', %s, true), set_config('app.key', %s, true)",
            (role, uid, key),
        )
    connection.bound = actor


@contextmanager
def reading_as(actor: Actor, using: str = "default") -> Iterator[Actor]:
    """As `acting_as`, around a mere read: for whoever acts already nothing is begun and nothing bound anew."""
    if _actor.get() == actor and connections[using].in_atomic_block:
        yield actor
    else:
        with acting_as(actor, using):
            yield actor


@contextmanager
def acting_as(actor: Actor, using: str = "default") -> Iterator[Actor]:
    """Run a block in a transaction on behalf of `actor`, and give the former identity back afterwards.

    Which restricted incidents a person reads in the outermost such block is recorded at its end (`hub.lib.sight`).

    Inside an open transaction the block is a savepoint: rolling it back also restores the settings, while a
    released savepoint keeps them, which is why they are bound again on the way out. Inside a block of the same actor
    they stay as they are.
    """
    connection = cast("DatabaseWrapper", connections[using])
    former = _actor.get()
    token = _actor.set(actor)
    nested = connection.in_atomic_block
    binds = nested and not (former == actor == connection.bound)
    try:
        with transaction.atomic(using=using):
            if binds:
                bind(connection)
            if actor.person_id is None or sight.is_gathering():
                yield actor
            else:
                with sight.gathering() as seen:
                    yield actor
                if seen and not connection.needs_rollback:
                    sight.record(actor.person_id, actor.through, seen)
    finally:
        _actor.reset(token)
        usable = connection.connection is not None and not connection.closed_in_transaction
        if binds and usable and connection.in_atomic_block and not connection.needs_rollback:
            bind(connection)
