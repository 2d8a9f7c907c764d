"""Finds wording that blames. A review asks how the system let it happen; findings are hints, never a refusal.

Pure: a text and the names that may stand in it go in, findings come out. Code, quotations and links are other
people's words and are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One piece of blaming wording.

    Attributes:
        sentence: where it stands.
        phrase: what it says, as written.
        suggestion: what to write instead, in a sentence.
    """

    sentence: str
    phrase: str
    suggestion: str


PEOPLE: Final = (
    r"(?:the |an? |our |one )?(?:(?:on-?call|junior|senior|new) )?"
    r"(?:engineer|developer|operator|administrator|admin|responder|colleague|employee|contractor|person|intern"
    r"|individual|somebody|someone|manager|dba|sre|on-?call)s?"
)
PRONOUNS: Final = r"(?:s?he)"
FAULTS: Final = (
    r"(?:forgot(?:ten)?(?: to)?|failed to|neglected|ignored|overlooked|misread|mistyped|misunderstood|broke|botched"
    r"|did ?n[o'’]t (?:bother|notice|check|think|know|care|pay attention)|should(?: ?n[o'’]t| not)? have"
    r"|could have (?:checked|noticed|asked|known|seen|caught)"
    r"|was (?:to blame|at fault|wrong|careless|negligent)|were (?:to blame|at fault|wrong|careless)"
    r"|(?:was|were) responsible(?! for)"
    r"|(?:was|were) responsible for (?:the|this|that) (?:outage|incident|failure|error|mistake|problem|downtime)"
    r"|made (?:an?|the) (?:\w+ )?(?:mistake|error|slip)|caused|is to blame)"
)

WORDS: Final = (
    (
        r"(?:human|operator|user|pilot) error|fat[- ]finger(?:ed|ing)?",
        "Say what made the slip possible: what the person saw, and what would have caught it.",
    ),
    (
        r"careless(?:ly|ness)?|negligen(?:t|tly|ce)|incompeten(?:t|tly|ce)|sloppy|sloppily|laz(?:y|iness)|stupid(?:ly|ity)?"
        r"|reckless(?:ly|ness)?|unprofessional|inattenti(?:ve|veness|on)"
        r"|(?:rookie|beginner['’]?s?|silly|dumb) (?:mistake|error)s?|dropped the ball|(?:screwed|messed) up"
        r"|asleep at the wheel",
        "Describe what was done and what the situation looked like then; leave the character out.",
    ),
    (
        r"to blame|blamed?|at fault|culprits?|guilty|whose fault|\w+['’]s (?:own )?(?:fault|mistake|blunder)"
        r"|(?:the )?(?:fault|blame) (?:lies|lay|is|was) with",
        "Name the condition instead: what had to be true for this to happen?",
    ),
    (
        r"should(?: ?n[o'’]t| not)? have|ought(?: not)? to have"
        r"|could (?:easily |simply )?have been (?:prevented|avoided|noticed|caught)",
        "Hindsight knows the ending. Say what happened and why it made sense then; put the wish among the actions.",
    ),
    (
        r"obviously|was obvious(?! once| after)|common sense|anyone (?:would|could) have|everybody knows"
        r"|simply (?:forgot|failed)"
        r"|clearly (?:wrong|failed|forgot|missed)",
        "It was not obvious then. Say what could be seen at the time, and where.",
    ),
    (
        r"(?:failed|failure) to follow|violat(?:ed|ion of)(?: the)? (?:procedure|process|policy|rules?)"
        r"|did(?: ?n[o'’]t| not) follow",
        "Say what the procedure asked, what was done instead, and what made that the easier way.",
    ),
)
EXCULPATES: Final = re.compile(r"(?<!\w)(?:nobody|no one|none of us)(?!\w)", re.IGNORECASE)
"""A sentence that says of nobody what is looked for blames nobody."""

_WORDS: Final = tuple((re.compile(rf"(?<![\w'])(?:{words})(?!\w)", re.IGNORECASE), advice) for words, advice in WORDS)

ABOUT_A_PERSON: Final = "Write about the role and the situation: what did whoever was there see, and what let it go on?"

# What is cut out: code fences, inline code, quotations, addresses.
_OTHERS_WORDS: Final = re.compile(
    r"^(`{3,}|~{3,}).*?(?:^\1`*~*\s*$|\Z)|`[^`\n]*`|“[^”]*”|\"[^\"\n]*\"|<https?://[^>\s]*>|\]\([^)\s]*\)|https?://\S+|^>.*$",
    re.MULTILINE | re.DOTALL,
)
_SENTENCE_END: Final = re.compile(r"(?<=[.!?…])\s+(?=[\"“(*_]*[A-Z0-9])|\n\s*\n|\n(?=\s*(?:[-*+|#]|\d+[.)])\s?)")


def find(text: str, names: Iterable[str] = ()) -> list[Finding]:
    """Every piece of blaming wording in a Markdown text, in reading order.

    Args:
        names: full names of the people who were involved; a first name counts where it is capitalised.
    """
    about_people = _about_people(names)
    findings = []
    for sentence in sentences(text):
        if EXCULPATES.search(sentence):
            continue
        taken: list[tuple[int, int]] = []
        found: list[tuple[int, Finding]] = []
        for pattern, advice in ((about_people, ABOUT_A_PERSON), *_WORDS):
            for match in pattern.finditer(sentence):
                if any(match.start() < end and start < match.end() for start, end in taken):
                    continue
                taken.append(match.span())
                phrase = match.group().strip()
                found.append((match.start(), Finding(sentence=sentence, phrase=phrase, suggestion=advice)))
        findings += [finding for _, finding in sorted(found, key=lambda each: each[0])]
    return findings


def sentences(text: str) -> Iterator[str]:
    """The sentences, list items and table rows of a Markdown text, without code and quotations."""
    own = _OTHERS_WORDS.sub(" … ", text)
    for piece in _SENTENCE_END.split(own):
        sentence = " ".join(piece.split()).strip("-*+|# ")
        if sentence:
            yield sentence


def _about_people(names: Iterable[str]) -> re.Pattern[str]:
    """Somebody, by name, role or pronoun, and within three words what they are reproached with."""
    known = {word for name in names for word in (name.strip(), name.strip().split(" ")[0]) if len(word) > 1}
    # Names keep their capitals, since many first names are also words: Will, Mark, Grace.
    called = [rf"(?-i:{re.escape(name)})" for name in sorted(known, key=len, reverse=True)]
    someone = "|".join([*called, PEOPLE, PRONOUNS])
    return re.compile(rf"(?<![\w'])(?:{someone})(?:\s+[\w'-]+){{0,3}}?\s+{FAULTS}(?!\w)", re.IGNORECASE)
