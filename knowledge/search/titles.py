"""Titles that somebody may mean while they still type: of what they may read, and of nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db import connection

from hub.lib.errors import Invalid
from hub.lib.identity import Actor, acting_as
from knowledge.search.analysis import words
from knowledge.search.kinds import Kind
from knowledge.search.models import Document
from knowledge.search.query import LONGEST_QUERY
from knowledge.search.sources import SOURCES

MOST: Final = 8
SHORTEST: Final = 3
"""Letters that one of the words needs: so many make an entry of the index."""


@dataclass(frozen=True)
class Title:
    """The title of something that can be found."""

    kind: Kind
    record_id: int
    title: str


def titles(actor: Actor, typed: str, *, first: int = MOST) -> list[Title]:
    """Titles with all the words of `typed`, the last of which may be unfinished: those that begin so, then the newest.

    Raises `Invalid` for a text that is too long.
    """
    if len(typed) > LONGEST_QUERY:
        raise Invalid(f"The text is {len(typed):,} characters long; {LONGEST_QUERY:,} is the most.", path=["typed"])
    said = words(typed)
    if max(map(len, said), default=0) < SHORTEST:
        return []
    patterns = [f"% {word} %" for word in said[:-1]] + [f"% {said[-1]}%"]
    with acting_as(actor):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM app.titles_like(%s, %s, %s, %s)",
                [max(patterns, key=len), patterns, f" {' '.join(said)}%", first],
            )
            ids = [key for (key,) in cursor.fetchall()]
        documents = Document.objects.filter(pk__in=ids).defer("folded", "vectors")
        places = {(each.kind, each.record_id): ids.index(each.pk) for each in documents}
        found = [
            (places[kind, key], Title(kind, key, title))
            for kind, source in SOURCES.items()
            if (keys := [key for of, key in places if of == kind])
            for key, title in source.published(actor).filter(pk__in=keys).order_by().values_list("pk", "title")
        ]
        return [title for _, title in sorted(found, key=lambda each: each[0])]
