"""Who may change schedules and policies: of what somebody holds, the role nearest to the unit decides."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from hub.alerts.access import source_of_key
from hub.alerts.actions import create_alert_source, receive_alerts
from hub.alerts.intake.alertmanager import read
from hub.alerts.models import SourceKind
from hub.catalog.models import Service
from hub.delivery.models import Message
from hub.escalation.actions import NewPolicy, NewStep, NewTarget, create_policy
from hub.escalation.models import Policy, Run, TargetKind
from hub.incidents.models import Incident
from hub.lib import clock
from hub.lib.identity import SYSTEM, acting_as, person
from hub.oncall import access
from hub.oncall.jobs import flag_gaps
from hub.oncall.models import FixedShift, Layer, Schedule
from tenants.models import BusinessUnit, Person, Role, RoleAssignment
from tests.alerts.senders import alert, notification
from tests.conftest import SignedIn, as_system, seeding
from tests.graphql.api import Api, ApiOf, api, global_id
from tests.jobs import run_jobs

__all__ = ["api"]

pytestmark = pytest.mark.django_db

NAMED = "... on Schedule { name }"


@pytest.fixture
def cards(db: None) -> BusinessUnit:
    """A team below Payments, with a schedule and a policy of its own."""
    with seeding():
        payments = BusinessUnit.objects.get(slug="payments")
        team = BusinessUnit.objects.create(slug="cards", prefix="CRD", name="Cards", parent=payments)
        Schedule.objects.create(unit=team, slug="cards", name="Cards", time_zone="UTC")
        team.refresh_from_db()
        Policy.objects.create(unit=team, name="Cards", acknowledged_within=5, changed_at=clock.now())
    return team


def holds(username: str, role: str, unit: BusinessUnit | None, **more: Any) -> RoleAssignment:
    """Let somebody hold a built-in role in the unit, or in the enterprise."""
    with seeding():
        return RoleAssignment.objects.create(
            person=Person.objects.get(username=username),
            role=Role.objects.get(key=role, unit=None),
            unit=unit,
            is_enterprise=unit is None,
            **more,
        )


def may_change(client: Api, unit: BusinessUnit) -> tuple[bool, bool]:
    """What the API says about the unit's schedule and policy."""
    told = client.ask(
        'query ($slug: String!) { schedules(filters: {slug: {exact: "cards"}}) { edges { node { mayChange } } }'
        " escalationPolicies(filters: {unit: {slug: {exact: $slug}}}) { edges { node { mayChange } } } }",
        slug=unit.slug,
    ).data
    ((schedule,), (policy,)) = (told[each]["edges"] for each in ("schedules", "escalationPolicies"))
    return schedule["node"]["mayChange"], policy["node"]["mayChange"]


def renamed(client: Api, unit: BusinessUnit, name: str) -> dict[str, Any]:
    with seeding():
        schedule = Schedule.objects.get(unit=unit)
    payload: dict[str, Any] = client.change(
        "updateSchedule", NAMED, scheduleId=global_id("Schedule", schedule), name=name
    ).data["updateSchedule"]
    return payload


def names(unit: BusinessUnit) -> tuple[str, str]:
    with seeding():
        return Schedule.objects.get(unit=unit).name, Policy.objects.get(unit=unit).name


def test_a_teams_role_opens_what_a_wider_one_does_not(api: ApiOf, cards: BusinessUnit) -> None:
    """An observer of Payments, and of the enterprise, who commands the team."""
    holds("observer.payments", "observer", None)
    client = api("observer.payments")
    assert may_change(client, cards) == (False, False)
    assert renamed(client, cards, "Mine")["errors"][0]["message"] == (
        "Only people who lead or administer Cards can change “Cards”."
    )
    assert names(cards) == ("Cards", "Cards")

    holds("observer.payments", "commander", cards)

    assert may_change(client, cards) == (True, True)
    assert renamed(client, cards, "Ours") == {"__typename": "Schedule", "name": "Ours"}
    with seeding():
        above = Schedule.objects.filter(unit__slug="payments").earliest("pk")
    denied = client.change("updateSchedule", NAMED, scheduleId=global_id("Schedule", above), name="Mine")
    assert denied.data["updateSchedule"]["errors"][0]["code"] == "FORBIDDEN"


@pytest.mark.parametrize("username", ["commander.payments", "coordinator", "lead.emea"])
def test_a_smaller_role_in_the_team_takes_away_what_a_wider_one_gives(
    api: ApiOf, signed_in: SignedIn, cards: BusinessUnit, username: str
) -> None:
    """Whoever leads the unit above, the region or the enterprise, and only observes the team."""
    with seeding():
        cards.regions.add(*BusinessUnit.objects.get(slug="payments").regions.all())
        me = Person.objects.get(username=username)
        policy = Policy.objects.get(unit=cards)
    client = api(username)
    assert may_change(client, cards) == (True, True)
    assert renamed(client, cards, "Before")["__typename"] == "Schedule"

    held = holds(username, "observer", cards)

    assert may_change(client, cards) == (False, False)
    [error] = renamed(client, cards, "After")["errors"]
    assert error["code"] == "FORBIDDEN"
    assert error["message"].endswith("What you hold nearer decides, before any wider role: Observer in Cards.")
    retired = client.change("retireEscalationPolicy", "", policyId=global_id("EscalationPolicy", policy))
    assert "Observer in Cards" in retired.data["retireEscalationPolicy"]["errors"][0]["message"]
    with acting_as(person(me.pk, through="test")):
        assert Schedule.objects.filter(unit=cards).update(name="Past the actions") == 0
        assert Policy.objects.filter(unit=cards).update(name="Past the actions") == 0
        assert Schedule.objects.filter(unit__slug="payments").exclude(name="").exists()
    assert names(cards) == ("Before", "Cards")
    page = signed_in(username).get(f"/escalation/{policy.pk}")
    assert page.status_code == 200
    assert b"/change" not in page.content

    # What would open something again is ended by who administers people, not by its holder.
    laid_down = client.change("endRoleAssignment", "", assignmentId=global_id("RoleAssignment", held))
    assert "ask another administrator" in laid_down.data["endRoleAssignment"]["errors"][0]["message"]
    with pytest.raises(DatabaseError), transaction.atomic(), acting_as(person(me.pk, through="test")):
        RoleAssignment.objects.filter(pk=held.pk).update(valid_until=clock.now())
    assert may_change(client, cards) == (False, False)
    ended = api("admin.payments").change(
        "endRoleAssignment", "", assignmentId=global_id("RoleAssignment", held), leaveWithoutAdministrator=False
    )
    assert ended.data["endRoleAssignment"]["__typename"] == "RoleAssignment"
    assert may_change(client, cards) == (True, True)


def test_equally_near_roles_add_up_and_what_is_over_or_silent_counts_for_nothing(
    api: ApiOf, cards: BusinessUnit
) -> None:
    client = api("commander.payments")
    now = clock.now()
    holds("commander.payments", "observer", cards, valid_from=now - timedelta(days=2), valid_until=now - timedelta(1))
    holds("commander.payments", "observer", cards, valid_from=now + timedelta(days=2))
    with seeding():
        silent = Role.objects.create(key="silent", name="Silent", unit=cards, permissions=["knowledge.view"])
        me = Person.objects.get(username="commander.payments")
        RoleAssignment.objects.create(person=me, role=silent, unit=cards)
    assert may_change(client, cards) == (True, True)

    holds("commander2.payments", "responder", cards)
    assert may_change(api("commander2.payments"), cards) == (False, False)
    with seeding():
        keepers = {each.username for each in access.keepers(cards)}
    assert "commander.payments" in keepers
    assert "commander2.payments" not in keepers

    holds("commander2.payments", "commander", cards)
    assert may_change(api("commander2.payments"), cards) == (True, True)
    with seeding():
        assert "commander2.payments" in {each.username for each in access.keepers(cards)}


def test_the_tenant_admin_follows_the_same_order(signed_in: SignedIn, cards: BusinessUnit) -> None:
    with seeding():
        schedule = Schedule.objects.get(unit=cards)
    address = f"/admin/oncall/schedule/{schedule.pk}/change/"
    given = {"unit": cards.pk, "slug": "cards", "name": "By admin", "time_zone": "UTC", "when_nobody": "defer"}
    admin = signed_in("admin.payments")
    assert b'name="_save"' in admin.get(address).content

    holds("admin.payments", "observer", cards)

    assert b'name="_save"' not in admin.get(address).content
    assert admin.post(address, given).status_code in (302, 403, 404)
    assert names(cards) == ("Cards", "Cards")
    listed = admin.get("/admin/tenants/roleassignment/")
    assert "Decides about schedules" in listed.content.decode()


def test_the_team_follows_from_the_route(api: ApiOf, cards: BusinessUnit) -> None:
    """An alert of Payments' source about the team's service: its incident, chain, people and gaps are the team's."""
    now = clock.now()
    with seeding():
        me = Person.objects.get(username="responder3.payments")
        schedule = Schedule.objects.get(unit=cards)
        Policy.objects.filter(unit=cards).delete()
        layer = Layer.objects.create(schedule=schedule, unit=cards, name="Cards")
        span = {"starts_at": now - timedelta(days=1), "ends_at": now + timedelta(days=1)}
        FixedShift.objects.create(layer=layer, unit=cards, person=me, **span)
        Service.objects.create(
            unit=cards, slug="issuing", name="Issuing", criticality=2,
            commander_schedule=schedule, responder_schedule=schedule,
        )  # fmt: skip
        above = BusinessUnit.objects.get(slug="payments")
    holds("responder2.payments", "commander", cards)
    holds("commander.payments", "observer", cards)
    with as_system():
        policy = create_policy(
            actor=SYSTEM,
            unit_id=cards.pk,
            new=NewPolicy(
                name="Cards", is_default=True, acknowledged_within=5, steps=[NewStep([NewTarget(TargetKind.PRIMARY)])]
            ),
        )
        made = create_alert_source(
            actor=SYSTEM, unit_id=above.pk, kind=SourceKind.ALERTMANAGER, name="Prometheus of Payments"
        )
    source = source_of_key(made.key, SourceKind.ALERTMANAGER)
    assert source is not None
    document = notification(alert("Declines", service="issuing"))

    receive_alerts(actor=source.actor, source=source, reports=[read(json.dumps(document).encode())])
    run_jobs()

    with seeding():
        incident = Incident.objects.get(declared_by=made.source.account_id)
        roles = {each.kind: each.person_id for each in incident.roles.all()}
        chains = {each.policy_id for each in Run.objects.filter(incident=incident)}
    assert (incident.unit_id, incident.commander_id) == (cards.pk, me.pk)
    assert (roles, chains) == ({"commander": me.pk, "responder": me.pk}, {policy.pk})
    # Who changes that chain and schedule: who commands the team, and not who commands above it and observes here.
    assert may_change(api("responder2.payments"), cards) == (True, True)
    assert may_change(api("commander.payments"), cards) == (False, False)
    assert renamed(api("commander.payments"), cards, "Theirs")["errors"][0]["code"] == "FORBIDDEN"
    # Who is told that nobody has it tomorrow: the same.
    flag_gaps.func(0)
    with seeding():
        told = Message.objects.filter(dedupe_key__startswith=f"gap:{schedule.pk}:")
        readers = set(told.values_list("person__username", flat=True))
    assert "responder2.payments" in readers
    assert not readers & {"commander.payments", "responder.payments", "observer.payments"}
    assert names(cards) == ("Cards", "Cards")
