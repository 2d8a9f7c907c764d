"""What is hidden in a world: rows of every kind that somebody may not see, each with a canary in its words.

A world is the demonstration organisation. Its twin has the same rows and, beside them, those that `hide` writes. What
is hidden is drawn: how many, of which unit, in which state, with which grants.
"""

from __future__ import annotations

from datetime import timedelta
from random import Random

from hub.alerts.models import AlertSource, AlertSourceKey, SeverityRule
from hub.bridge.models import BridgeRule
from hub.delivery.models import ContactMethod
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
    Expertise,
    FixedShift,
    Layer,
    Override,
    PlannedGap,
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
    TemplatePurpose,
    Term,
    TermMapping,
    UnitPolicy,
)
from tests.conftest import seeding
from tests.tenancy import lessons, rooms
from tests.tenancy.hidden import Hidden, word
from tests.tenancy.readers import Actors


def hide(random: Random, *, unit: BusinessUnit, restricted: bool, actors: Actors, blind: Person | None) -> Hidden:
    """Write what is hidden from `blind`: an incident with all that can belong to one, and what its unit keeps private.

    Args:
        unit: whose it is; one that `blind` does not view, unless `restricted`.
        restricted: whether it is hidden by need to know, and not by its unit alone.
    """
    with seeding():
        hidden = Hidden()
        incident = rooms.write_incident(random, unit, restricted)
        hidden.note("Incident", incident)
        hidden.references.append(incident.reference)
        rooms.write_grants(random, incident, actors, blind)
        rooms.write_room(random, incident, hidden)
        rooms.write_alerts(incident, hidden)
        lessons.write_review(random, incident, hidden, blind)
        lessons.write_problems(random, incident, hidden)
        lessons.write_runbooks(random, incident, hidden)
        lessons.write_articles(random, incident, hidden)
        rooms.write_messages(incident, hidden, blind, random)
        rooms.write_bridge(incident, hidden)
        rooms.write_fields(random, incident, hidden)
        rooms.write_escalation(random, incident, hidden)
        rooms.write_phone_tree(random, incident, hidden)
        if not restricted:
            _unit(random, unit, hidden)
        return hidden


def _unit(random: Random, unit: BusinessUnit, hidden: Hidden) -> None:
    """What a unit keeps to itself."""
    now = clock.now()
    people = Person.objects.get(username="world.narrow")
    term = Term.objects.create(kind="incident_type", key=word(random), name=word(random), unit=unit)
    hidden.note("Term", term)
    above = Term.objects.filter(kind="incident_type", unit=None).first()
    if above is not None:
        version = MappingVersion.objects.create(
            unit=unit, number=9_000 + random.randrange(900), reason=word(random), published_at=now
        )
        TermMapping.objects.create(
            unit=unit, local=term, version=version, target=above, relation="equal", valid_from=now
        )
    schedule = Schedule.objects.create(unit=unit, slug=word(random), name=word(random), time_zone="UTC")
    hidden.note("Schedule", schedule)
    rule = {"unit": unit, "position": 900 + random.randrange(30_000), "matchers": [f"a={word(random)}"]}
    hidden.note("SeverityRule", SeverityRule.objects.create(severity="sev1", explanation=word(random), **rule))
    hidden.note("BridgeRule", BridgeRule.objects.create(explanation=word(random), **rule))
    hidden.note(
        "SeverityThreshold",
        SeverityThreshold.objects.create(
            unit=unit,
            position=900 + random.randrange(30_000),
            impact="severe",
            severity="sev1",
            explanation=word(random),
        ),
    )
    plan, _ = ResponsePlan.objects.update_or_create(
        unit=unit, severity="sev1", defaults={"protocol": word(random), "roles": ["scribe"], "updated_at": now}
    )
    hidden.note("ResponsePlan", plan)
    HandOffChecklist.objects.get_or_create(unit=unit, defaults={"items": [word(random)]})
    accountable, _ = RaciLine.objects.update_or_create(
        unit=unit, activity="review", severity="sev5", part="a", incident_type=None, defaults={"role_key": word(random)}
    )
    hidden.note("Responsibility", accountable)
    hidden.note("ResponseTeam", ResponseTeam.objects.create(plan=plan, unit=unit, schedule=schedule))
    hidden.note(
        "LocalTemplate",
        LocalTemplate.objects.create(unit=unit, purpose=TemplatePurpose.UPDATE, name=word(random), body=word(random)),
    )
    policy, _ = UnitPolicy.objects.update_or_create(
        unit=unit, defaults={"review_due_hours": random.randint(1, 40), "changed_at": now}
    )
    hidden.note("UnitPolicy", policy)
    layer = Layer.objects.create(schedule=schedule, unit=unit, name=word(random))
    hidden.note("Layer", layer)
    shift = {"unit": unit, "starts_at": now - timedelta(days=2), "ends_at": now + timedelta(days=9)}
    FixedShift.objects.create(layer=layer, person=people, **shift)
    made = {"schedule": schedule, "created_by": people, "created_at": now, **shift}
    PlannedGap.objects.create(reason=word(random), **made)
    Override.objects.create(person=people, **made)
    hidden.note(
        "Swap",
        Swap.objects.create(schedule=schedule, offered_by=people, note=word(random), offered_at=now, **shift),
    )
    Expertise.objects.create(unit=unit, person=people, key=word(random))
    IncidentNumber.objects.update_or_create(unit=unit, defaults={"last": 99_000 + random.randrange(900)})
    AccessToken.objects.create(
        person=people,
        name=word(random),
        digest=random.randbytes(32),
        created_at=now,
        expires_at=now + timedelta(days=1),
    )
    drill = Drill.objects.create(unit=unit, name=word(random), started_at=now, ends_at=now + timedelta(hours=1))
    hidden.note("Drill", drill)
    Probe.objects.create(drill=drill, unit=unit, person=people, is_verified=False, reason=word(random))
    ContactMethod.objects.create(person=people, kind="email", address=f"{word(random)}@example.org")
    saved = SavedSearch.objects.create(person=people, name=word(random), query=word(random), created_at=now)
    hidden.note("SavedSearch", saved)
    met = Document.objects.order_by("pk").first()
    if met is not None:
        SavedSearchMatch.objects.create(saved_search=saved, person=people, document=met, found_at=now)
    source = AlertSource.objects.filter(name="world source").first()
    if source is not None:
        AlertSourceKey.objects.create(
            source=source, unit_id=source.unit_id, digest=random.randbytes(32), hint="zqx0", created_at=now
        )


def source_for_worlds() -> AlertSource:
    """A source that both worlds have: that one exists is no secret."""
    with seeding():
        account = Person.objects.create(username="world.source", name="World source", is_service=True)
        return AlertSource.objects.create(
            unit=BusinessUnit.objects.get(slug="cloud"),
            kind="alertmanager",
            name="world source",
            account=account,
            service_labels=["service"],
            created_at=clock.now(),
        )
