"""Placeholders in a unit's wording: {reference} stands for a fact. Pure.

Only names that are known stand for something; nothing else is looked up, so a template cannot reach into an object.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from hub.lib.errors import Invalid

PLACEHOLDERS: Final[Mapping[str, str]] = {
    "reference": "what people call the incident: PAY-142",
    "title": "its title",
    "severity": "its severity: SEV2",
    "status": "the stage that it has reached",
    "service": "the service that is affected first",
    "unit": "the unit it belongs to",
    "commander": "who leads it",
    "age": "how long ago it was declared",
}

_MARK: Final = re.compile(r"\{([a-z_]+)\}")


def fill(text: str, facts: Mapping[str, str]) -> str:
    """The text with its placeholders replaced; a fact that is not known stays a dash."""
    return _MARK.sub(lambda found: (facts.get(found[1]) or "–") if found[1] in PLACEHOLDERS else found[0], text)


def check_placeholders(text: str, field: str) -> None:
    """Raises `Invalid` for a placeholder that stands for nothing."""
    unknown = [name for name in _MARK.findall(text) if name not in PLACEHOLDERS]
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        raise Invalid(f"{{{unknown[0]}}} stands for nothing: there are {known}.", path=[field])
