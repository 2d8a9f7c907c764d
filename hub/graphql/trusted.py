"""Trusted documents: operations that were loaded beforehand, and that clients name by the SHA-256 of their text.

`manage.py documents` writes them, by their digests, into the file that `HUB_TRUSTED_DOCUMENTS` names. A hub can be set
to carry out nothing else (`HUB_TRUSTED_DOCUMENTS_ONLY`), and a bearer token can be bound to some of them: then it opens
the API for these operations, and nothing else of the hub.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

import orjson
from django.conf import settings
from graphql import GraphQLError

from hub.lib.api.errors import refused

DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def digest_of(text: str) -> str:
    """The name of a document: the SHA-256 of its text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def documents() -> Mapping[str, str]:
    """The trusted documents by their digests. A file that has changed is read again."""
    name = settings.TRUSTED_DOCUMENTS
    if not name:
        return {}
    try:
        return _read(name, Path(name).stat().st_mtime_ns)
    except FileNotFoundError:
        return {}


@lru_cache(maxsize=4)
def _read(name: str, changed: int) -> Mapping[str, str]:
    texts: dict[str, str] = orjson.loads(Path(name).read_bytes())
    return texts


def refusal(text: str, bound_to: Collection[str] | None) -> GraphQLError | None:
    """Why a document may not be carried out here, or for a token that is bound to some; None where it may."""
    if bound_to is not None and digest_of(text) not in bound_to:
        return refused("DOCUMENT_NOT_ALLOWED", "This token is bound to other documents.")
    if settings.TRUSTED_DOCUMENTS_ONLY and digest_of(text) not in documents():
        return refused("DOCUMENT_NOT_TRUSTED", "Only trusted documents are carried out here; this is none of them.")
    return None
