"""A request takes as many statements for hundreds of alerts as for one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson
import pytest
from django.db import connection

from hub.alerts import access, actions
from hub.alerts.access import KnownSource
from hub.alerts.intake import alertmanager
from hub.alerts.models import SourceKind
from hub.lib.identity import SYSTEM
from tenants.models import BusinessUnit
from tests.alerts.senders import alert, notification
from tests.conftest import as_system

pytestmark = pytest.mark.django_db


@pytest.fixture
def source() -> KnownSource:
    with as_system():
        unit = BusinessUnit.objects.get(slug="payments")
        made = actions.create_alert_source(actor=SYSTEM, unit_id=unit.pk, kind=SourceKind.ALERTMANAGER, name="Counted")
    known = access.source_of_key(made.key, SourceKind.ALERTMANAGER)
    assert known is not None
    return known


def statements_for(source: KnownSource, *groups: list[dict[str, Any]]) -> int:
    """How many statements these groups take, received together."""
    reports = [
        alertmanager.read(orjson.dumps(notification(*said, group=f"group-{number}")))
        for number, said in enumerate(groups)
    ]
    counted = 0

    def count(execute: Callable[..., Any], sql: str, parameters: Any, many: bool, context: Mapping[str, Any]) -> Any:
        nonlocal counted
        counted += 1
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(count):
        actions.receive_alerts(actor=source.actor, source=source, reports=reports)
    return counted


def firing(count: int, first: int = 0) -> list[dict[str, Any]]:
    return [alert(instance=f"host-{number}", summary=f"Host {number}") for number in range(first, first + count)]


def test_new_alerts_of_a_new_group(source: KnownSource) -> None:
    assert statements_for(source, firing(1)) == statements_for(source, [], firing(300))


def test_new_alerts_of_a_known_group(source: KnownSource) -> None:
    statements_for(source, firing(1))

    assert statements_for(source, firing(1, first=1)) == statements_for(source, firing(300, first=2))


def test_repeats(source: KnownSource) -> None:
    statements_for(source, firing(300))

    assert statements_for(source, firing(1)) == statements_for(source, firing(300)) < 12


def test_resolutions(source: KnownSource) -> None:
    statements_for(source, firing(400))
    over = [{**each, "status": "resolved"} for each in firing(400)]

    assert statements_for(source, over[:1]) == statements_for(source, over[1:300])


def test_several_groups_together(source: KnownSource) -> None:
    statements_for(source, *(firing(1) for _ in range(8)))

    assert statements_for(source, firing(1, first=1)) == statements_for(source, *(firing(5, first=5) for _ in range(8)))
