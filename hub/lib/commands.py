"""What management commands have in common."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError
from django.db import OperationalError, ProgrammingError

from hub.lib.errors import HubError


@contextmanager
def failing_in_a_sentence() -> Iterator[None]:
    """Around a command's work: what it cannot do, also for want of a database, is one sentence and status 1."""
    try:
        yield
    except HubError as error:
        raise CommandError(error.message) from error
    except OperationalError as error:
        raise CommandError("The hub's database does not answer: start the hub, or check its address.") from error
    except ProgrammingError as error:
        raise CommandError("The hub's database is not set up yet: start the hub once.") from error
