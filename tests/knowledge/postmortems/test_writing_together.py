"""Several people write in a review at once: what pages ask that save by themselves, and who is seen to write."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client

from hub.lib import clock
from knowledge.postmortems.jobs import sweep_writers
from knowledge.postmortems.models import Postmortem, Writer
from tenants.models import AuditEntry
from tests.conftest import SignedIn, seeding
from tests.knowledge.postmortems.conftest import stored


def saved(client: Client, review: Postmortem, text: str, version: int, section: str = "lessons") -> tuple[int, Any]:
    answer = client.post(f"/postmortems/{review.pk}/sections/{section}/text", {"text": text, "version": version})
    is_json = answer["Content-Type"] == "application/json"
    return answer.status_code, answer.json() if is_json else None


def test_a_text_saves_itself_and_who_was_slower_gets_both(draft: Postmortem, signed_in: SignedIn) -> None:
    his, hers = signed_in("responder.payments"), signed_in("responder2.payments")

    assert saved(his, draft, "His.", draft.version) == (200, {"version": 2, "moved": False})
    assert saved(his, draft, "His. And more.", 2) == (200, {"version": 3, "moved": False})
    status, said = saved(hers, draft, "Hers.", draft.version)

    assert status == 409
    assert (said["moved"], said["version"], said["text"]) == (True, 3, "His. And more.")
    assert said["html"].strip() == "<p>His. And more.</p>"
    assert stored(draft).lessons == "His. And more."
    assert saved(hers, draft, "His. And more.\n\nHers.", said["version"])[0] == 200
    look = f"/postmortems/{draft.pk}/sections/lessons/text"
    assert his.get(f"{look}?since=3").json()["text"] == "His. And more.\n\nHers."
    assert his.get(f"{look}?since=4").json() == {"version": 4, "moved": False}
    assert his.get(f"/postmortems/{draft.pk}/sections/nothing/text").status_code == 404

    # What somebody saves at one sitting is one change of the history.
    history = his.get(f"/postmortems/{draft.pk}/history").content.decode()
    assert history.count("Lessons: what it said before") == 2


def test_who_may_not_write_saves_nothing(draft: Postmortem, signed_in: SignedIn) -> None:
    assert saved(signed_in("observer.payments"), draft, "Mine", draft.version)[0] == 403
    assert saved(signed_in("outsider.logistics"), draft, "Mine", draft.version)[0] == 404
    assert saved(signed_in("responder.payments"), draft, " ", draft.version, "title")[0] == 400
    assert saved(signed_in("responder.payments"), draft, "x", 99)[0] == 400
    assert stored(draft).version == draft.version


def test_who_writes_is_seen_for_some_seconds_by_who_reads_the_draft(draft: Postmortem, signed_in: SignedIn) -> None:
    address = f"/postmortems/{draft.pk}/writing"
    his, hers = signed_in("responder.payments"), signed_in("responder2.payments")
    with seeding():
        before = AuditEntry.objects.count()

    def seen(client: Client) -> list[str]:
        return [each["section"] for each in client.get(address).json()["writers"]]

    assert his.post(address, {"section": "lessons"}).json() == {"writers": []}
    assert seen(hers) == ["lessons"]
    assert seen(his) == []
    assert seen(signed_in("observer.payments")) == ["lessons"]
    his.post(address, {"section": "impact"})
    assert seen(hers) == ["impact"]

    assert signed_in("outsider.logistics").get(address).status_code == 404
    assert signed_in("outsider.logistics").post(address, {"section": "impact"}).status_code == 404
    signed_in("observer.payments").post(address, {"section": "summary"})
    assert seen(hers) == ["impact"]

    with clock.at(clock.now() + timedelta(seconds=13)):
        assert seen(hers) == []
        sweep_writers(0)
    with seeding():
        assert not Writer.objects.exists()
        assert AuditEntry.objects.count() == before
    hers.post(address, {"section": "lessons"})
    hers.post(address, {"section": ""})
    assert seen(his) == []


def test_a_form_knows_where_it_is_saved_and_shows_who_else_writes(draft: Postmortem, signed_in: SignedIn) -> None:
    page = signed_in("responder.payments").get(f"/postmortems/{draft.pk}?edit=lessons").content.decode()

    assert f'data-text="/postmortems/{draft.pk}/sections/lessons/text"' in page
    assert f'data-writing="/postmortems/{draft.pk}/writing"' in page
    assert page.count('data-writers="lessons"') == 1
    assert "postmortems/writing.js" in page
    assert (
        "postmortems/writing.js" not in signed_in("observer.payments").get(f"/postmortems/{draft.pk}").content.decode()
    )
