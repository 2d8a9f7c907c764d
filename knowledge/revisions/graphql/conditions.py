"""What texts are filtered by, and shown as, that no column holds."""

from __future__ import annotations

from django.db.models import Q

from hub.lib.api import me, now, plain


@plain
def is_stale(prefix: str, wanted: bool = True) -> Q:
    """Whether nobody has looked for too long whether a text in use still holds."""
    late = Q(
        **{
            f"{prefix}current__isnull": False,
            f"{prefix}retired_at__isnull": True,
            f"{prefix}check_due_at__isnull": False,
            f"{prefix}check_due_at__lt": now(),
        }
    )
    return late if wanted else ~late


@plain
def is_in_use(prefix: str, wanted: bool = True) -> Q:
    """Whether a revision was approved, and it is not retired."""
    used = Q(**{f"{prefix}current__isnull": False, f"{prefix}retired_at__isnull": True})
    return used if wanted else ~used


@plain
def is_mine(prefix: str, wanted: bool) -> Q:
    """Whether who asks looks after it."""
    mine = Q(**{f"{prefix}owner": me()})
    return mine if wanted else ~mine
