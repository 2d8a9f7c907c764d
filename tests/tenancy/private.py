"""What a unit keeps to itself, and its people keep to themselves: words, rosters, rules, keys, searches."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from hub.alerts.models import AlertSource, AlertSourceKey, SeverityRule
from hub.bridge.models import BridgeRule
from hub.delivery.models import ContactMethod, PhoneNumber
from hub.incidents.models import (
    HandOffChecklist,
    IncidentNumber,
    RaciLine,
    ResponsePlan,
    ResponseTeam,
    SeverityThreshold,
)
from hub.lib import clock
from hub.oncall.models import (
    CalendarLink,
    CalendarSource,
    Expertise,
    FixedShift,
    Layer,
    Leave,
    Override,
    PlannedGap,
    Rotation,
    RotationMember,
    Schedule,
    Swap,
)
from hub.reach.models import Drill, Probe
from knowledge.search.models import Document, SavedSearch, SavedSearchMatch
from tenants.models import (
    AccessToken,
    BusinessUnit,
    LocalTemplate,
    MappingVersion,
    Person,
    Role,
    RoleAssignment,
    TemplatePurpose,
    Term,
    TermMapping,
    TermName,
    TermProposal,
    UnitPolicy,
)
from tests.tenancy.hidden import Hidden, word


def write_unit(random: Random, unit: BusinessUnit, hidden: Hidden) -> None:
    """Write what only those see who view the unit, or whose it is."""
    _write_words(random, unit, hidden)
    schedule = _write_schedule(random, unit, hidden)
    _write_rules(random, unit, schedule, hidden)
    _write_rights(random, unit, hidden)
    _write_drill(random, unit, hidden)
    _write_source(random, unit, hidden)


def _write_words(random: Random, unit: BusinessUnit, hidden: Hidden) -> None:
    """A term of its own, what it is called, what it means, what is asked of the stewards, and a text."""
    now = clock.now()
    narrow = Person.objects.get(username="world.narrow")
    own = {"unit": unit, "kind": "incident_type"}
    term = Term.objects.create(key=word(random), name=word(random), description=word(random), **own)
    hidden.note("Term", term)
    version = MappingVersion.objects.create(
        unit=unit, number=9_000 + random.randrange(900), reason=word(random), published_at=now
    )
    hidden.note("MappingVersion", version)
    above = Term.objects.filter(kind="incident_type", unit=None).order_by("pk")[0]
    mapped = {"unit": unit, "version": version, "target": above, "relation": "equal"}
    hidden.note("TermMapping", TermMapping.objects.create(local=term, valid_from=now, **mapped))
    for named in (term, above):
        name, _ = TermName.objects.update_or_create(
            term=named, unit=unit, language="en", defaults={"name": word(random)}
        )
        hidden.note("TermName", name)
    proposal = TermProposal.objects.create(
        change="add",
        key=word(random),
        name=word(random),
        description=word(random),
        reason=word(random),
        answer=word(random),
        proposed_by=narrow,
        proposed_at=now,
        **own,
    )
    hidden.note("TermProposal", proposal)
    template = LocalTemplate.objects.create(
        unit=unit, purpose=TemplatePurpose.UPDATE, name=word(random), body=word(random)
    )
    hidden.note("LocalTemplate", template)
    one: dict[str, Any] = {"unit": unit, "purpose": TemplatePurpose.REVIEW, "retired_at": None}
    said = {"name": word(random), "sections": {"lessons": word(random)}}
    of_reviews, _ = LocalTemplate.objects.update_or_create(**one, defaults=said)
    hidden.note("LocalTemplate", of_reviews)


def _write_schedule(random: Random, unit: BusinessUnit, hidden: Hidden) -> Schedule:
    """A schedule with its people: their turns, absences, numbers and calendars."""
    now = clock.now()
    narrow, away = (Person.objects.get(username=f"world.{name}") for name in ("narrow", "away"))
    turning = Person.objects.filter(username__startswith=f"world.turns.{unit.slug}.", leave=None).order_by("pk")[0]
    schedule = Schedule.objects.create(unit=unit, slug=word(random), name=word(random), time_zone="UTC")
    layer = Layer.objects.create(schedule=schedule, unit=unit, name=word(random))
    since = {"effective_from": now - timedelta(days=3), "starts_on": date(2026, 1, 1)}
    rotation = Rotation.objects.create(layer=layer, unit=unit, time_zone="UTC", **since)
    during = {"starts_at": now - timedelta(days=2), "ends_at": now + timedelta(days=9)}
    made = {"created_by": narrow, "created_at": now}
    source = CalendarSource.objects.create(
        layer=layer, unit=unit, address=f"https://{word(random)}.example/", problem=word(random), **made
    )
    link = CalendarLink.objects.create(
        owner=away, schedule=schedule, digest=random.randbytes(32), hint="zqx", created_at=now
    )
    number = PhoneNumber.objects.create(person=turning, number=word(random), given_at=now)
    for position, member in enumerate((turning, away, Person.objects.get(username="world.gone"))):
        hidden.keep(RotationMember.objects.create(rotation=rotation, unit=unit, position=position, person=member))
    hidden.keep(FixedShift.objects.create(layer=layer, unit=unit, person=narrow, **during))
    hidden.keep(source)
    hidden.keep(number)
    of = {"schedule": schedule, "unit": unit, **during}
    for type_name, row in (
        ("Schedule", schedule),
        ("Layer", layer),
        ("Rotation", rotation),
        ("CalendarLink", link),
        ("Leave", Leave.objects.create(person=turning, **during, **made)),
        ("PlannedGap", PlannedGap.objects.create(reason=word(random), **of, **made)),
        ("Override", Override.objects.create(person=narrow, **of, **made)),
        ("Swap", Swap.objects.create(offered_by=narrow, note=word(random), offered_at=now, **of)),
        ("Expertise", Expertise.objects.create(unit=unit, person=narrow, key=word(random))),
    ):
        hidden.note(type_name, row)
    return schedule


def _write_rules(random: Random, unit: BusinessUnit, schedule: Schedule, hidden: Hidden) -> None:
    """What it decides by: severity, the bridge, plans, responsibilities, policy, and its next number."""
    now = clock.now()
    ruled = {"unit": unit, "position": 900 + random.randrange(30_000), "explanation": word(random)}
    matching = {**ruled, "matchers": [f"a={word(random)}"]}
    hidden.note("SeverityRule", SeverityRule.objects.create(severity="sev1", **matching))
    hidden.note("BridgeRule", BridgeRule.objects.create(**matching))
    hidden.note("SeverityThreshold", SeverityThreshold.objects.create(impact="severe", severity="sev1", **ruled))
    planned = {"protocol": word(random), "roles": ["scribe"], "updated_at": now}
    plan, _ = ResponsePlan.objects.update_or_create(unit=unit, severity="sev1", defaults=planned)
    hidden.note("ResponsePlan", plan)
    hidden.note("ResponseTeam", ResponseTeam.objects.create(plan=plan, unit=unit, schedule=schedule))
    checklist, _ = HandOffChecklist.objects.update_or_create(unit=unit, defaults={"items": [word(random)]})
    hidden.keep(checklist)
    line: dict[str, Any] = {"unit": unit, "activity": "review", "severity": "sev5", "part": "a", "incident_type": None}
    accountable, _ = RaciLine.objects.update_or_create(**line, defaults={"role_key": word(random)})
    hidden.note("Responsibility", accountable)
    demanded = {"review_due_hours": random.randint(1, 40), "requirements": {word(random): "closed"}, "changed_at": now}
    policy, _ = UnitPolicy.objects.update_or_create(unit=unit, defaults=demanded)
    hidden.note("UnitPolicy", policy)
    last, _ = IncidentNumber.objects.update_or_create(unit=unit, defaults={"last": 99_000 + random.randrange(900)})
    hidden.keep(last)


def _write_rights(random: Random, unit: BusinessUnit, hidden: Hidden) -> None:
    """A role that somebody holds, keys of a person's and of an account's, a way to reach somebody, a saved search."""
    now = clock.now()
    narrow, away = (Person.objects.get(username=f"world.{name}") for name in ("narrow", "away"))
    role = Role.objects.get(unit=None, key="elsewhere")
    # Where a world's ground has one already, it is one of former times.
    times = RoleAssignment.objects.filter(person=away, role=role, unit=unit).count()
    since = now - timedelta(days=1 + 2 * times)
    until = since + timedelta(days=1) if times else None
    held = RoleAssignment.objects.create(person=away, role=role, unit=unit, valid_from=since, valid_until=until)
    hidden.note("RoleAssignment", held)
    lasting = {"created_at": now, "expires_at": now + timedelta(days=1)}
    for owner, of in ((narrow, None), (account_of(unit), unit)):
        key = AccessToken.objects.create(
            person=owner,
            unit=of,
            name=word(random),
            hint=word(random)[:12],
            digest=random.randbytes(32),
            **lasting,
        )
        hidden.note("AccessKey", key)
    method = ContactMethod.objects.create(
        person=narrow,
        kind="email",
        address=f"{word(random)}@example.org",
        name=word(random),
        code_problem=word(random),
    )
    hidden.note("ContactMethod", method)
    saved = SavedSearch.objects.create(person=narrow, name=word(random), query=word(random), created_at=now)
    hidden.note("SavedSearch", saved)
    met = Document.objects.order_by("pk")[0]
    hidden.keep(SavedSearchMatch.objects.create(saved_search=saved, person=narrow, document=met, found_at=now))


def _write_drill(random: Random, unit: BusinessUnit, hidden: Hidden) -> None:
    """A drill, and somebody whom it could not reach."""
    now = clock.now()
    began = now - timedelta(hours=1)
    narrow = Person.objects.get(username="world.narrow")
    drill = Drill.objects.create(unit=unit, name=word(random), started_at=began, ends_at=now + timedelta(hours=1))
    tried = Probe.objects.create(
        drill=drill,
        unit=unit,
        person=narrow,
        is_verified=False,
        service=word(random),
        reason=word(random),
        code_digest=word(random),
    )
    hidden.note("Drill", drill)
    hidden.note("DrillProbe", tried)


def _write_source(random: Random, unit: BusinessUnit, hidden: Hidden) -> None:
    """A source of its alerts, and its key."""
    now = clock.now()
    source = AlertSource.objects.create(
        unit=unit,
        kind="alertmanager",
        name=word(random),
        account=account_of(unit),
        service_labels=[word(random)],
        created_at=now,
    )
    hidden.note("AlertSource", source)
    for owner in (source, AlertSource.objects.filter(name="world source").first()):
        if owner is not None:
            key = AlertSourceKey.objects.create(
                source=owner, unit_id=owner.unit_id, digest=random.randbytes(32), hint="zqx0", created_at=now
            )
            hidden.note("AlertSourceKey", key)


def account_of(unit: BusinessUnit) -> Person:
    """A service account of the unit's that is no source's yet. Both worlds have it: names are known to everybody."""
    return Person.objects.filter(unit=unit, username__startswith="world.account", alert_source=None).order_by("pk")[0]
