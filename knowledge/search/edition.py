"""How documents are indexed, in a word: the edition of the index that stands beside each of them.

A document of another edition was indexed by an earlier release, or with another model. It is still found, by what was
known of it then; a job indexes it anew (`knowledge.search.actions.renew`), so that nobody has to think of it.
"""

from __future__ import annotations

from typing import Final

from knowledge.search import minilm

EDITION: Final = 5
"""Changes with every change of what `analysis`, `languages`, `synonyms`, `documents` or `meaning` make of a text: a
test holds what they make of one, and fails until this has changed along."""


def edition() -> str:
    """The edition of what is indexed now."""
    return f"{EDITION}+{minilm.PACKAGE}" if minilm.is_on() else str(EDITION)
