"""The pages of reviews as they answer, with and without htmx."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client

from hub.incidents import actions as incidents
from hub.incidents.models import Incident
from knowledge.postmortems import actions
from knowledge.postmortems.models import ActionStatus, Postmortem, PostmortemStatus
from tenants.models import Person
from tests.conftest import SignedIn, seeding
from tests.knowledge.postmortems.conftest import ActorNamed, stored

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def text(response: Any) -> str:
    return str(response.content.decode())


def test_an_article_reads_from_summary_to_actions(published: Callable[..., Postmortem], signed_in: SignedIn) -> None:
    review = published("enterprise")

    page = text(signed_in("outsider.logistics").get(f"/postmortems/{review.pk}"))

    headings = ("Summary", "Impact", "Timeline", "Detection", "Root cause", "What went well", "Lessons")
    places = [page.index(f">{heading}</h2>") for heading in headings]
    assert places == sorted(places)
    assert "Capacity exhaustion" in page
    assert "The incident was acknowledged after 4 min, mitigated after 30 min, resolved after 1 h 30 min." in page
    assert f'href="/incidents/{review.reference}"' not in page
    assert "Edit" not in page
    assert "Publish" not in page.replace("Published", "")


def test_the_unit_finds_its_incident_and_writes(draft: Postmortem, signed_in: SignedIn) -> None:
    page = text(signed_in("responder.payments").get(f"/postmortems/{draft.pk}"))

    assert f'href="/incidents/{draft.reference}"' in page
    assert "Drafted by the hub" in page
    assert "“Lessons” is empty." in page
    assert 'data-dialog="publish"' not in page
    assert 'data-dialog="publish"' in text(signed_in("commander.payments").get(f"/postmortems/{draft.pk}"))


def test_a_reader_sees_no_way_to_write(draft: Postmortem, signed_in: SignedIn) -> None:
    page = text(signed_in("observer.payments").get(f"/postmortems/{draft.pk}?edit=lessons"))

    assert "<textarea" not in page
    assert "hx-post" not in page
    assert "Nobody has written this yet." in page


@pytest.mark.parametrize("path", ["", "/history", "/sections/lessons", "/causes", "/moments", "/actions"])
def test_what_is_hidden_is_not_found(draft: Postmortem, signed_in: SignedIn, path: str) -> None:
    outsider = signed_in("outsider.logistics")

    hidden = outsider.get(f"/postmortems/{draft.pk}{path}")
    missing = outsider.get(f"/postmortems/999999999{path}")

    assert (hidden.status_code, missing.status_code) == (404, 404)


def test_an_incident_leads_to_its_review(draft: Postmortem, signed_in: SignedIn) -> None:
    found = signed_in("observer.payments").get(f"/postmortems/of/{draft.reference.lower()}")
    hidden = signed_in("outsider.logistics").get(f"/postmortems/of/{draft.reference}")

    assert (found.status_code, found["Location"]) == (302, f"/postmortems/{draft.pk}")
    assert hidden.status_code == 404


def test_nobody_is_led_to_sign_in(draft: Postmortem) -> None:
    response = Client().get(f"/postmortems/{draft.pk}")

    assert response.status_code == 302
    assert response["Location"].startswith("/sign-in")


def test_a_section_is_saved_in_place_and_the_checklist_follows(draft: Postmortem, signed_in: SignedIn) -> None:
    response = signed_in("responder.payments").post(
        f"/postmortems/{draft.pk}/sections/lessons",
        {"version": "1", "text": "Watch **limits**."},
        headers=HTMX,
    )

    assert response.status_code == 200
    assert "<p>Watch <strong>limits</strong>.</p>" in text(response)
    assert 'hx-swap-oob="true"' in text(response)
    assert "“Lessons” is empty." not in text(response)
    assert stored(draft).lessons == "Watch **limits**."


def test_without_htmx_a_save_returns_to_the_page(draft: Postmortem, signed_in: SignedIn) -> None:
    response = signed_in("responder.payments").post(
        f"/postmortems/{draft.pk}/sections/lessons", {"version": "1", "text": "Watch limits."}
    )

    assert (response.status_code, response["Location"]) == (302, f"/postmortems/{draft.pk}#lessons")


@pytest.mark.parametrize(("headers", "status"), [(HTMX, 422), ({}, 409)])
def test_a_stale_save_shows_both_texts(
    draft: Postmortem, actor: ActorNamed, signed_in: SignedIn, headers: dict[str, str], status: int
) -> None:
    actions.edit_postmortem(
        actor=actor("responder2.payments"), postmortem_id=draft.pk, version=1, texts={"lessons": "Hers."}
    )

    response = signed_in("responder.payments").post(
        f"/postmortems/{draft.pk}/sections/lessons", {"version": "1", "text": "His."}, headers=headers
    )

    assert response.status_code == status
    assert "Aisha Bello changed “Lessons”" in text(response)
    assert "<p>Hers.</p>" in text(response)
    assert ">His.</textarea>" in text(response)
    assert 'name="version" value="2"' in text(response)
    assert stored(draft).lessons == "Hers."


def test_a_save_without_a_version_or_rights_says_so(draft: Postmortem, signed_in: SignedIn) -> None:
    nameless = signed_in("responder.payments").post(
        f"/postmortems/{draft.pk}/sections/lessons", {"version": "?", "text": "No"}, headers=HTMX
    )
    forbidden = signed_in("observer.payments").post(
        f"/postmortems/{draft.pk}/sections/lessons", {"version": "1", "text": "No"}, headers=HTMX
    )
    unknown = signed_in("responder.payments").get(f"/postmortems/{draft.pk}/sections/weather")

    assert (nameless.status_code, forbidden.status_code, unknown.status_code) == (400, 403, 404)
    assert "responder's role" in text(forbidden)
    assert stored(draft).lessons == ""


def test_the_causes_are_chosen_in_place(draft: Postmortem, signed_in: SignedIn, cause: Callable[[str], int]) -> None:
    writer = signed_in("responder.payments")
    form = text(writer.get(f"/postmortems/{draft.pk}/causes?edit", headers=HTMX))
    assert "Capacity exhaustion" in form

    answer = writer.post(
        f"/postmortems/{draft.pk}/causes",
        {"cause": cause("capacity"), "contributing": [cause("vendor-failure")]},
        headers=HTMX,
    )

    assert "<b>Capacity exhaustion</b>" in text(answer)
    assert "No root cause is chosen." not in text(answer)
    assert stored(draft).cause_id == cause("capacity")


def test_moments_are_added_in_the_writers_own_time(draft: Postmortem, signed_in: SignedIn) -> None:
    # Luca Marino is in Rome, one hour ahead of UTC in March.
    writer = signed_in("responder.payments")

    answer = writer.post(
        f"/postmortems/{draft.pk}/moments",
        {"at": "2026-03-02T09:40", "text": "A batch job starts"},
        headers=HTMX,
    )

    assert "A batch job starts" in text(answer)
    with seeding():
        added = draft.moments.get(text="A batch job starts")
        assert added.at.isoformat() == "2026-03-02T08:40:00+00:00"
    form = text(writer.get(f"/postmortems/{draft.pk}/moments/{added.pk}", headers=HTMX))
    assert 'value="2026-03-02T09:40"' in form
    gone = writer.post(f"/postmortems/{draft.pk}/moments/{added.pk}", {"remove": "1"}, headers=HTMX)
    assert "A batch job starts" not in text(gone)
    bad = writer.post(f"/postmortems/{draft.pk}/moments", {"at": "soon", "text": "No"}, headers=HTMX)
    assert (bad.status_code, text(bad)) == (400, "Say when it happened: a day and a time.")


def test_an_action_item_is_added_changed_and_done(draft: Postmortem, signed_in: SignedIn) -> None:
    writer = signed_in("responder.payments")
    base = f"/postmortems/{draft.pk}/actions"

    added = writer.post(base, {"title": "Alert on the pool", "owner": "", "due_on": ""}, headers=HTMX)
    assert "Nobody yet" in text(added)
    with seeding():
        item = draft.action_items.get()
    assert 'value="Alert on the pool"' in text(writer.get(f"{base}/{item.pk}", headers=HTMX))
    changed = writer.post(
        f"{base}/{item.pk}",
        {"title": "Alert on the pool", "owner": "responder2.payments", "due_on": "2027-01-31"},
        headers=HTMX,
    )
    assert "31 Jan 2027" in text(changed)
    assert "Has not accepted yet" in text(changed)
    accepted = signed_in("responder2.payments").post(f"/actions/{item.pk}", {"do": "accept"}, headers=HTMX)
    assert "Has not accepted yet" not in text(accepted)
    done = signed_in("responder2.payments").post(
        f"/actions/{item.pk}", {"do": "complete", "said": "Alert pool-80"}, headers=HTMX
    )
    assert "Alert pool-80" in text(done)
    reopened = writer.post(f"/actions/{item.pk}", {"do": "reopen"}, headers=HTMX)
    assert "Open" in text(reopened)
    writer.post(f"/actions/{item.pk}", {"do": "drop", "said": "Pool is gone"}, headers=HTMX)
    with seeding():
        assert draft.action_items.get().status == ActionStatus.DROPPED


@pytest.mark.parametrize(
    ("sent", "status", "sentence"),
    [
        ({"title": ""}, 400, "The title is empty."),
        ({"title": "x", "due_on": "soon"}, 400, "The deadline is a day, such as 2026-03-31."),
        ({"title": "x", "due_on": "2026-03-01"}, 400, "The deadline lies before the incident."),
        ({"title": "x", "owner": "nobody.here"}, 404, "There is no such person, or you may not see it."),
    ],
)
def test_a_bad_action_item_is_refused_in_a_sentence(
    draft: Postmortem, signed_in: SignedIn, sent: dict[str, str], status: int, sentence: str
) -> None:
    response = signed_in("responder.payments").post(f"/postmortems/{draft.pk}/actions", sent, headers=HTMX)

    assert (response.status_code, text(response)) == (status, sentence)
    with seeding():
        assert not draft.action_items.exists()


def test_publishing_and_taking_back(complete: Postmortem, signed_in: SignedIn) -> None:
    publisher = signed_in("commander.payments")
    page = text(publisher.get(f"/postmortems/{complete.pk}"))
    assert "Nothing is missing." in page

    done = publisher.post(f"/postmortems/{complete.pk}/publish", {"audience": "enterprise"})
    assert (done.status_code, stored(complete).status) == (302, PostmortemStatus.PUBLISHED)
    assert "for the whole enterprise" in text(publisher.get(f"/postmortems/{complete.pk}"))
    back = publisher.post(f"/postmortems/{complete.pk}/retract", {"reason": "It names a customer"})
    assert (back.status_code, stored(complete).status) == (302, PostmortemStatus.DRAFT)


def test_an_incomplete_review_is_not_published(draft: Postmortem, signed_in: SignedIn) -> None:
    response = signed_in("commander.payments").post(f"/postmortems/{draft.pk}/publish", {"audience": "unit"})

    assert response.status_code == 400
    assert "“Lessons” is empty." in text(response)
    assert not stored(draft).is_published


def test_a_restricted_review_offers_no_enterprise(
    complete: Postmortem, incident: Incident, actor: ActorNamed, signed_in: SignedIn
) -> None:
    incidents.restrict_incident(actor=actor("commander.payments"), incident_id=incident.pk, reason="Card data")

    page = text(signed_in("commander.payments").get(f"/postmortems/{complete.pk}"))

    assert "Only people with a grant on the incident see this review." in page
    assert 'value="enterprise"' not in page


def test_somebody_else_takes_the_lead(draft: Postmortem, signed_in: SignedIn, person: Callable[[str], Person]) -> None:
    signed_in("responder.payments").post(f"/postmortems/{draft.pk}/lead", {"person": "commander2.payments"})

    assert stored(draft).author_id == person("commander2.payments").pk


def test_the_history_tells_who_changed_what(draft: Postmortem, actor: ActorNamed, signed_in: SignedIn) -> None:
    drafted = draft.summary
    actions.edit_postmortem(
        actor=actor("responder.payments"), postmortem_id=draft.pk, version=1, texts={"summary": "Short."}
    )

    page = text(signed_in("observer.payments").get(f"/postmortems/{draft.pk}/history"))

    assert "Luca Marino" in page
    assert "Summary: what it said before" in page
    assert drafted in page


def test_lists_have_what_is_being_written_overdue_and_published(
    draft: Postmortem, signed_in: SignedIn, person: Callable[[str], Person]
) -> None:
    with seeding():
        Postmortem.objects.filter(pk=draft.pk).update(author=person("responder.payments"))
    reader = signed_in("responder.payments")

    listed = {
        view: draft.reference in text(reader.get(f"/postmortems/?view={view}&unit=payments"))
        for view in ("drafts", "overdue", "mine", "published")
    }

    assert listed == {"drafts": True, "overdue": True, "mine": True, "published": False}
    assert draft.reference not in text(reader.get("/postmortems/?view=drafts&unit=retail"))
    assert draft.reference not in text(signed_in("outsider.logistics").get("/postmortems/?view=drafts"))
    assert reader.get("/postmortems/?view=nonsense&page=x").status_code == 200


def test_my_actions_are_mine(
    draft: Postmortem, actor: ActorNamed, signed_in: SignedIn, person: Callable[[str], Person]
) -> None:
    item = actions.add_action_item(
        actor=actor("responder.payments"),
        postmortem_id=draft.pk,
        title="=Raise the limit",
        owner_id=person("responder.cloud").pk,
        due_on=date(2027, 1, 31),
    )

    owner = signed_in("responder.cloud")
    page = text(owner.get("/actions"))
    assert "Raise the limit" in page
    assert "From a review of Payments that is not published to you" in page
    assert draft.title not in page
    assert "Raise the limit" not in text(signed_in("responder2.cloud").get("/actions"))

    assert 'href="/actions.csv"' in page
    file = owner.get("/actions.csv")
    assert (file["Content-Type"], file["Cache-Control"]) == ("text/csv; charset=utf-8", "no-store")
    [row] = [each for each in csv.DictReader(io.StringIO(text(file))) if "limit" in each["Action"]]
    assert (row["Action"], row["Due"], row["Overdue"], row["Accepted"]) == ("'=Raise the limit", "2027-01-31", "no", "")
    assert (row["Review"], row["Title of the review"], row["Address"]) == ("", "", "")  # as the page
    assert "limit" not in text(signed_in("responder2.cloud").get("/actions.csv"))
    done = owner.post(f"/actions/{item.pk}", {"do": "complete", "mine": "1"})
    assert (done.status_code, done["Location"]) == (302, "/actions")
    assert "Raise the limit" not in text(owner.get("/actions"))
