"""A service that alerts name stays, whoever asks for its end: nothing else holds an alert to one that exists."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import DatabaseError, transaction

from hub.catalog.models import Service
from hub.lib import identity
from hub.lib.identity import SYSTEM, Actor, acting_as
from tenants.models import Person
from tests.conftest import as_system

pytestmark = pytest.mark.django_db


def lead(person: Callable[[str], Person]) -> Actor:
    return identity.person(person("admin.payments").pk)


def system(person: Callable[[str], Person]) -> Actor:
    return SYSTEM


@pytest.mark.parametrize("who", [lead, system])
def test_nobody_deletes_a_service(
    who: Callable[[Callable[[str], Person]], Actor], person: Callable[[str], Person]
) -> None:
    actor = who(person)
    with as_system():
        service = Service.objects.create(
            slug="short-lived", name="Short-lived", unit=Service.objects.get(slug="ledger").unit
        )

    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), acting_as(actor):
        Service.objects.filter(pk=service.pk)._raw_delete("default")

    with as_system():
        assert Service.objects.filter(pk=service.pk).exists()
