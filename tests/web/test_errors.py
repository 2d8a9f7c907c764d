"""Errors become pages that say what, why and what now."""

from __future__ import annotations

import pytest
from django.test import Client

pytestmark = pytest.mark.usefixtures("web_urls")


@pytest.fixture
def visitor() -> Client:
    """Nobody in particular; errors of views become responses, as in production."""
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("/garbled", 400, "This request cannot be read"),
        ("/unfit", 400, "This request cannot be read"),
        ("/too-far", 400, "This request cannot be read"),
        ("/denied", 403, "You may not do this"),
        ("/forbidden", 403, "Only the commander resolves an incident."),
        ("/missing", 404, "There is no such incident, or you may not see it."),
        ("/no-such-page", 404, "There is no such page, or you may not see it"),
        ("/conflict", 409, "PAY-1 was acknowledged by Elena Petrova a moment ago."),
        ("/too-large", 413, "That is too large"),
        ("/too-many", 429, "Ten incidents were declared within a minute."),
        ("/broken", 500, "The hub made a mistake"),
        ("/no-database", 503, "The hub cannot reach its data"),
    ],
)
def test_an_error_has_its_page(visitor: Client, path: str, status: int, sentence: str) -> None:
    response = visitor.get(path)

    assert response.status_code == status
    assert sentence in response.content.decode()
    assert "Traceback" not in response.content.decode()


@pytest.mark.parametrize(("path", "seconds"), [("/too-many", "300"), ("/no-database", "30")])
def test_an_error_that_passes_says_when_to_retry(visitor: Client, path: str, seconds: str) -> None:
    assert visitor.get(path)["Retry-After"] == seconds


def test_htmx_gets_the_sentence_alone(visitor: Client) -> None:
    response = visitor.post("/conflict", headers={"HX-Request": "true"})

    assert response.status_code == 409
    assert response["Content-Type"].startswith("text/plain")
    assert response.content.decode() == "PAY-1 was acknowledged by Elena Petrova a moment ago."


def test_htmx_gets_the_sentence_about_a_method_alone(visitor: Client) -> None:
    response = visitor.post("/read", headers={"HX-Request": "true"})

    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")
    assert response.content.decode() == "This address takes GET, HEAD alone, and what was sent is POST."


def test_nobody_is_sent_to_sign_in_and_back(visitor: Client) -> None:
    response = visitor.get("/nobody?unit=payments")

    assert response.status_code == 302
    assert response["Location"] == "/sign-in?next=/nobody%3Funit%3Dpayments"


def test_a_forged_form_is_refused_with_a_page() -> None:
    response = Client(enforce_csrf_checks=True).post("/conflict")

    assert response.status_code == 403
    assert "This form has expired" in response.content.decode()
