"""What of a document to show, and why it was found: from its passages and the plan. Pure, and the same everywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from knowledge.search import meaning
from knowledge.search.analysis import fold, term, words_at
from knowledge.search.documents import Content, Field, Passage
from knowledge.search.languages import looks, told
from knowledge.search.plan import Match, Plan
from knowledge.search.results import Highlight, Snippet
from knowledge.search.synonyms import PHRASES

SNIPPET: Final = 240
"""Characters of a snippet, about."""
LEAD: Final = 60
"""Characters before its first match, at most."""
MOST_REASONS: Final = 3

_SHOWN: Final = frozenset({Field.SUMMARY, Field.ROOT_CAUSE, Field.TEXT})
"""Fields that a snippet is cut from; the title, the causes and the rest are shown whole."""


@dataclass(frozen=True)
class Light:
    """A place of a passage that matched: `what` is the index of a slot, or of a phrase after the slots."""

    start: int
    end: int
    what: int


@dataclass(frozen=True)
class Explanation:
    """What an answer shows of one document."""

    title: Snippet
    snippet: Snippet
    reason: str


def explain(content: Content, plan: Plan) -> Explanation:
    """The document's title and best passage with what matched, and the reason in words."""
    hint = _hint(plan)
    lights = [(passage, _lights(passage, plan) if hint.hits(passage.text) else []) for passage in content.passages]
    title = next(Snippet(p.text, _merged(found)) for p, found in lights if p.field is Field.TITLE)
    shown = [(passage, found) for passage, found in lights if passage.field in _SHOWN]
    if plan.ranks and not any(found for _, found in lights):
        # Without a word of the query it was found by what it means, so the passage is shown that means it most.
        nearest = _nearest([passage for passage, _ in shown], plan)
        if nearest is not None:
            reason = f"{nearest.label}: in other words"
            return Explanation(title=title, snippet=_cut(nearest.text, [], 0), reason=reason)
    return Explanation(title=title, snippet=_best(shown), reason=_reason(lights, plan))


@dataclass(frozen=True)
class _Hint:
    """Tells quickly which passages cannot have matched, so that only the others are analysed."""

    pattern: re.Pattern[str]

    def hits(self, text: str) -> bool:
        folded = fold(text)
        return bool(self.pattern.search(folded) or ("-" in folded and self.pattern.search(folded.replace("-", ""))))


@lru_cache(maxsize=64)
def _hint(plan: Plan) -> _Hint:
    said = {word for slot in plan.slots for _, word in slot.words}
    # A short form is found by the last word of what it is short for, too.
    said |= {phrase.rsplit(" ", 1)[-1] for phrase, short in PHRASES.items() if short in said}
    said |= {phrase.split(" ")[0] for phrase in plan.phrases}
    return _Hint(re.compile("|".join(looks(word) for word in sorted(said)) or "(?!)"))


def _lights(passage: Passage, plan: Plan) -> list[Light]:
    slot_of = {one: index for index, slot in reversed(list(enumerate(plan.slots))) for one in slot.terms}
    lights = []
    if slot_of:
        for each in passage.words():
            index = slot_of.get(term(each.word))
            if index is not None:
                lights.append(Light(each.start, each.end, index))
    for index, phrase in enumerate(plan.phrases, start=len(plan.slots)):
        lights += [Light(start, end, index) for start, end in _places(passage.text, phrase.split(" "))]
    return sorted(lights, key=lambda light: (light.start, light.end))


def _places(text: str, wanted: Sequence[str]) -> Iterator[tuple[int, int]]:
    found = list(words_at(text))
    for first in range(len(found) - len(wanted) + 1):
        if all(found[first + offset][0] == word for offset, word in enumerate(wanted)):
            yield found[first][1], found[first + len(wanted) - 1][2]


def _merged(lights: Sequence[Light]) -> tuple[Highlight, ...]:
    """The places as ranges that do not touch each other."""
    ranges: list[Highlight] = []
    for light in lights:
        if ranges and light.start <= ranges[-1].end:
            ranges[-1] = Highlight(ranges[-1].start, max(ranges[-1].end, light.end))
        else:
            ranges.append(Highlight(light.start, light.end))
    return tuple(ranges)


def _best(passages: Sequence[tuple[Passage, list[Light]]]) -> Snippet:
    best: tuple[float, Passage, list[Light], int] | None = None
    for passage, lights in passages:
        for first, light in enumerate(lights):
            inside = [each for each in lights[first:] if each.end <= light.start + SNIPPET - LEAD]
            # Each thing found counts once, and further places only break ties.
            worth = len({each.what for each in inside}) + min(len(inside), 9) / 100
            if best is None or worth > best[0]:
                best = (worth, passage, lights, light.start)
    if best is None:
        return _cut(passages[0][0].text, [], 0) if passages else Snippet("")
    _, passage, lights, start = best
    return _cut(passage.text, lights, start)


def _nearest(passages: Sequence[Passage], plan: Plan) -> Passage | None:
    """The passage that comes nearest to what is asked for in meaning."""
    if not passages:
        return None
    asked, *vectors = meaning.embed([plan.meant, *(passage.text for passage in passages)])
    return passages[max(range(len(passages)), key=lambda place: float(vectors[place] @ asked))]


def _cut(text: str, lights: Sequence[Light], at: int) -> Snippet:
    """About `SNIPPET` characters of `text` around `at`, between words, from the start of the sentence if it is near."""
    start = _start_near(text, at)
    end = len(text) if len(text) - start <= SNIPPET else max(text.rfind(" ", start, start + SNIPPET), start)
    if end == start:
        end = min(len(text), start + SNIPPET)
    before, after = "… " if start else "", " …" if end < len(text) else ""
    kept = [light for light in lights if light.start >= start and light.end <= end]
    shift = len(before) - start
    moved = [Light(light.start + shift, light.end + shift, light.what) for light in kept]
    return Snippet(f"{before}{text[start:end]}{after}", _merged(moved))


def _start_near(text: str, at: int) -> int:
    if at <= LEAD:
        return 0
    window = text[at - LEAD : at]
    sentence = max(window.rfind(mark) + len(mark) if mark in window else 0 for mark in (". ", "? ", "! "))
    if sentence:
        return at - LEAD + sentence
    space = window.find(" ")
    return at - LEAD + space + 1 if space >= 0 else at


def _reason(lights: Sequence[tuple[Passage, list[Light]]], plan: Plan) -> str:
    """Where each word was found first, by the fields' weights: "Title: certificate · Root cause: expired"."""
    names = [_name(plan, index) for index in range(len(plan.slots) + len(plan.phrases))]
    found: dict[str, list[str]] = {}
    explained: set[str] = set()
    for passage, places in sorted(lights, key=lambda each: -each[0].field.weight):
        here = list(dict.fromkeys(names[light.what] for light in places))
        for each in here:
            if each not in explained:
                explained.add(each)
                found.setdefault(passage.label, []).append(each)
    return " · ".join(f"{label}: {', '.join(said)}" for label, said in list(found.items())[:MOST_REASONS])


def _name(plan: Plan, index: int) -> str:
    if index >= len(plan.slots):
        return f"“{plan.phrases[index - len(plan.slots)]}”"
    slot = plan.slots[index]
    if slot.match is Match.CORRECTED:
        return f"{' or '.join(slot.guessed)} (for {slot.typed})"
    return f"{slot.typed}…" if slot.match is Match.COMPLETED else told(slot.typed)
