"""The demonstration organisation is as large as a newcomer is promised."""

from __future__ import annotations

import pytest

from hub.incidents.models import Incident, TimelineEntry
from knowledge.postmortems.models import ActionItem, Postmortem, PostmortemStatus, Section
from tenants.models import BusinessUnit, Person, Region, RoleAssignment
from tests.conftest import seeding

pytestmark = pytest.mark.django_db

UNITS = {"payments", "retail", "logistics", "cloud", "health", "media"}
LOGINS = {
    "coordinator",
    "lead.emea",
    "admin.payments",
    "commander.payments",
    "responder.payments",
    "observer.retail",
    "security",
    "outsider.logistics",
}


def test_it_has_units_in_regions_and_people_with_roles() -> None:
    with seeding():
        assert set(BusinessUnit.objects.values_list("slug", flat=True)) >= UNITS
        assert Region.objects.count() == 4
        people = dict(Person.objects.values_list("username", "pk"))
        holders = set(RoleAssignment.objects.values_list("person_id", flat=True))
    assert len(people) >= 40
    assert {people[login] for login in LOGINS} <= holders


def test_two_years_of_incidents_have_timelines() -> None:
    with seeding():
        declared = Incident.objects.order_by("declared_at").values_list("declared_at", flat=True)
        assert len(declared) >= 1_400
        assert (declared[len(declared) - 1] - declared[0]).days >= 700
        assert TimelineEntry.objects.values("incident").distinct().count() == len(declared)


def test_sixty_reviews_are_of_real_length_and_no_two_alike() -> None:
    with seeding():
        reviews = list(Postmortem.objects.filter(status=PostmortemStatus.PUBLISHED).select_related("cause"))
        with_items = set(ActionItem.objects.values_list("postmortem_id", flat=True))
    texts = {each.pk: [each.text_of(section) for section in Section] for each in reviews}
    told = {pk: "\n".join(parts) for pk, parts in texts.items()}

    assert len(reviews) >= 60
    assert [each.title for each in reviews if len(told[each.pk].split()) < 250] == []
    assert [each.title for each in reviews if each.cause is None or each.pk not in with_items] == []
    sentences = [part for parts in texts.values() for part in parts if len(part) > 80]
    assert len(sentences) == len(set(sentences))
