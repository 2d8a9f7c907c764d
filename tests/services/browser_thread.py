"""Playwright's blocking interface on a thread of its own.

That interface keeps an event loop marked as running on the thread that uses it. On the thread of the tests, Django
would then refuse every query, `async_to_sync` every call, and asynchronous tests would not start. So the objects of
Playwright stay on one other thread, and tests hold a `Remote` for each, which passes every use on and waits for it.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from threading import current_thread
from typing import Any, TypeVar

T = TypeVar("T")


class BrowserThread:
    """Runs what it is given, one at a time, always on the same thread."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="browser")
        self._thread = self._executor.submit(current_thread).result()

    def run(self, work: Callable[[], T]) -> T:
        """Do the work on the thread and return its result, or raise its error."""
        if current_thread() is self._thread:
            return work()
        return self._executor.submit(work).result()

    def wrap(self, value: Any) -> Any:
        """What a caller outside the thread may hold in place of this value: plain data stays as it is."""
        if isinstance(value, list):
            return [self.wrap(item) for item in value]
        return Remote(self, value) if callable(value) or _belongs_to_playwright(value) else value

    def unwrap(self, value: Any) -> Any:
        """What Playwright is to be given in place of this value; a callback gets its arguments wrapped."""
        if isinstance(value, Remote):
            return object.__getattribute__(value, "_target")
        if isinstance(value, list):
            return [self.unwrap(item) for item in value]
        return self._callback(value) if callable(value) else value

    def _callback(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)  # Playwright counts the parameters
        def call(*arguments: Any) -> Any:
            return self.unwrap(function(*map(self.wrap, arguments)))

        return call

    def close(self) -> None:
        self._executor.shutdown()


class Remote:
    """Stands outside the thread for an object that stays on it."""

    __slots__ = ("_target", "_thread")

    def __init__(self, thread: BrowserThread, target: Any) -> None:
        self._thread = thread
        self._target = target

    def __getattr__(self, name: str) -> Any:
        return self._thread.wrap(self._thread.run(lambda: getattr(self._target, name)))

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        positional = [self._thread.unwrap(argument) for argument in arguments]
        named = {name: self._thread.unwrap(option) for name, option in options.items()}
        return self._thread.wrap(self._thread.run(lambda: self._target(*positional, **named)))

    def apply(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call the function on the thread, with what this stands for as its first argument."""
        return Remote(self._thread, function)(self, *arguments)

    def __enter__(self) -> Any:
        return self._thread.wrap(self._thread.run(self._target.__enter__))

    def __exit__(self, *exception: object) -> Any:
        return self._thread.run(lambda: self._target.__exit__(*exception))

    def __eq__(self, other: object) -> bool:
        return bool(self._target == self._thread.unwrap(other))

    def __hash__(self) -> int:
        return hash(self._target)

    def __repr__(self) -> str:
        return repr(self._target)


def _belongs_to_playwright(value: Any) -> bool:
    """Its exceptions and timeouts are plain values; its pages, locators and waits are not."""
    return type(value).__module__.startswith("playwright.") and not isinstance(value, BaseException)
