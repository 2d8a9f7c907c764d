"""What areas above this one show in an incident's room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from django.conf import settings
from django.utils.module_loading import import_string

from hub.incidents.models import Incident
from hub.lib.identity import Actor


@dataclass(frozen=True)
class Panel:
    """A panel of the room's side: a template and what it needs."""

    template: str
    context: dict[str, Any] = field(default_factory=dict)


PanelOf: TypeAlias = Callable[[Actor, Incident], Panel | None]


def panels(actor: Actor, incident: Incident) -> list[Panel]:
    """The panels that have something to show to this person (`HUB_ROOM_PANELS`)."""
    makers: list[PanelOf] = [import_string(path) for path in settings.HUB_ROOM_PANELS]
    return [panel for make in makers if (panel := make(actor, incident)) is not None]
