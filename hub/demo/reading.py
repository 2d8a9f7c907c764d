"""Reads the content that the demonstration is made of."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import yaml

CONTENT: Final = Path(__file__).parent / "content"

# The parser in C takes a tenth of the time, which is most of a second in a newcomer's first start.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(text: str) -> Any:
    """What `text`, which is YAML, says."""
    return yaml.load(text, Loader=_LOADER)


def read_content(name: str) -> Any:
    """What the file of this name in `content` says."""
    return read((CONTENT / name).read_text())
