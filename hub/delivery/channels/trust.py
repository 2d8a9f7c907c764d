"""Whom the hub trusts at the other end of a connection."""

from __future__ import annotations

import os
import ssl
from functools import cache


@cache
def trust(authorities: str | None = None, *, is_verified: bool) -> ssl.SSLContext:
    """What checks certificates. To read a list of authorities takes longer than to send a mail, so it is read once.

    Args:
        authorities: a file or a folder of certificates; None for the machine's own.
        is_verified: whether anything is checked at all.
    """
    is_folder = authorities is not None and os.path.isdir(authorities)
    context = ssl.create_default_context(
        cafile=None if is_folder else authorities, capath=authorities if is_folder else None
    )
    if not is_verified:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
