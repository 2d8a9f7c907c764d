"""Two who retire services at the same moment: with real commits."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub.catalog import actions
from hub.catalog.models import Service
from hub.lib.identity import person
from tenants.models import Person
from tests.conftest import seeding
from tests.together import together

pytestmark = pytest.mark.usefixtures("own_database")


def test_no_two_services_take_each_others_place() -> None:
    """Alerts that name either would be handed on for ever."""
    with seeding():
        one, other = Service.objects.filter(unit__slug="payments").order_by("pk")[:2]
        keeper = person(Person.objects.get(username="admin.payments").pk, through="test")

    def retire(service: Service, successor: Service) -> Callable[[], object]:
        return lambda: actions.retire_service(actor=keeper, service_id=service.pk, successor_id=successor.pk)

    refused = together(retire(one, other), retire(other, one))

    told = [str(error) for error in refused if error]
    assert [each.endswith("is in its place.") or "is retired" in each for each in told] == [True]
    with seeding():
        assert Service.objects.filter(pk__in=[one.pk, other.pk], retired_at=None).count() == 1
