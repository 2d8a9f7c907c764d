"""A unit's phone trees on its call list, for when people call each other without the hub (`HUB_CALL_LIST_PARTS`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from hub.escalation.call_lists import Part, contacts
from hub.lib.identity import Actor
from hub.reach import access
from hub.reach.models import Call, TreePlace
from tenants.models import BusinessUnit

Place = TypeVar("Place", TreePlace, Call)


def trees_on_list(actor: Actor, unit: BusinessUnit) -> list[Part]:
    """Each phone tree of the unit: 1.2 is called by 1, and calls 1.2.1."""
    found = list(access.trees(actor).filter(unit=unit).order_by("name", "pk"))
    people = contacts(actor, {place.person_id for tree in found for place in tree.places.all()})
    return [
        Part(
            f"Phone tree: {tree.name}",
            f"1.2 is called by 1, and calls 1.2.1. Whoever does not answer within {tree.wait} minutes is passed over:"
            " who called them calls those below.",
            tuple(
                f"{number} {people.get(place.person_id, place.person)}"
                for number, place in numbered(list(tree.places.all()))
            ),
        )
        for tree in found
    ]


def numbered(places: Sequence[Place], above: int | None = None, before: str = "") -> Iterator[tuple[str, Place]]:
    """The places, or their calls, from the first on, each before those below it, with numbers that say where it is."""
    for number, place in enumerate((each for each in places if each.above_id == above), 1):
        name = f"{before}{number}"
        yield name, place
        yield from numbered(places, place.pk, f"{name}.")
