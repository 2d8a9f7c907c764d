"""Who a socket belongs to, and for how long: it ends within seconds of its token, its sign-in or its person."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final, Protocol
from weakref import WeakKeyDictionary

from django.contrib.sessions.models import Session as SignIn

from hub.lib import clock, identity
from hub.lib.identity import Actor
from hub.live.access import rights_of, tokens_alive
from hub.live.feed import in_thread
from tenants import tokens

CHECK_SECONDS: Final = 2.0
FORBIDDEN: Final = 4403


@dataclass(frozen=True)
class Session:
    """The identity of a socket, and what it rests on: the token's digest, or the key of the sign-in's session."""

    actor: Actor
    digest: bytes | None = None
    sign_in: str | None = None


class Closable(Protocol):
    async def end(self, code: int, reason: str) -> None: ...


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
        return Session(actor, tokens.digest(token))
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

    def join(self, session: Session, socket: Closable) -> None:
        """Look after a socket from now on."""
        self._sockets[socket] = session
        if self._watch is None:
            self._watch = asyncio.create_task(self._run())

    def leave(self, session: Session | None, socket: Closable) -> None:
        """Forget a socket."""
        self._sockets.pop(socket, None)
        if not self._sockets and self._watch is not None:
            self._watch.cancel()
            self._watch = None

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            try:
                await self._check()
            except Exception:  # the database is away: the feed says so, and sockets stay as they are
                continue

    async def _check(self) -> None:
        sockets = dict(self._sockets)
        digests = [session.digest for session in sockets.values() if session.digest is not None]
        people = {session.actor.person_id or 0 for session in sockets.values()}
        alive = await in_thread(tokens_alive, digests)
        active = await in_thread(rights_of, sorted(people))
        signed_in = await in_thread(_signed_in, {session.sign_in for session in sockets.values() if session.sign_in})
        for socket, session in sockets.items():
            rests = session.digest in alive if session.digest is not None else session.sign_in in signed_in
            if not (rests and session.actor.person_id in active):
                self._sockets.pop(socket, None)
                await socket.end(FORBIDDEN, "Forbidden")


def _signed_in(keys: set[str]) -> frozenset[str]:
    """Which of these sessions nobody has signed out of yet, and that have not expired."""
    if not keys:
        return frozenset()
    found = SignIn.objects.filter(session_key__in=keys, expire_date__gt=clock.now())
    return frozenset(found.values_list("session_key", flat=True))


_sessions: WeakKeyDictionary[asyncio.AbstractEventLoop, Sessions] = WeakKeyDictionary()


def sessions_of_loop() -> Sessions:
    """The sessions of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _sessions:
        _sessions[loop] = Sessions()
    return _sessions[loop]
