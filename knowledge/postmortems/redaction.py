"""What in a text tells of people: names, e-mail addresses, phone numbers and IP addresses. Pure.

Names are those of people in the hub: in full, or a first or last name alone where it begins with a capital letter. It
is a proposal for who discloses a text, and what is left is shown to who approves it: no rule finds everything.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Personal(StrEnum):
    """A kind of personal data. The values stand in the place of what is taken out."""

    NAME = "name"
    EMAIL = "e-mail address"
    PHONE = "phone number"
    IP = "IP address"


@dataclass(frozen=True)
class Finding:
    """A place of a text, from `start` up to but not with `end`, in characters."""

    start: int
    end: int
    kind: Personal
    text: str


_EMAIL: Final = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_IPV4: Final = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)")
_IPV6: Final = re.compile(r"(?<![\w:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w:])")
# International, or with an area code in brackets or after a 0: whatever else has digits is a figure.
_PHONE: Final = re.compile(r"(?<![\w.])(?:\+\d{1,3}|\(0?\d{2,5}\)|0\d{2,5})[ /.-]?(?:\(0\))?(?:[ /.-]?\d){5,12}(?!\w)")
_FORMS: Final = (
    (_EMAIL, Personal.EMAIL),
    (_IPV4, Personal.IP),
    (_IPV6, Personal.IP),
    (_PHONE, Personal.PHONE),
)
_DIGITS: Final = re.compile(r"\d")
SHORTEST_NAME: Final = 3


def find(text: str, names: Iterable[str]) -> list[Finding]:
    """What in `text` tells of people, in order, without overlaps; the longest where several begin at one place."""
    found = sorted([*_by_form(text), *_by_name(text, names)], key=lambda each: (each.start, -each.end))
    kept: list[Finding] = []
    for each in found:
        if not kept or each.start >= kept[-1].end:
            kept.append(each)
    return kept


def redact(text: str, names: Iterable[str]) -> str:
    """The text with each finding replaced: "[name removed]"."""
    pieces, place = [], 0
    for each in find(text, names):
        pieces += [text[place : each.start], f"[{each.kind} removed]"]
        place = each.end
    return "".join([*pieces, text[place:]])


def _by_form(text: str) -> Iterator[Finding]:
    for pattern, kind in _FORMS:
        for match in pattern.finditer(text):
            if kind is Personal.IP and not _is_address(match.group()):
                continue
            yield Finding(match.start(), match.end(), kind, match.group())


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    # "::" alone is an operator in many languages; times of day have no letters and few groups.
    return bool(_DIGITS.search(text)) or any(letter in "abcdef" for letter in text.lower())


def _by_name(text: str, names: Iterable[str]) -> Iterator[Finding]:
    forms = _forms(names)
    if not forms:
        return
    pattern = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, forms)) + r")(?!\w)")
    for match in pattern.finditer(text):
        yield Finding(match.start(), match.end(), Personal.NAME, match.group())


def _forms(names: Iterable[str]) -> Sequence[str]:
    """Full names, and their parts where those are long enough to be a name and no word; the longest first."""
    forms = set()
    for name in names:
        parts = name.split()
        forms.add(name.strip())
        if len(parts) > 1:
            forms |= {part for part in parts if len(part) >= SHORTEST_NAME and part[0].isupper() and part not in _WORDS}
    return sorted(filter(None, forms), key=lambda form: (-len(form), form))


_WORDS: Final = frozenset({
    "April", "August", "May", "June", "March", "Will", "Mark", "Grant", "Hill", "Long", "Young", "King", "Price",
    "Day", "Rich", "Frank", "Art", "Bill", "Rose", "Grace", "Hope", "Faith", "Summer", "Winter", "Page", "Power",
    "Cook", "Baker", "Wood", "Stone", "Field", "Brown", "White", "Black", "Green", "Gray",
})  # fmt: skip
"""Names that are words as well: alone they are left, in a full name they are found."""
