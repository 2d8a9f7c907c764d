"""What to call a term for a reader: the reader's language wins, then the unit's own name, then the global one.

Pure. The same rule stands once in SQL (`app.term_name`), for lists; a test holds both to the same answers. Language
tags are compared as RFC 4647 does in its basic filtering, first whole and then by their primary part.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from hub.lib.errors import Invalid

OWN_LANGUAGE: Final = "en"
"""The language in which terms themselves are written."""

_TAG: Final = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*")


@dataclass(frozen=True)
class Called:
    """A name of a term.

    Attributes:
        is_local: whether it is the unit's word, and not everybody's.
        is_own: whether it is the term's own name, and no further one.
    """

    name: str
    language: str
    is_local: bool = False
    is_own: bool = False


def best_name(names: Iterable[Called], language: str) -> str:
    """The one of at least one name that a reader of `language` shall see."""
    wanted = language.lower()

    def order(called: Called) -> tuple[bool, bool, bool, bool, bool, str]:
        tag = called.language.lower()
        return (
            tag != wanted,
            tag.split("-")[0] != wanted.split("-")[0],
            not called.is_local,
            not called.is_own,
            tag != OWN_LANGUAGE,
            called.language,
        )

    return min(names, key=order).name


def checked_language(tag: str, *path: str) -> str:
    """The language tag in small letters. Raises `Invalid` for what is none by the shape of BCP 47."""
    tag = tag.strip()
    if len(tag) > 16 or not _TAG.fullmatch(tag):
        raise Invalid(f"“{tag[:40]}” is no language: write a tag such as de or pt-BR.", path=path or ["language"])
    return tag.lower()
