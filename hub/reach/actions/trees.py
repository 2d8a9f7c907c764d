"""Phone trees: made, changed and retired as a whole. What is under way keeps the places that it began with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import IntegrityError, transaction

from hub.lib import clock
from hub.lib.errors import Conflict, Invalid, NotFound, check_version, within
from hub.lib.identity import Actor, acting_as
from hub.lib.texts import checked_line
from hub.live import outbox
from hub.reach import access
from hub.reach.events import PhoneTreeChanged
from hub.reach.levels import levels
from hub.reach.models import PhoneTree, TreePlace
from tenants import access as tenants
from tenants import audit
from tenants.models import BusinessUnit
from tenants.permissions import Permission, can, require_keeper

MOST_PLACES: Final = 200
LONGEST_WAIT: Final = 120


@dataclass(frozen=True)
class NewPlace:
    """Somebody in a phone tree, below somebody else of it; below nobody for who is called first."""

    person_id: int
    above_id: int | None = None


def create_phone_tree(*, actor: Actor, unit_id: int, name: str, places: Sequence[NewPlace], wait: int = 5) -> PhoneTree:
    """Make a phone tree of a unit.

    Args:
        places: who calls whom, in order; 1 to 200, and each person once.
        wait: minutes that each has to answer; 1 to 120.

    Raises `NotFound`, `Forbidden` without oncall.write in the unit, `Invalid`, `Conflict` for a name that is taken.
    """
    with acting_as(actor):
        with within("unitId"):
            unit = tenants.unit_for(actor, unit_id)
        _require(actor, unit)
        _check_places(actor, places)
        tree = PhoneTree(
            unit=unit,
            name=_checked_name(name),
            wait=_checked_wait(wait),
            changed_at=clock.now(),
            changed_by_id=actor.person_id,
        )
        _save(tree)
        _place(tree, places)
        _changed(actor, tree, "create_phone_tree", {"name": [None, tree.name], "places": [[], _told(places)]})
        return access.tree_for(actor, tree.pk)


def change_phone_tree(
    *,
    actor: Actor,
    tree_id: int,
    version: int,
    name: str | None = None,
    wait: int | None = None,
    places: Sequence[NewPlace] | None = None,
) -> PhoneTree:
    """Change what a phone tree says. None leaves a value as it is.

    Args:
        version: what the writer began from: a tree that was changed since is left as it is.

    Raises `NotFound`, `Forbidden`, `Invalid`, and `Conflict` for another version and a name that is taken. Locks the
    tree.
    """
    with acting_as(actor):
        tree = _for_writing(actor, tree_id)
        check_version(version, tree.version)
        before = {"name": tree.name, "wait": tree.wait}
        tree.name = tree.name if name is None else _checked_name(name)
        tree.wait = tree.wait if wait is None else _checked_wait(wait)
        change: dict[str, Any] = {
            key: [was, getattr(tree, key)] for key, was in before.items() if was != getattr(tree, key)
        }
        if places is not None:
            former = _told(places_of(tree))
            _check_places(actor, places)
            if former != _told(places):
                change["places"] = [former, _told(places)]
                tree.places.all().delete()
                _place(tree, places)
        if change:
            tree.version += 1
            tree.changed_at, tree.changed_by_id = clock.now(), actor.person_id
            _save(tree)
            _changed(actor, tree, "change_phone_tree", change)
        return access.tree_for(actor, tree_id)


def retire_phone_tree(*, actor: Actor, tree_id: int) -> PhoneTree:
    """Use a phone tree no longer; what it began goes on. Raises `NotFound`, `Forbidden`. Locks the tree."""
    with acting_as(actor):
        tree = _for_writing(actor, tree_id)
        tree.retired_at = clock.now()
        tree.save(update_fields=["retired_at"])
        _changed(actor, tree, "retire_phone_tree", {"retired": [False, True]})
        return tree


def places_of(tree: PhoneTree) -> list[NewPlace]:
    """The tree's places as they would be given, by order; places must be read with it."""
    people = {each.pk: each.person_id for each in tree.places.all()}
    return [NewPlace(each.person_id, people.get(each.above_id or 0)) for each in tree.places.all()]


def _place(tree: PhoneTree, places: Sequence[NewPlace]) -> None:
    order = {place.person_id: number for number, place in enumerate(places, 1)}
    written: dict[int | None, TreePlace | None] = {None: None}
    for level in levels(places, lambda place: place.person_id):
        rows = TreePlace.objects.bulk_create(
            TreePlace(
                tree=tree,
                unit_id=tree.unit_id,
                person_id=place.person_id,
                above=written[place.above_id],
                position=order[place.person_id],
            )
            for place in level
        )
        written |= {each.person_id: each for each in rows}


def _check_places(actor: Actor, places: Sequence[NewPlace]) -> None:
    if not 1 <= len(places) <= MOST_PLACES:
        raise Invalid(f"A phone tree has 1 to {MOST_PLACES} people.", path=["places"])
    above = {place.person_id: place.above_id for place in places}
    found = tenants.people(actor, above).filter(is_active=True, is_service=False).in_bulk()
    for number, place in enumerate(places):
        where = ("places", str(number))
        if place.person_id not in found:
            raise NotFound("person", path=[*where, "personId"])
        if any(other.person_id == place.person_id for other in places[:number]):
            raise Invalid(f"{found[place.person_id].name} is in it already.", path=[*where, "personId"])
        if place.above_id is not None and place.above_id not in above:
            raise Invalid("Who calls somebody has a place in the tree, too.", path=[*where, "aboveId"])
        climbed: set[int] = set()
        at: int | None = place.person_id
        while at is not None:
            if at in climbed:
                raise Invalid(f"{found[place.person_id].name} would call themselves.", path=[*where, "aboveId"])
            climbed.add(at)
            at = above.get(at)


def _told(places: Sequence[NewPlace]) -> list[list[int | None]]:
    return [[place.person_id, place.above_id] for place in places]


def _save(tree: PhoneTree) -> None:
    try:
        with transaction.atomic():
            tree.save()
    except IntegrityError:
        raise Conflict(f"{tree.unit} has a phone tree of that name already.", path=["name"]) from None


def _checked_name(name: str) -> str:
    return checked_line(name, "name", longest=100)


def _checked_wait(wait: int) -> int:
    if not 1 <= wait <= LONGEST_WAIT:
        raise Invalid(f"Each has 1 to {LONGEST_WAIT} minutes to answer.", path=["wait"])
    return wait


def _for_writing(actor: Actor, tree_id: int) -> PhoneTree:
    _require(actor, access.tree_for(actor, tree_id).unit)
    return access.tree_for(actor, tree_id, lock=True)


def _require(actor: Actor, unit: BusinessUnit) -> None:
    require_keeper(actor, unit.pk, f"Only people who lead or administer {unit} can say who calls whom.")


def _changed(actor: Actor, tree: PhoneTree, verb: str, change: dict[str, Any]) -> None:
    audit.record(actor=actor, verb=verb, obj=tree, unit_id=tree.unit_id, change=change)
    if can(actor, Permission.INCIDENT_VIEW, tree.unit_id):
        outbox.record(actor=actor, event=PhoneTreeChanged(unit_id=tree.unit_id, tree_id=tree.pk, what=verb))
