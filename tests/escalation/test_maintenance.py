"""Announced work pages nobody, hides nothing and loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import orjson
import pytest

from hub.alerts import actions as alerts
from hub.alerts.access import source_of_key
from hub.alerts.intake import alertmanager
from hub.alerts.models import Alert, AlertStatus, SourceKind
from hub.catalog.models import Service
from hub.delivery.models import Message
from hub.escalation import actions as escalation
from hub.escalation import auditing
from hub.escalation.forecasting import foresee, foresee_incident
from hub.escalation.models import Run
from hub.incidents import actions
from hub.incidents.actions import maintenance
from hub.incidents.models import Incident, IncidentRole, MaintenanceWindow, Severity, TimelineEntry
from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden, Invalid, NotFound
from hub.lib.identity import Actor, acting_as
from tenants.models import AuditEntry, BusinessUnit
from tests.alerts.senders import alert, notification
from tests.conftest import seeding
from tests.escalation.test_running import FIRST, three_steps
from tests.escalation.world import MINUTE, NIGHT, declare, later, paged, policy, runs_of
from tests.jobs import run_jobs

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("night")]
ActorNamed = Callable[[str], Actor]


def window(actor: Actor, begins: float = 0, ends: float = 60, *services: str, unit: str = "payments") -> int:
    """Maintenance of Payments from so many minutes after the night began."""
    with seeding():
        unit_id = BusinessUnit.objects.get(slug=unit).pk
        ids = list(Service.objects.filter(slug__in=services or ("ledger",)).values_list("pk", flat=True))
    made = actions.schedule_maintenance(
        actor=actor,
        unit_id=unit_id,
        service_ids=ids,
        starts_at=NIGHT + begins * MINUTE,
        ends_at=NIGHT + ends * MINUTE,
        reason="Database upgrade",
    )
    return made.pk


def pages_about(incident: Incident) -> int:
    """How many pages were written about the incident, by an escalation or not."""
    with seeding():
        return Message.objects.filter(incident_id=incident.pk, is_page=True).count()


def end_of(minutes: float) -> None:
    """What the clock does so many minutes after the night began."""
    with clock.at(NIGHT + minutes * MINUTE):
        maintenance.end_quiet()
        run_jobs()


def test_what_breaks_meanwhile_is_seen_and_pages_nobody_until_the_end(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), *three_steps())
    key = window(actor("commander.payments"))
    with clock.at(NIGHT + 10 * MINUTE):
        incident = declare(actor("responder.payments"))
    end_of(40)
    with later(59):
        assert (pages_about(incident), runs_of(incident), auditing.look().is_well) == (0, {}, True)
    with seeding():
        seen = Incident.objects.get(pk=incident.pk)
        said = list(TimelineEntry.objects.filter(incident=incident).order_by("pk").values_list("body", flat=True))
    assert (seen.maintenance_id, seen.is_quiet, seen.commander_id is not None) == (key, True, True)
    assert said[-1] == (
        "Declared during maintenance of Payments, “Database upgrade”: pages nobody before 2026-11-25 03:00 UTC"
    )

    end_of(60)
    assert pages_about(incident) > 0  # whoever is on call for it has been on it since the declaration
    with later(65):
        assert paged(incident) == [(65, 1, FIRST)]
    end_of(66)
    with seeding():
        assert Run.objects.filter(incident=incident).count() == 1


def test_acknowledged_meanwhile_it_pages_nobody_afterwards(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), *three_steps())
    window(actor("commander.payments"))
    incident = declare(actor("responder.payments"))
    actions.acknowledge_incident(actor=actor("responder.payments"), incident_id=incident.pk)
    run_jobs()
    end_of(60)
    with later(200):
        assert (pages_about(incident), runs_of(incident)) == (0, {})


def test_resolved_meanwhile_nothing_follows(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), *three_steps())
    window(actor("commander.payments"))
    incident = declare(actor("responder.payments"))
    responder = actor("responder.payments")
    actions.acknowledge_incident(actor=responder, incident_id=incident.pk)
    actions.resolve_incident(actor=responder, incident_id=incident.pk)
    end_of(60)
    with seeding():
        entries = TimelineEntry.objects.filter(incident=incident, body__contains="is over: pages")
        assert (Incident.objects.get(pk=incident.pk).is_quiet, entries.count()) == (False, 0)


def test_restricted_meanwhile_whoever_a_rotation_put_on_it_is_told_nothing(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), *three_steps())
    window(actor("commander.payments"))
    with clock.at(NIGHT + 10 * MINUTE):
        incident = declare(actor("responder.payments"))
    actions.restrict_incident(actor=actor("commander.payments"), incident_id=incident.pk, reason="Few")
    end_of(60)
    with seeding():
        assert IncidentRole.objects.filter(incident=incident, ended_at=None).exists()
        assert not Message.objects.filter(incident_id=incident.pk, dedupe_key__contains=":role:").exists()


def test_ended_early_it_pages_at_once(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), *three_steps())
    key = window(actor("commander.payments"))
    incident = declare(actor("responder.payments"))
    with clock.at(NIGHT + 20 * MINUTE):
        actions.end_maintenance(actor=actor("commander.payments"), window_id=key)
        run_jobs()
        with pytest.raises(Conflict):
            actions.end_maintenance(actor=actor("commander.payments"), window_id=key)
    with later(25):
        assert paged(incident) == [(25, 1, FIRST)]


def test_work_that_follows_at_once_keeps_it_quiet(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), *three_steps())
    window(actor("commander.payments"))
    window(actor("commander.payments"), 60, 90)
    incident = declare(actor("responder.payments"))
    end_of(60)
    assert pages_about(incident) == 0
    end_of(90)
    with later(95):
        assert paged(incident) == [(95, 1, FIRST)]


def test_before_after_and_elsewhere_it_changes_nothing(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), *three_steps(), services=("ledger", "card-gateway"))
    before = declare(actor("responder.payments"))
    window(actor("commander.payments"), 1, 60)
    with clock.at(NIGHT + 2 * MINUTE):
        elsewhere = declare(actor("responder.payments"), service="card-gateway")
    with clock.at(NIGHT + 60 * MINUTE):
        after = declare(actor("responder.payments"))
    with later(65):
        assert [bool(paged(each)) for each in (before, elsewhere, after)] == [True, True, True]


def test_somebody_lets_it_page_all_the_same(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), *three_steps())
    window(actor("commander.payments"))
    at_once = declare(actor("responder.payments"), page_anyway=True)
    later_on = declare(actor("responder.payments"))
    with clock.at(NIGHT + 5 * MINUTE):
        with pytest.raises(Forbidden):
            actions.page_anyway(actor=actor("observer.payments"), incident_id=later_on.pk)
        assert pages_about(later_on) == 0
        actions.page_anyway(actor=actor("responder.payments"), incident_id=later_on.pk)
        run_jobs()
        with pytest.raises(Conflict):
            actions.page_anyway(actor=actor("responder.payments"), incident_id=later_on.pk)
    with later(5):
        pass
    with later(10):
        assert (paged(at_once), paged(later_on)) == ([(5, 1, FIRST)], [(10, 1, FIRST)])


def test_alerts_of_the_service_are_incidents_that_page_nobody(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), *three_steps())
    with seeding():
        unit = BusinessUnit.objects.get(slug="payments")
    made = alerts.create_alert_source(
        actor=actor("admin.payments"), unit_id=unit.pk, kind=SourceKind.ALERTMANAGER, name="Watch"
    )
    source = source_of_key(made.key, SourceKind.ALERTMANAGER)
    assert source is not None
    key = window(actor("commander.payments"))
    report = alertmanager.read(orjson.dumps(notification(alert(service="ledger"), group="maintenance")))
    alerts.receive_alerts(actor=source.actor, source=source, reports=[report])
    run_jobs()
    with seeding():
        found = Alert.objects.get(source_id=made.source.pk)
        incident = found.incident
    assert incident is not None
    assert (incident.maintenance_id, incident.is_quiet, found.status) == (key, True, AlertStatus.FIRING)
    with later(59):
        assert (pages_about(incident), runs_of(incident)) == (0, {})
    end_of(60)
    with later(65):
        assert paged(incident) == [(65, 1, FIRST)]


def test_escalated_by_hand_it_pages(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), *three_steps())
    window(actor("commander.payments"))
    incident = declare(actor("responder.payments"))
    escalation.escalate_incident(
        actor=actor("responder.payments"), incident_id=incident.pk, reason="It is not the work"
    )
    run_jobs()
    with later(1):
        assert paged(incident) == [(1, 1, FIRST)]


def test_the_simulation_says_it(actor: ActorNamed) -> None:
    policy(actor("admin.payments"), *three_steps())
    window(actor("commander.payments"))
    incident = declare(actor("responder.payments"))
    responder = actor("responder.payments")
    with acting_as(responder):
        service = Service.objects.select_related("unit").get(slug="ledger")
        ahead = foresee(responder, service.unit, service, Severity.SEV2, NIGHT + 30 * MINUTE)
        after = foresee(responder, service.unit, service, Severity.SEV2, NIGHT + 60 * MINUTE)
        now = foresee_incident(responder, Incident.objects.get(pk=incident.pk))
    assert (ahead.quiet_until, now.quiet_until, after.quiet_until) == (NIGHT + 60 * MINUTE,) * 2 + (None,)
    assert {each.steps[0].at for each in (ahead, now, after)} == {NIGHT + 65 * MINUTE}


@pytest.mark.parametrize(
    ("username", "error"),
    [("responder.payments", Forbidden), ("observer.payments", Forbidden), ("commander.media", Forbidden)],
)
def test_who_does_not_lead_the_unit_schedules_and_stops_nothing(
    actor: ActorNamed, username: str, error: type[Exception]
) -> None:
    key = window(actor("commander.payments"))
    coming = window(actor("commander.payments"), 90, 120)
    for attempt in (
        lambda: window(actor(username)),
        lambda: actions.end_maintenance(actor=actor(username), window_id=key),
        lambda: actions.cancel_maintenance(actor=actor(username), window_id=coming),
    ):
        with pytest.raises(error):
            attempt()
    with seeding():
        assert list(
            MaintenanceWindow.objects.filter(pk__in=[key, coming]).order_by("pk").values_list("pk", "stopped_at")
        ) == [
            (key, None),
            (coming, None),
        ]


def test_what_has_not_begun_is_cancelled_and_what_runs_is_ended(actor: ActorNamed) -> None:
    commander = actor("commander.payments")
    coming = window(commander, 30, 60)
    with pytest.raises(Conflict, match="cancel it"):
        actions.end_maintenance(actor=commander, window_id=coming)
    assert actions.cancel_maintenance(actor=commander, window_id=coming).is_cancelled
    with pytest.raises(Conflict, match="over"):
        actions.cancel_maintenance(actor=commander, window_id=coming)
    running = window(commander)
    with pytest.raises(Conflict, match="end it"):
        actions.cancel_maintenance(actor=commander, window_id=running)
    with clock.at(NIGHT + 30 * MINUTE):
        assert not declare(actor("responder.payments"), page_anyway=True).is_quiet
    with seeding():
        verbs = list(AuditEntry.objects.filter(verb__endswith="_maintenance").order_by("pk").values_list("verb"))
    assert verbs == [("schedule_maintenance",), ("cancel_maintenance",), ("schedule_maintenance",)]


@pytest.mark.parametrize(
    ("begins", "ends", "services", "error"),
    [
        (0, 0, ("ledger",), Invalid),
        (-60, -1, ("ledger",), Invalid),
        (0, timedelta(days=15) / MINUTE, ("ledger",), Invalid),
        (0, 60, ("pricing",), Invalid),
    ],
)
def test_a_window_ends_in_the_future_and_is_about_services_of_its_unit(
    actor: ActorNamed, begins: float, ends: float, services: tuple[str, ...], error: type[Exception]
) -> None:
    with pytest.raises(error):
        window(actor("commander.payments"), begins, ends, *services)
    with pytest.raises(NotFound):
        actions.cancel_maintenance(actor=actor("commander.payments"), window_id=10**9)
    with seeding():
        assert not MaintenanceWindow.objects.filter(reason="Database upgrade").exists()
