"""What rights there are, said a second time in Python: worked out from roles and grants as rows.

The database's own functions are not asked. `tests.tenancy.rules` says which of these holds for which table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

Row: TypeAlias = Mapping[str, Any]


@dataclass
class Facts:
    """The rows that rights follow from, as the seeding login reads them."""

    now: datetime
    people: Mapping[int, Row]
    roles: Mapping[int, Row]
    assignments: list[Row]
    units: Mapping[int, Row]
    unit_regions: list[Row]
    person_grants: list[Row]
    group_grants: list[Row]
    memberships: list[Row]
    investigations: list[Row] = field(default_factory=list)
    sources: list[Row] = field(default_factory=list)
    layers: Mapping[int, Row] = field(default_factory=dict)
    rotations: Mapping[int, Row] = field(default_factory=dict)
    members: list[Row] = field(default_factory=list)
    fixed_shifts: list[Row] = field(default_factory=list)
    overrides: list[Row] = field(default_factory=list)
    swaps: list[Row] = field(default_factory=list)
    schedules: Mapping[int, Row] = field(default_factory=dict)
    ownerships: list[Row] = field(default_factory=list)

    def places(self) -> set[tuple[int, int]]:
        """Who has a place in which schedule."""
        return {
            *(
                (each["person_id"], self.layers[self.rotations[each["rotation_id"]]["layer_id"]]["schedule_id"])
                for each in self.members
            ),
            *((each["person_id"], self.layers[each["layer_id"]]["schedule_id"]) for each in self.fixed_shifts),
            *((each["person_id"], each["schedule_id"]) for each in self.overrides),
        }


class Reader:
    """A person, and what follows from their roles and grants at this moment."""

    def __init__(self, person_id: int, facts: Facts) -> None:
        self.id = person_id
        self.facts = facts
        self.is_active = bool(facts.people[person_id]["is_active"])
        self._held = [
            (facts.roles[each["role_id"]]["permissions"], each)
            for each in facts.assignments
            if self.is_active and each["person_id"] == person_id and self._lasts(each)
        ]
        self._units: dict[str, set[int]] = {}
        groups = {each["group_id"] for each in facts.memberships if each["person_id"] == person_id}
        self.admitted: set[int] = set()
        self.owned: set[int] = set()
        for grant in [
            *(each for each in facts.person_grants if each["user_id"] == person_id),
            *(each for each in facts.group_grants if each["group_id"] in groups),
        ]:
            if self.is_active and (grant["valid_until"] is None or grant["valid_until"] > facts.now):
                self.admitted.add(grant["content_object_id"])
                if grant["is_owner"]:
                    self.owned.add(grant["content_object_id"])
        self.groups = groups
        self.bridged = {each["link_id"] for each in facts.investigations if each["incident_id"] in self.admitted}
        places = facts.places()
        self.schedules = {schedule for person, schedule in places if self.is_active and person == person_id}
        if self.is_active:
            self.schedules |= {each["schedule_id"] for each in facts.swaps if each["offered_to_id"] == person_id}
        self._places = places
        self.sources = {each["id"] for each in facts.sources if each["account_id"] == person_id}

    def _lasts(self, assignment: Row) -> bool:
        until = assignment["valid_until"]
        return bool(assignment["valid_from"] <= self.facts.now and (until is None or until > self.facts.now))

    def everywhere(self, permission: str) -> bool:
        """Whether a role for the whole enterprise gives the permission."""
        return any(permission in permissions and each["is_enterprise"] for permissions, each in self._held)

    def units(self, permission: str) -> set[int]:
        """Where a role gives the permission: in its unit and all below it, in its region's units, or everywhere."""
        if permission not in self._units:
            found: set[int] = set()
            for permissions, each in self._held:
                if permission in permissions:
                    found |= {
                        key for key, distance in self._reach(each).items() if self._decides(permission, key, distance)
                    }
            self._units[permission] = found
        return self._units[permission]

    def _reach(self, held: Row) -> dict[int, int]:
        """The units that a role reaches, each with how far from it the role is held."""
        far = len(self.facts.units)
        if held["is_enterprise"]:
            return dict.fromkeys(self.facts.units, far + 1)
        if held["region_id"] is not None:
            in_region = (row for row in self.facts.unit_regions if row["region_id"] == held["region_id"])
            return {row["unit_id"]: far for row in in_region}
        lines = {key: self._line(key) for key in self.facts.units}
        return {key: line.index(held["unit_id"]) for key, line in lines.items() if held["unit_id"] in line}

    def _decides(self, permission: str, unit_id: int, distance: int) -> bool:
        """Who changes schedules is decided by the nearest role that says anything about them; all else adds up."""
        if permission != "oncall.write":
            return True
        says = {"oncall.view", "oncall.write"}
        reaches = [self._reach(each) for permissions, each in self._held if says & set(permissions)]
        return distance == min(reach[unit_id] for reach in reaches if unit_id in reach)

    def regions(self, permission: str) -> set[int]:
        """The regions that a role of theirs gives the permission for, whichever units they have."""
        return {
            each["region_id"] for permissions, each in self._held if permission in permissions and each["region_id"]
        }

    def gives(self, unit_id: int | None, region_id: int | None) -> set[str]:
        """What they may give others in a unit, a region or everywhere; nothing where they administer no people."""
        regions = {row["region_id"] for row in self.facts.unit_regions if row["unit_id"] == unit_id}
        reaching = [
            each
            for _, each in self._held
            if each["is_enterprise"]
            or (each["unit_id"] is not None and each["unit_id"] in self._line(unit_id))
            or (each["region_id"] is not None and each["region_id"] in {region_id, *regions})
        ]
        roles = [self.facts.roles[each["role_id"]] for each in reaching]
        if not any("people.administer" in role["permissions"] for role in roles):
            return set()
        return {each for role in roles for each in (*role["permissions"], *role["grants"])}

    def may_give(self, role_id: int, person_id: int, unit_id: int) -> bool:
        """Whether they may give somebody a role in a unit: an account only where it is kept, or below."""
        role, kept = self.facts.roles[role_id], self.facts.people[person_id]["unit_id"]
        return (
            person_id != self.id
            and {*role["permissions"], *role["grants"]} <= self.gives(unit_id, None)
            and (kept is None or kept in self._line(unit_id))
        )

    def degree(self, unit_id: int) -> int:
        """How much of a unit's incidents is theirs: 2 to work on them, 1 to see them, 0 for nothing."""
        if unit_id in self.units("incident.respond") | self.units("incident.command"):
            return 2
        return int(unit_id in self.units("incident.view"))

    def administers(self, person_id: int) -> bool:
        """Whether they could give all that somebody else holds or will hold, and administer some place of theirs."""
        theirs = [each for each in self.facts.assignments if each["person_id"] == person_id]
        roles = self.facts.roles
        return (
            person_id != self.id
            and any("people.administer" in self.gives(each["unit_id"], each["region_id"]) for each in theirs)
            and all(
                {*roles[each["role_id"]]["permissions"], *roles[each["role_id"]]["grants"]}
                <= self.gives(each["unit_id"], each["region_id"])
                for each in theirs
                if each["valid_until"] is None or each["valid_until"] > self.facts.now
            )
        )

    def colleagues(self) -> set[int]:
        """Everybody who has a place in a schedule that this person sees: their absences are part of who is on."""
        seen = self.schedules | {
            key for key, row in self.facts.schedules.items() if row["unit_id"] in self.units("oncall.view")
        }
        return {person for person, schedule in self._places if schedule in seen}

    def commanding_units(self) -> set[int]:
        """The units that command centrally for those whose schedules this person sees."""
        return {
            each["central_unit_id"]
            for each in self.facts.ownerships
            if each["central_unit_id"] is not None and each["unit_id"] in self.units("oncall.view")
        }

    def central_commanders(self) -> set[int]:
        """Everybody in a rotation of such a unit: whoever is away is not on call."""
        units = self.commanding_units()
        return {each["person_id"] for each in self.facts.members if each["unit_id"] in units}

    def _line(self, unit_id: int | None) -> list[int]:
        line: list[int] = []
        while unit_id is not None and unit_id not in line:
            line.append(unit_id)
            unit_id = self.facts.units[unit_id]["parent_id"]
        return line


Rule: TypeAlias = Callable[[Reader, Row], bool]


def anybody(reader: Reader, row: Row) -> bool:
    """The enterprise's shared map: units, services, who runs what."""
    return reader.is_active


def everybody(reader: Reader, row: Row) -> bool:
    """Names, which signing in reads before anybody is known."""
    return True


def nobody(reader: Reader, row: Row) -> bool:
    return False


def own(column: str = "person_id") -> Rule:
    return lambda reader, row: row[column] == reader.id


def unit(permission: str, column: str = "unit_id") -> Rule:
    return lambda reader, row: row[column] in reader.units(permission)


def enterprise(permission: str) -> Rule:
    return lambda reader, row: reader.everywhere(permission)


def incident(permission: str = "incident.view", key: str = "incident_id") -> Rule:
    """By unit while it is open to the unit; by explicit grant, and by nothing else, once it is restricted."""

    def rule(reader: Reader, row: Row) -> bool:
        if row["restricted"]:
            return row[key] in reader.admitted
        return row["unit_id"] in reader.units(permission)

    return rule


def either(*rules: Rule) -> Rule:
    return lambda reader, row: any(rule(reader, row) for rule in rules)


def both(*rules: Rule) -> Rule:
    return lambda reader, row: all(rule(reader, row) for rule in rules)


def where(test: Callable[[Row], bool], rule: Rule) -> Rule:
    return lambda reader, row: test(row) and rule(reader, row)


def admitted(key: str = "incident_id") -> Rule:
    return lambda reader, row: row[key] in reader.admitted


def audit(reader: Reader, row: Row) -> bool:
    """One's own acts as far as one still sees what they were about; else what an auditor of the unit may read."""
    sees = incident()(reader, row) if row["incident_id"] is not None else True
    if row["person_id"] == reader.id and sees:
        return True
    if row["unit_id"] is None:
        return reader.everywhere("audit.view")
    return incident("audit.view")(reader, row)


def message(reader: Reader, row: Row) -> bool:
    """One's own, while one sees what it is about; and what is not restricted, for the unit's administrators."""
    if row["person_id"] == reader.id:
        return not row["restricted"] or row["incident_id"] in reader.admitted
    return not row["restricted"] and row["unit_id"] in reader.units("unit.administer")


def on_call(reader: Reader, row: Row) -> bool:
    """Whoever sees a unit's schedules sees those of the unit that commands for it, too."""
    return row["unit_id"] in reader.units("oncall.view") | reader.commanding_units()


def of_own_schedule(reader: Reader, row: Row) -> bool:
    """Whoever takes part in a schedule sees it, wherever they hold a role."""
    return row["schedule_id"] in reader.schedules


def of_seen_layer(reader: Reader, row: Row) -> bool:
    layer = reader.facts.layers[row["layer_id"]]
    return of_own_schedule(reader, layer) or layer["unit_id"] in reader.units("oncall.view")


SHARED = where(lambda row: bool(row["shared"]), anybody)
REVIEW = either(SHARED, incident("knowledge.view"))
"""A published review that was shared is the enterprise's; any other is its unit's, or its room's."""


def shelf(reader: Reader, row: Row) -> bool:
    """The enterprise's shelf is 0, a unit's is its id, a restricted incident's the negative of its id."""
    place = row["shelf"]
    if place == 0:
        return reader.is_active
    return place in reader.units("knowledge.view") if place > 0 else -place in reader.admitted


SHARED_OR_SEEN = either(where(lambda row: row["unit_id"] is None, anybody), unit("incident.view"))
"""Every unit's, and those of units whose incidents the person views."""
