"""What an event is: a frozen dataclass in the past tense, defined in its area's `events.py`.

An action records an event with `hub.live.outbox.record`; `hub.config.reactions` says which jobs follow from it;
subscribers receive it once the sequencer has given it a place in its stream.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, kw_only=True)
class Event:
    """Base of all events.

    Attributes:
        unit_id: the business unit whose people may see the event.
        incident_id: the incident it belongs to, if any; its feed shows the event.
        restricted: whether only explicit grants on the incident show it.
    """

    unit_id: int
    incident_id: int | None = None
    restricted: bool = False

    name: ClassVar[str]
    registry: ClassVar[dict[str, type[Event]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.name = cls.__name__
        if cls.name in Event.registry:
            raise TypeError(f"two events are called {cls.name}")
        Event.registry[cls.name] = cls

    @classmethod
    def fields(cls) -> tuple[str, ...]:
        """The names of the event's own fields."""
        base = {field.name for field in dataclasses.fields(Event)}
        return tuple(field.name for field in dataclasses.fields(cls) if field.name not in base)

    def payload(self) -> dict[str, Any]:
        """The event's own fields: ids and small facts as JSON values, never text that a reader might not see."""
        return {name: getattr(self, name) for name in self.fields()}
