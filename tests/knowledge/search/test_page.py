"""The knowledge page: what is found is shown, lit and narrowed; what may not be read is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from knowledge.postmortems.models import Audience, Postmortem
from tenants.models import BusinessUnit, Person
from tests.conftest import SignedIn, seeding

pytestmark = pytest.mark.django_db

PersonNamed = Callable[[str], Person]


@pytest.fixture
def page(signed_in: SignedIn) -> Callable[..., str]:
    """The page's text for a person and a question."""

    def ask(username: str, **question: str) -> str:
        return signed_in(username).get("/knowledge/", question).content.decode()

    return ask


def test_a_question_finds_and_lights_what_matches(page: Callable[..., str]) -> None:
    body = page("responder.payments", q="expired certificate")

    assert "<mark>certificate</mark>" in body
    assert 'name="q" value="expired certificate"' in body


def test_a_facet_narrows_and_stays_in_the_address(page: Callable[..., str]) -> None:
    with seeding():
        unit = BusinessUnit.objects.get(slug="cloud")
    body = page("coordinator", q="certificate", unit=str(unit.pk))

    assert f'form="knowledge-form" name="unit" value="{unit.pk}"' in body
    assert "Clear filters" in body


def test_a_review_for_its_unit_is_found_by_its_unit_alone(page: Callable[..., str]) -> None:
    with seeding():
        review = Postmortem.objects.filter(unit__slug="payments", audience=Audience.UNIT, status="published").earliest(
            "pk"
        )

    assert review.title.split("'")[0] in page("observer.payments", q=f'"{review.title}"').replace("<mark>", "").replace(
        "</mark>", ""
    )
    assert f"/postmortems/{review.pk}" not in page("outsider.logistics", q=f'"{review.title}"')


def test_what_cannot_be_asked_is_said_in_a_sentence(signed_in: SignedIn) -> None:
    client = signed_in("observer.retail")

    answer = client.get("/knowledge/", {"q": "disk", "after": "made up"})

    assert answer.status_code == 400
    assert "cursor" in answer.content.decode()
    assert client.get("/knowledge/", {"unit": "x", "month": "2026-99"}).status_code == 200


def test_nobody_is_sent_to_sign_in() -> None:
    assert Client().get("/knowledge/").status_code == 302
