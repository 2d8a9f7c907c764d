"""The demonstration's phone trees, one that was called, and a drill that was held."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from hub.demo.organisation import Organisation
from hub.incidents.models import Incident
from hub.lib import clock
from hub.reach.models import (
    Call,
    CallState,
    Drill,
    PhoneTree,
    Probe,
    ProbeState,
    RunEnd,
    TreePlace,
    TreeRun,
)

# Unit, name, minutes to answer, who changed it, and who is below whom.
TREES: Final = (
    (
        "payments",
        "Everybody of Payments",
        5,
        "admin.payments",
        (
            ("admin.payments", None),
            ("commander.payments", "admin.payments"),
            ("responder.payments", "commander.payments"),
            ("responder2.payments", "commander.payments"),
            ("commander2.payments", "admin.payments"),
            ("responder3.payments", "commander2.payments"),
            ("observer.payments", "commander2.payments"),
        ),
    ),
    (
        "cloud",
        "Platform leads",
        3,
        "commander.cloud",
        (("commander.cloud", None), ("commander2.cloud", "commander.cloud"), ("responder.cloud", "commander.cloud")),
    ),
)
SILENT: Final = "commander2.payments"
UNREACHABLE: Final = "observer.payments"


def load_phone_trees(organisation: Organisation) -> None:
    """Write the trees, and the calls of one for the latest grave incident of Payments that is over."""
    for slug, name, wait, by, places in TREES:
        unit, person = organisation.units[slug], organisation.people[by]
        tree = PhoneTree.objects.create(unit=unit, name=name, wait=wait, changed_at=person.joined_at, changed_by=person)
        written: dict[str | None, TreePlace | None] = {None: None}
        for position, (who, above) in enumerate(places, 1):
            written[who] = TreePlace.objects.create(
                tree=tree, unit=unit, person=organisation.people[who], above=written[above], position=position
            )
    _load_run(organisation, PhoneTree.objects.get(unit=organisation.units["payments"]))


def _load_run(organisation: Organisation, tree: PhoneTree) -> None:
    incident = (
        Incident.objects.filter(unit=tree.unit, restricted=False, severity="sev1", resolved_at__isnull=False)
        .order_by("-declared_at")
        .first()
    )
    if incident is None:
        return
    scope = {"incident": incident, "unit": incident.unit, "restricted": False}
    begins = incident.declared_at + timedelta(minutes=4)
    run = TreeRun.objects.create(
        tree=tree,
        name=tree.name,
        wait=timedelta(minutes=tree.wait),
        began_at=begins,
        began_by=incident.commander,
        ended_at=begins + timedelta(minutes=12),
        end=RunEnd.EXHAUSTED,
        **scope,
    )
    written: dict[int | None, Call | None] = {None: None}
    for place in tree.places.select_related("person"):
        state = CallState.REACHED
        if place.person == organisation.people[SILENT]:
            state = CallState.SILENT
        elif place.person == organisation.people[UNREACHABLE]:
            state = CallState.UNREACHABLE
        called = begins + timedelta(minutes=place.position)
        written[place.pk] = Call.objects.create(
            run=run,
            person=place.person,
            above=written[place.above_id],
            position=place.position,
            state=state,
            called_at=called,
            due_at=called + run.wait,
            reached_at=called + timedelta(seconds=70) if state is CallState.REACHED else None,
            **scope,
        )


def load_drill(organisation: Organisation) -> None:
    """Write a drill of Payments that is three weeks old: most confirmed, one did not, and nobody had verified much."""
    unit, admin = organisation.units["payments"], organisation.people["admin.payments"]
    begins = clock.now() - timedelta(days=21)
    drill = Drill.objects.create(
        unit=unit,
        name=unit.name,
        started_at=begins,
        started_by=admin,
        ends_at=begins + timedelta(hours=24),
        sent_at=begins + timedelta(seconds=2),
    )
    people = [person for name, person in organisation.people.items() if name.endswith(".payments")]
    for number, person in enumerate(people):
        confirmed = begins + timedelta(minutes=3 + 11 * number) if number % 4 else None
        Probe.objects.create(
            drill=drill,
            unit=unit,
            person=person,
            is_verified=number % 3 > 0,
            state=ProbeState.SENT if confirmed is None else ProbeState.CONFIRMED,
            sent_at=begins + timedelta(seconds=3),
            confirmed_at=confirmed,
        )
