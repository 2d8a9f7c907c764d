"""Reviews that an organisation has already, read from files: JSON Lines, Markdown with front matter, HTML of a wiki.

Owns what such files look like. Does not own what becomes of them: `actions.importing` writes.
"""

from knowledge.postmortems.intake.pieces import LeftOut, Piece
from knowledge.postmortems.intake.reading import Unreadable, read

__all__ = ["LeftOut", "Piece", "Unreadable", "read"]
