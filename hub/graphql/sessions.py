"""Who a socket belongs to, and for how long: it ends with its token, its sign-in or its person."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Final, Protocol
from weakref import WeakKeyDictionary

from django.db import InterfaceError, OperationalError

from hub.lib import identity
from hub.lib.identity import Actor
from hub.live.access import Credential, sign_ins_alive, standing_of, tokens_alive
from hub.live.threads import in_thread
from hub.live.wakeups import Bell, News, wakeups_of_loop
from tenants import tokens

logger = logging.getLogger("hub.graphql")

CHECK_SECONDS: Final = 2.0
"""How often sockets are looked after without being told of anything: tokens and sign-ins also run out by themselves."""
FORBIDDEN: Final = 4403


@dataclass(frozen=True)
class Session:
    """The identity of a socket, and what it rests on: the token's digest, or the key of the sign-in's session.

    Attributes:
        documents: the only documents that the token opens the API for, by their digests; None for any.
    """

    actor: Actor
    digest: bytes | None = None
    sign_in: str | None = None
    documents: frozenset[str] | None = None

    @property
    def credential(self) -> Credential | None:
        """What can end before the person's rights do."""
        return self.digest if self.digest is not None else self.sign_in


def still_opens(session: Session) -> bool:
    """Whether what the session rests on opens the door at this very moment.

    What is revoked, and who leaves, is heard of at once; but tokens and sign-ins also run out without a word.
    """
    match session.credential:
        case bytes() as digest:
            return digest in tokens_alive([digest])
        case str() as sign_in:
            return sign_in in sign_ins_alive([sign_in])
    return True


class Closable(Protocol):
    def end(self, code: int, reason: str) -> Coroutine[Any, Any, None]: ...


def signed_in_by(payload: dict[str, Any], scope: dict[str, Any]) -> Session | None:
    """The session that a connection's first message and its request give, or None for nobody.

    A bearer token counts first, from the payload (`Authorization`, `authorization` or `token`) or the request's header;
    a bad one is nobody. Then the session's cookie.
    """
    token = _token(payload, scope)
    if token is not None:
        opened = tokens.opened_by(token)
        if opened is None:
            return None
        actor = identity.person(opened.person_id, through="graphql", key_id=opened.key_id)
        return Session(actor, tokens.digest(token), documents=opened.documents)
    user = scope.get("user")
    if user is None or not user.is_authenticated or not user.is_active:
        return None
    return Session(identity.person(user.pk, through="graphql"), sign_in=scope["session"].session_key)


def _token(payload: dict[str, Any], scope: dict[str, Any]) -> str | None:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope.get("headers", [])}
    given = payload.get("Authorization", payload.get("authorization", headers.get("authorization")))
    if isinstance(given, str):
        scheme, _, token = given.partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""
    bare = payload.get("token")
    return bare if isinstance(bare, str) else None


class Sessions:
    """The sockets of one event loop, looked after together: one statement for all tokens, one for all people."""

    def __init__(self) -> None:
        self._sockets: dict[Closable, Session] = {}
        self._watch: asyncio.Task[None] | None = None
        self._bell = Bell(News.RIGHTS)
        self._ending: set[asyncio.Task[None]] = set()

    def join(self, session: Session, socket: Closable) -> None:
        """Look after a socket from now on."""
        self._sockets[socket] = session
        if self._watch is None:
            wakeups_of_loop().add(self._bell)
            self._watch = asyncio.create_task(self._run())

    def leave(self, session: Session | None, socket: Closable) -> None:
        """Forget a socket."""
        self._sockets.pop(socket, None)
        if not self._sockets and self._watch is not None:
            self._watch.cancel()
            self._watch = None
            wakeups_of_loop().remove(self._bell)

    async def _run(self) -> None:
        while True:
            await self._bell.wait(CHECK_SECONDS)
            try:
                await self._check()
            except (OperationalError, InterfaceError):
                continue  # the database is away: the feed says so, and sockets stay as they are
            except Exception:
                logger.exception("Sockets could not be looked after")

    async def _check(self) -> None:
        sockets = dict(self._sockets)
        people = {session.actor.person_id or 0 for session in sockets.values()}
        credentials = {session.credential for session in sockets.values() if session.credential is not None}
        standing = await in_thread(standing_of, people, credentials)
        for socket, session in sockets.items():
            if not standing.welcomes(session.actor.person_id or 0, session.credential):
                self._sockets.pop(socket, None)
                # Apart: a reader that takes nothing keeps its own end waiting, and nobody else's.
                ending = asyncio.create_task(socket.end(FORBIDDEN, "Forbidden"))
                self._ending.add(ending)
                ending.add_done_callback(self._ending.discard)


_sessions: WeakKeyDictionary[asyncio.AbstractEventLoop, Sessions] = WeakKeyDictionary()


def sessions_of_loop() -> Sessions:
    """The sessions of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _sessions:
        _sessions[loop] = Sessions()
    return _sessions[loop]
