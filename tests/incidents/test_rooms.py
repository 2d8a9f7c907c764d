"""What each role in the room lets its holder do."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub.catalog.models import Service
from hub.incidents import access, actions
from hub.incidents.models import Incident, RoleKind, Severity
from hub.incidents.rooms import EVERYTHING, RIGHTS, Act, rights
from hub.lib.errors import Forbidden
from hub.lib.identity import Actor, acting_as
from tests.conftest import seeding
from tests.incidents.graphql.conftest import nothing_changed

pytestmark = pytest.mark.django_db

ActorNamed = Callable[[str], Actor]

DEEDS: dict[Act, Callable[[Actor, int, int], object]] = {
    Act.WRITE: lambda actor, key, other: actions.add_timeline_entry(actor=actor, incident_id=key, body="x"),
    Act.DECIDE: lambda actor, key, other: actions.record_decision(actor=actor, incident_id=key, decision="x"),
    Act.MOVE: lambda actor, key, other: actions.mitigate_incident(actor=actor, incident_id=key),
    Act.JUDGE: lambda actor, key, other: actions.change_severity(
        actor=actor, incident_id=key, severity=Severity.SEV1, reason="x"
    ),
    Act.ASSIGN: lambda actor, key, other: actions.assign_role(
        actor=actor, incident_id=key, role=RoleKind.OBSERVER, person_id=other
    ),
    Act.LEAD: lambda actor, key, other: actions.restrict_incident(actor=actor, incident_id=key, reason="x"),
}


@pytest.fixture
def incident(actor: ActorNamed) -> Incident:
    with seeding():
        unit = Service.objects.get(slug="ledger").unit_id
    return actions.declare_incident(
        actor=actor("commander.payments"), title="Ledger lags", severity=Severity.SEV3, unit_id=unit
    )


@pytest.mark.parametrize("role", RoleKind)
@pytest.mark.parametrize("act", DEEDS)
def test_the_role_decides(actor: ActorNamed, incident: Incident, role: RoleKind, act: Act) -> None:
    holder = actor("responder2.payments")
    other = actor("responder.payments").person_id or 0
    actions.assign_role(
        actor=actor("commander.payments"), incident_id=incident.pk, role=role, person_id=holder.person_id or 0
    )
    if act in RIGHTS[role]:
        DEEDS[act](holder, incident.pk, other)
        return
    with nothing_changed(), pytest.raises(Forbidden):
        DEEDS[act](holder, incident.pk, other)


def test_a_responder_of_the_unit_who_only_watches_may_take_part_again(actor: ActorNamed, incident: Incident) -> None:
    holder = actor("responder2.payments")
    actions.assign_role(
        actor=actor("commander.payments"),
        incident_id=incident.pk,
        role=RoleKind.OBSERVER,
        person_id=holder.person_id or 0,
    )
    with acting_as(holder):
        assert access.rights(holder, incident) == frozenset()

    actions.assign_role(actor=holder, incident_id=incident.pk, role=RoleKind.RESPONDER, person_id=holder.person_id or 0)

    with acting_as(holder):
        assert access.rights(holder, incident) == RIGHTS[RoleKind.RESPONDER]


def test_a_refusal_says_which_role_it_takes(actor: ActorNamed, incident: Incident) -> None:
    scribe = actor("responder2.payments")
    actions.assign_role(
        actor=actor("commander.payments"),
        incident_id=incident.pk,
        role=RoleKind.SCRIBE,
        person_id=scribe.person_id or 0,
    )

    with pytest.raises(Forbidden) as refusal:
        actions.resolve_incident(actor=scribe, incident_id=incident.pk)

    assert refusal.value.message == (
        f"With your role in {incident.reference} you cannot move it on:"
        " that takes the role of incident commander or technical lead or responder."
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, frozenset()),
        ({"may_respond": True}, RIGHTS[RoleKind.RESPONDER]),
        ({"may_command": True}, RIGHTS[RoleKind.COMMANDER]),
        ({"may_command": True, "roles": [RoleKind.OBSERVER]}, RIGHTS[RoleKind.COMMANDER]),
        ({"may_respond": True, "roles": [RoleKind.OBSERVER, RoleKind.SCRIBE]}, RIGHTS[RoleKind.SCRIBE]),
        ({"is_admitted": True}, frozenset({Act.WRITE})),
        ({"is_admitted": True, "is_owner": True}, EVERYTHING),
        ({"is_admitted": True, "may_command": True}, RIGHTS[RoleKind.COMMANDER]),
    ],
)
def test_how_roles_units_and_grants_combine(given: dict[str, object], expected: frozenset[Act]) -> None:
    nothing = {"roles": [], "may_respond": False, "may_command": False, "is_admitted": False, "is_owner": False}
    assert rights(**{**nothing, **given}) == expected  # type: ignore[arg-type]
