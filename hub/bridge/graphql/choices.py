"""The enums of the bridge."""

from hub.bridge.models import Direction, LinkState
from hub.lib.api import choices

choices(
    LinkState,
    name="SecurityLinkState",
    description="How far the investigation of a suspected breach is, in the words that the IT side gets.",
    values={
        "ASKED": "Security was asked to look.",
        "INVESTIGATING": "Security investigates.",
        "CONTAINED": "Security has contained it.",
        "DISMISSED": "Security found no breach.",
        "OVER": "Security is done.",
    },
)
choices(
    Direction,
    name="CrossingDirection",
    description="Which way something crossed the bridge.",
    values={"TO_IT": "It was shown to the IT side.", "TO_SECURITY": "It was passed to security."},
)

__all__ = ["Direction", "LinkState"]
