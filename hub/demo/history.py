"""Two years of everyday incidents, made from the patterns in `content/patterns.yaml`.

The generator is seeded, so that every hub tells the same story, counted back from the day it is loaded. Who commands
and who responds follows from the schedules, as it would have.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from hub.catalog.models import Service
from hub.demo.organisation import HISTORY, Organisation
from hub.demo.reading import read_content
from hub.incidents.models import EntryKind, RoleKind, Severity, Status
from hub.lib import clock
from hub.lib.week import WEEK
from hub.oncall.rotations import Rotation
from tenants.models import BusinessUnit, Person, Term

INCIDENTS: Final = 1_440
SEED: Final = 20_261_122
SEVERITY_WEIGHTS: Final = {"sev1": 2, "sev2": 14, "sev3": 44, "sev4": 32, "sev5": 8}
MINUTES_TO_ACKNOWLEDGE: Final = {"sev1": 2, "sev2": 4, "sev3": 9, "sev4": 35, "sev5": 180}
MINUTES_TO_RESOLVE: Final = {"sev1": 95, "sev2": 120, "sev3": 160, "sev4": 420, "sev5": 1300}
UNIT_SPEED: Final = {"payments": 0.7, "cloud": 0.85, "health": 0.9, "retail": 1.0, "media": 1.25, "logistics": 1.35}
"""How a unit's times compare with the enterprise's: what the overview shall show."""
OPEN_NOW: Final = 14
"""The newest few are still going on."""


@dataclass
class Line:
    """One timeline entry to be."""

    at: datetime
    kind: EntryKind
    body: str
    author: Person | None = None
    rationale: str = ""


@dataclass
class Story:
    """One incident to be, with everything that is written in its row and on its timeline."""

    unit: BusinessUnit
    service: Service | None
    title: str
    severity: Severity
    declared_at: datetime
    summary: str
    severity_reason: str = ""
    type: Term | None = None
    local_severity: Term | None = None
    declared_by: Person | None = None
    commander: Person | None = None
    responder: Person | None = None
    status: Status = Status.CLOSED
    times: dict[Status, datetime] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    cause: str = ""
    restricted: bool = False

    @property
    def updated_at(self) -> datetime:
        return max([self.declared_at, *self.times.values(), *(line.at for line in self.lines)])


class Roster:
    """Who was on call for a unit's role at a moment of the past."""

    def __init__(self, organisation: Organisation) -> None:
        start = (clock.now() - HISTORY - timedelta(days=7)).date()
        monday = start - timedelta(days=start.weekday())
        self._turns: dict[tuple[str, str], Rotation] = {}
        self._people = {person.pk: person for person in organisation.people.values()}
        for (slug, key), people in organisation.rosters.items():
            members = [person.pk for person in people if not person.username.startswith("outsider")]
            zone = organisation.units[slug].time_zone
            nine = datetime.combine(monday, time(9))
            self._turns[slug, key] = Rotation(
                [(each,) for each in members], nine, WEEK, zone, clock.now() - HISTORY * 2
            )

    def on(self, unit: str, role: str, moment: datetime) -> Person | None:
        """The person who was on, or None."""
        turns = self._turns[unit, role]
        people = turns.group(turns.cadence.number_at(moment)) if turns.groups else ()
        return self._people[people[0]] if people else None


def everyday_stories(organisation: Organisation) -> Iterator[Story]:
    """All everyday incidents, oldest first."""
    rng = random.Random(SEED)
    patterns = read_content("patterns.yaml")
    roster = Roster(organisation)
    now = clock.now()
    services = list(organisation.services.values())
    weights = [(5 - service.criticality) ** 1.3 for service in services]
    moments = sorted(_moment(rng, now) for _ in range(INCIDENTS - OPEN_NOW))
    moments += sorted(now - timedelta(minutes=rng.randint(4, 1_900)) for _ in range(OPEN_NOW))
    local = local_severities()
    for number, moment in enumerate(moments):
        service = rng.choices(services, weights)[0]
        pattern = rng.choice([each for each in patterns if _fits(each, service)])
        is_open = number >= INCIDENTS - OPEN_NOW
        story = _begin(rng, organisation, service, pattern, moment)
        story.local_severity = local.get((story.unit.pk, story.severity))
        own, one_in = organisation.local_types.get((story.unit.slug, pattern["type"]), (None, 1))
        if own is not None and int(moment.timestamp()) % one_in == 0:
            story.type = own
        story.commander = roster.on(story.unit.slug, "commander", moment)
        story.responder = roster.on(story.unit.slug, "responder", moment)
        _tell(rng, story, pattern, organisation, now, is_open=is_open)
        yield story


def _moment(rng: random.Random, now: datetime) -> datetime:
    """Somewhere in the two years: more by day than by night, more on working days, a little more lately."""
    while True:
        age = HISTORY * (rng.random() ** 1.15)
        moment: datetime = now - timedelta(days=2) - age * 0.995
        busy = 1.0 if moment.weekday() < 5 else 0.45
        busy *= 0.4 + 0.6 * math.exp(-(((moment.hour - 13) / 6) ** 2))
        if rng.random() < busy:
            return moment.replace(second=rng.randint(0, 59), microsecond=0)


def _fits(pattern: Mapping[str, Any], service: Service) -> bool:
    return "where" not in pattern or bool(set(pattern["where"]) & set(service.tags))


def local_severities() -> dict[tuple[int, str], Term]:
    """The units' own words for severities, by unit and global severity."""
    terms = Term.objects.filter(kind="severity", unit__isnull=False).prefetch_related("mappings__target")
    return {
        (term.unit_id, mapping.target.key): term
        for term in terms
        for mapping in term.mappings.all()
        if term.unit_id is not None and mapping.target is not None
    }


def _begin(
    rng: random.Random, organisation: Organisation, service: Service, pattern: Mapping[str, Any], moment: datetime
) -> Story:
    severities = list(SEVERITY_WEIGHTS)
    severity = rng.choices(severities, list(SEVERITY_WEIGHTS.values()))[0]
    if service.criticality >= 3 and severity in ("sev1", "sev2"):
        severity = "sev3"
    words = _words(rng, organisation, service)
    unit = organisation.units[next(slug for slug, each in organisation.units.items() if each.pk == service.unit_id)]
    return Story(
        unit=unit,
        service=service,
        title=rng.choice(pattern["titles"]).format(**words),
        severity=Severity(severity),
        declared_at=moment,
        summary=rng.choice(pattern["impact"]).format(**words),
        severity_reason=f"Alert {pattern['alert']} on a service of criticality {service.criticality}"
        if pattern["alert"]
        else "As judged by the person who declared it",
        type=organisation.types[pattern["type"]],
        cause=rng.choice(pattern["cause"]),
    )


def _words(rng: random.Random, organisation: Organisation, service: Service) -> dict[str, str]:
    return {
        "service": service.name,
        "peer": rng.choice(organisation.needs.get(service.slug) or ["the load balancer"]),
        "n": str(rng.choice([2, 3, 4, 5, 6, 7, 8, 9, 12, 15])),
        "p": str(rng.randint(83, 97)),
    }


def _tell(
    rng: random.Random,
    story: Story,
    pattern: Mapping[str, Any],
    organisation: Organisation,
    now: datetime,
    *,
    is_open: bool,
) -> None:
    """Give the story its times and its timeline."""
    service = story.service
    assert service is not None
    words = _words(rng, organisation, service)
    speed = UNIT_SPEED[story.unit.slug]
    acknowledge = _minutes(rng, MINUTES_TO_ACKNOWLEDGE[story.severity] * speed, 0.7)
    resolve = acknowledge + _minutes(rng, MINUTES_TO_RESOLVE[story.severity] * speed, 0.8)
    mitigate = acknowledge + (resolve - acknowledge) * rng.uniform(0.35, 0.8)
    close = resolve + rng.uniform(600, 4_000)
    plan = {
        Status.ACKNOWLEDGED: acknowledge,
        Status.MITIGATED: mitigate,
        Status.RESOLVED: resolve,
        Status.CLOSED: close,
    }
    if is_open:
        reached = rng.choices([[], [Status.ACKNOWLEDGED], [Status.ACKNOWLEDGED, Status.MITIGATED]], weights=[2, 5, 3])[
            0
        ]
        age = (now - story.declared_at).total_seconds() / 60
        plan = {status: min(plan[status], age * (0.3 + 0.3 * place)) for place, status in enumerate(reached)}
    story.times = {
        status: story.declared_at + timedelta(minutes=minutes)
        for status, minutes in plan.items()
        if story.declared_at + timedelta(minutes=minutes) < now
    }
    story.status = list(story.times)[-1] if story.times else Status.DECLARED
    opening = f"{pattern['alert']} on {service.slug} is firing" if pattern["alert"] else story.summary
    kind = EntryKind.ALERT if pattern["alert"] else EntryKind.STATUS
    story.lines.append(Line(story.declared_at, kind, opening))
    story.lines.extend(_assignments(story))
    story.lines.extend(_work(rng, story, pattern, words, now))
    labels = {
        Status.ACKNOWLEDGED: "Acknowledged",
        Status.MITIGATED: "Mitigated",
        Status.RESOLVED: f"Resolved: {rng.choice(pattern['fixes']).format(**words)}",
        Status.CLOSED: "Closed",
    }
    for status, moment in story.times.items():
        author = story.responder if status == Status.ACKNOWLEDGED else story.commander
        story.lines.append(Line(moment, EntryKind.STATUS, labels[status], author))
    story.lines.sort(key=lambda line: line.at)


def _assignments(story: Story) -> Iterator[Line]:
    for role, person in ((RoleKind.COMMANDER, story.commander), (RoleKind.RESPONDER, story.responder)):
        if person is not None:
            body = f"{person.name} is {role.label.lower()} (on call for {story.unit.name})"
            yield Line(story.declared_at + timedelta(seconds=1), EntryKind.ROLE, body)


def _work(
    rng: random.Random, story: Story, pattern: Mapping[str, Any], words: Mapping[str, str], now: datetime
) -> Iterator[Line]:
    """What people wrote between acknowledging and resolving."""
    start = story.times.get(Status.ACKNOWLEDGED, story.declared_at + timedelta(minutes=3))
    end = story.times.get(Status.RESOLVED, now)
    if end <= start:
        return
    people = [each for each in (story.responder, story.commander) if each is not None]
    if not people:
        return
    bodies = rng.sample(pattern["notes"], k=min(len(pattern["notes"]), rng.randint(1, 4)))
    for place, body in enumerate(bodies, start=1):
        at = start + (end - start) * (place / (len(bodies) + 2))
        yield Line(at, EntryKind.NOTE, body.format(**words), rng.choice(people))
    if story.severity in ("sev1", "sev2", "sev3"):
        decision, rationale = rng.choice(pattern["decisions"])
        at = start + (end - start) * 0.6
        yield Line(at, EntryKind.DECISION, decision.format(**words), people[-1], rationale.format(**words))


def _minutes(rng: random.Random, median: float, spread: float) -> float:
    return max(0.5, median * math.exp(rng.gauss(0, spread)))


def shift_to_now(moment: datetime, written: datetime, now: datetime) -> datetime:
    """Move a time of the content by whole weeks, so that content written long ago stays recent history."""
    return moment + timedelta(weeks=(now - written) // timedelta(weeks=1))


def in_order(stories: Sequence[Story]) -> list[Story]:
    """Oldest first, which is the order of their numbers."""
    return sorted(stories, key=lambda story: story.declared_at)


WRITTEN: Final = datetime(2026, 11, 22, tzinfo=UTC)
"""When the content was written."""
