"""What in a text tells of people: names, e-mail addresses, phone, account and card numbers, and IP addresses. Pure.

Names are those of people in the hub: in full in any spelling that people give them (without accents, ü as ue, all in
capitals), or a first or last name alone where it begins with a capital letter. Account and card numbers are those whose
check digits are right. It is a proposal for who discloses a text, and what is left is shown to who approves it: no rule
finds everything.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Personal(StrEnum):
    """A kind of personal data. The values stand in the place of what is taken out."""

    NAME = "name"
    EMAIL = "e-mail address"
    PHONE = "phone number"
    ACCOUNT = "account or card number"
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
_ACCOUNT: Final = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?!\w)")
_CARD: Final = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-]|\.\d)")
_FORMS: Final = (
    (_ACCOUNT, Personal.ACCOUNT),
    (_CARD, Personal.ACCOUNT),
    (_EMAIL, Personal.EMAIL),
    (_IPV4, Personal.IP),
    (_IPV6, Personal.IP),
    (_PHONE, Personal.PHONE),
)
_DIGITS: Final = re.compile(r"\d")
SHORTEST_NAME: Final = 3
SHORTEST_ACCOUNT: Final = 15
SHORTEST_CARD: Final = 13


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
            said = match.group()
            if kind is Personal.IP and not _is_address(said):
                continue
            if kind is Personal.ACCOUNT:
                said = _account(said)
            if said:
                yield Finding(match.start(), match.start() + len(said), kind, said)


def _account(text: str) -> str:
    """As much of it as is the number of an account or a card: what follows one may look like its end."""
    while text:
        bare = re.sub(r"[ -]", "", text)
        if _is_account(bare) if bare[0].isalpha() else _is_card(bare):
            return text
        text = text[:-1].rstrip(" -")
    return ""


def _is_account(bare: str) -> bool:
    """Whether it is an IBAN (ISO 13616): what its letters and digits make, divided by 97, leaves 1."""
    digits = "".join(str(int(each, 36)) for each in bare[4:] + bare[:4])
    return len(bare) >= SHORTEST_ACCOUNT and int(digits) % 97 == 1


def _is_card(bare: str) -> bool:
    """Whether it is a payment card's number by its last digit (ISO/IEC 7812, Luhn), and not all the same digit."""
    if len(bare) < SHORTEST_CARD or len(set(bare)) == 1 or bare[0] not in "23456":
        return False
    doubled = (int(each) * (1 + place % 2) for place, each in enumerate(reversed(bare)))
    return sum(each - 9 if each > 9 else each for each in doubled) % 10 == 0


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    # "::" alone is an operator in many languages; times of day have no letters and few groups.
    return bool(_DIGITS.search(text)) or any(letter in "abcdef" for letter in text.lower())


def _by_name(text: str, names: Iterable[str]) -> Iterator[Finding]:
    # Most people stand in no text: looking for those who may is a hundred times as fast as looking for all.
    said = {word.removesuffix("s") for word in _words(text)}
    whole, parts = _forms(name for name in names if any(word.removesuffix("s") in said for word in _words(name)))
    for forms, flags in ((whole, re.IGNORECASE), (parts, re.NOFLAG)):
        if forms:
            either = "|".join(map(_pattern, forms))
            # In some languages the name of whoever owns something has an s without an apostrophe.
            for match in re.finditer(rf"(?<!\w)(?:{either})s?(?!\w)", text, flags):
                yield Finding(match.start(), match.end(), Personal.NAME, match.group())


def _forms(names: Iterable[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Full names, and their parts where those are long enough to be a name and no word; the longest first."""
    whole: set[str] = set()
    single: set[str] = set()
    for name in names:
        parts = name.split()
        if len(parts) > 1:
            capital = {
                part for part in parts if len(part) >= SHORTEST_NAME and part[0].isupper() and part not in _WORDS
            }
            single |= {spelt for part in capital for spelt in _spellings(part)}
            single |= {spelt.upper() for part in capital for spelt in _spellings(part)}
        # A name of one word may be a word: it counts as it is written.
        (whole if len(parts) > 1 else single).update(_spellings(" ".join(parts)))
    return _longest_first(whole), _longest_first(single)


def _words(text: str) -> set[str]:
    """The words of a text in every spelling that a name may have, without case."""
    return {word for spelt in _spellings(text) for word in re.findall(r"\w+", _bare(spelt).lower())}


def _spellings(name: str) -> set[str]:
    """A name as it is written, its accents as characters of their own, or without them, and ü as ue."""
    together = unicodedata.normalize("NFC", name)
    return {together, unicodedata.normalize("NFD", name), _bare(name), together.translate(_WRITTEN_OUT)}


def _bare(name: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFD", name) if not unicodedata.combining(each))


def _pattern(name: str) -> str:
    """How a name is looked for: with any space between its parts, and any apostrophe."""
    return re.escape(name).replace(r"\ ", r"\s+").replace("'", "['’]").replace("’]’]", "’]")


def _longest_first(forms: set[str]) -> Sequence[str]:
    return sorted(filter(None, forms), key=lambda form: (-len(form), form))


_WRITTEN_OUT: Final = str.maketrans({
    "ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "ø": "oe", "å": "aa",
})  # fmt: skip
_WORDS: Final = frozenset({
    "April", "August", "May", "June", "March", "Will", "Mark", "Grant", "Hill", "Long", "Young", "King", "Price",
    "Day", "Rich", "Frank", "Art", "Bill", "Rose", "Grace", "Hope", "Faith", "Summer", "Winter", "Page", "Power",
    "Cook", "Baker", "Wood", "Stone", "Field", "Brown", "White", "Black", "Green", "Gray",
})  # fmt: skip
"""Names that are words as well: alone they are left, in a full name they are found."""
