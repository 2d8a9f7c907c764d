"""Texts as people write them, checked before they are kept."""

from __future__ import annotations

from typing import Final

from hub.lib.errors import Invalid

LONGEST: Final = 20_000


def checked_text(text: str, field: str, *, longest: int = LONGEST, required: bool = True, what: str = "") -> str:
    """The text without surrounding space. Raises `Invalid` when it is empty though required, or too long.

    Args:
        field: the input field that it came in.
        longest: the most characters.
        what: the text's name in a sentence, where that is not the field's: "root cause".
    """
    text = text.replace("\x00", "").strip()
    if required and not text:
        raise Invalid(f"The {what or field} is empty.", path=[field])
    if len(text) > longest:
        raise Invalid(f"The {what or field} has {len(text)} characters; {longest} is the most.", path=[field])
    return text


def checked_line(text: str, field: str, *, longest: int) -> str:
    """`checked_text` of one line: white space within it is folded."""
    return checked_text(" ".join(text.split()), field, longest=longest)
