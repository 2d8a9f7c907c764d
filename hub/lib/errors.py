"""The family of errors that people and clients see.

Each error carries a stable `code`, one plain sentence, and the path of the input field at fault (empty when no
field is). Actions raise them; one mapper each turns them into GraphQL errors (`hub.lib.api.errors`) and into pages
(`hub.web.middleware`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")
U = TypeVar("U")


class HubError(Exception):
    """Base of every error with a meaning to the caller.

    Args:
        message: one sentence that says what is wrong and, where it helps, what to do now.
        path: where in the input, outermost name first, in the caller's spelling (camelCase for GraphQL input).
    """

    code = "INTERNAL"
    status = 500

    def __init__(self, message: str, *, path: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.path = tuple(path)

    def at(self, *prefix: str) -> HubError:
        """The same error with `prefix` before its path: for an action that calls another on part of its input."""
        self.path = (*prefix, *self.path)
        return self


class NotFound(HubError):
    """The thing does not exist, or the actor may not know that it does: deliberately the same answer."""

    code = "NOT_FOUND"
    status = 404

    def __init__(self, noun: str, *, path: Sequence[str] = ()) -> None:
        super().__init__(f"There is no such {noun}, or you may not see it.", path=path)


class Forbidden(HubError):
    """The actor sees the object but may not do this to it."""

    code = "FORBIDDEN"
    status = 403


class Unauthenticated(HubError):
    """Nobody is signed in, or the token is unknown, expired or revoked."""

    code = "UNAUTHENTICATED"
    status = 401


class Invalid(HubError):
    """A value of the input cannot be accepted."""

    code = "INVALID"
    status = 400


class Conflict(HubError):
    """The object is not in a state that allows this; somebody else may have been faster."""

    code = "CONFLICT"
    status = 409


class InvalidMany(Invalid):
    """Several values are wrong at once, so that a form can show all of them."""

    def __init__(self, errors: Sequence[HubError]) -> None:
        super().__init__(" ".join(error.message for error in errors))
        self.errors = tuple(errors)


def checked_each(name: str, items: Iterable[T], check: Callable[[T], U]) -> list[U]:
    """What `check` makes of each item of the input's list `name`. Raises `InvalidMany` with the path of each fault."""
    checked: list[U] = []
    faults: list[HubError] = []
    for number, item in enumerate(items):
        try:
            checked.append(check(item))
        except Invalid as fault:
            faults.append(fault.at(name, str(number)))
    if faults:
        raise InvalidMany(faults)
    return checked


def check_version(begun_from: int, now: int, what: str = "It") -> None:
    """Raises `Conflict` where somebody writes from another version than there is now: it was changed meanwhile."""
    if begun_from != now:
        raise Conflict(f"{what} was changed while you wrote: open it again and see what it says now.", path=["version"])


class TooMany(HubError):
    """A limit was reached; try again later or with less."""

    code = "TOO_MANY"
    status = 429


@contextmanager
def within(*prefix: str) -> Iterator[None]:
    """Errors of the block say that they are about this part of the input: what an id names is looked up there."""
    try:
        yield
    except HubError as error:
        raise error.at(*prefix) from None
