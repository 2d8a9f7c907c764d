"""Two who retire services at the same moment: with real commits."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from hub.catalog import actions
from hub.catalog.models import Service
from hub.lib.errors import HubError
from hub.lib.identity import person
from tenants.models import Person
from tests.conftest import seeding

pytestmark = pytest.mark.usefixtures("own_database")


def test_no_two_services_take_each_others_place() -> None:
    """Alerts that name either would be handed on for ever."""
    with seeding():
        one, other = Service.objects.filter(unit__slug="payments").order_by("pk")[:2]
        keeper = person(Person.objects.get(username="admin.payments").pk, through="test")
    start = threading.Barrier(2)
    refused: list[HubError] = []

    def retire(service: Service, successor: Service) -> None:
        start.wait(20)
        try:
            actions.retire_service(actor=keeper, service_id=service.pk, successor_id=successor.pk)
        except HubError as error:
            refused.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=retire, args=pair) for pair in ((one, other), (other, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert [str(error).endswith("is in its place.") or "is retired" in str(error) for error in refused] == [True]
    with seeding():
        assert Service.objects.filter(pk__in=[one.pk, other.pk], retired_at=None).count() == 1
