"""Known errors that look like an incident: how somebody lived with this before.

They are few and short, so all that the reader may read are compared with the incident, by what they mean. Nothing else
than those decides what is offered, and in which order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hub.incidents import access as incidents
from hub.lib.identity import Actor, acting_as
from knowledge.problems import access as problems
from knowledge.problems.models import Problem
from knowledge.search import meaning

MOST: Final = 3
MOST_COMPARED: Final = 500
"""The latest known ones: what is older and was never resolved is found by searching."""

ALIKE: Final = 0.38
"""The cosine from which an incident looks like a known error."""
SAME_SERVICE: Final = 0.1
"""What the same service adds: the same words about another service say less."""


@dataclass(frozen=True)
class Offer:
    """A known error, and whether somebody linked the incident to it already."""

    problem: Problem
    likeness: float
    is_linked: bool


def known_errors_alike(actor: Actor, incident_id: int, *, first: int = MOST) -> list[Offer]:
    """Known errors that `actor` may read and that the incident looks like: the linked ones, then the most alike.

    Raises `NotFound` for the incident.
    """
    with acting_as(actor):
        incident = incidents.incident_for(actor, incident_id)
        known = list(problems.known_errors(actor).select_related("unit", "service")[:MOST_COMPARED])
        if not known:
            return []
        linked = set(problems.problems_of(actor, incident).values_list("pk", flat=True))
        said, *described = meaning.embed(
            [f"{incident.title} {incident.summary}", *(f"{each.title} {each.symptoms}" for each in known)]
        )
        offers = [
            Offer(each, float(said @ vector) + SAME_SERVICE * _is_of(each, incident.service_id), each.pk in linked)
            for each, vector in zip(known, described, strict=True)
        ]
        chosen = [offer for offer in offers if offer.is_linked or offer.likeness >= ALIKE]
        return sorted(chosen, key=lambda offer: (not offer.is_linked, -offer.likeness, offer.problem.pk))[:first]


def _is_of(problem: Problem, service_id: int | None) -> bool:
    return service_id is not None and problem.service_id == service_id
