"""The enums of the catalog."""

from hub.catalog.models import Sensitivity
from hub.lib.api import choices

choices(
    Sensitivity,
    name="DataSensitivity",
    description="How much harm is done when data gets out, on a scale.",
    values={
        "PUBLIC": "None: everybody may read it.",
        "INTERNAL": "Little: it is for people of the enterprise.",
        "CONFIDENTIAL": "Much: it is for those who need it.",
        "SECRET": "Very much: law or contract protects it.",
    },
)

__all__ = ["Sensitivity"]
