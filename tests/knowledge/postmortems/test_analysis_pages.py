"""Analyses on the page: the picture, the list that tells the same, and the forms."""

from __future__ import annotations

from typing import Any

import pytest

from knowledge.postmortems import actions
from knowledge.postmortems.causegraph import HEIGHT, WIDTH, picture
from knowledge.postmortems.models import Analysis, CauseRole, Effect, Method, Postmortem
from tests.conftest import SignedIn, seeding
from tests.graphql.api import ApiOf, api, global_id
from tests.knowledge.postmortems.conftest import ActorNamed

__all__ = ["api"]

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def text(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def problem(complete: Postmortem, actor: ActorNamed) -> Effect:
    writer = actor("responder.payments")
    actions.start_analysis(actor=writer, postmortem_id=complete.pk, method=Method.APOLLO, problem="Checkout failed")
    with seeding():
        return complete.effects.get()


def test_a_graph_is_drawn_and_told(
    complete: Postmortem, problem: Effect, actor: ActorNamed, signed_in: SignedIn
) -> None:
    writer = actor("responder.payments")
    pool = actions.add_cause(actor=writer, effect_id=problem.pk, text="The pool <b> was full", role=CauseRole.ACTION)
    actions.add_evidence(actor=writer, effect_id=pool.pk, text="212 waiting", url="https://grafana.example/d/1")

    page = text(signed_in("observer.payments").get(f"/postmortems/{complete.pk}"))
    wide = text(signed_in("observer.payments").get(f"/postmortems/{complete.pk}/analyses"))

    for shown in (page, wide):
        assert 'aria-label="Why “Checkout failed”: 1 cause, 2 of them with an open question.' in shown
        assert "<title>The pool &lt;b&gt; was full</title>" in shown
        assert "Asks for a condition" in shown
        assert "Asks for an action and a condition" in shown
        assert 'href="https://grafana.example/d/1"' in shown
        assert "2 open branches" in shown
        assert "Work on this effect" not in shown
    assert "<h1>Why" in wide


def test_forms_change_the_graph_in_place(complete: Postmortem, problem: Effect, signed_in: SignedIn) -> None:
    client, path = signed_in("responder.payments"), f"/postmortems/{complete.pk}/analyses"
    form = text(client.get(f"{path}?effect={problem.pk}", headers=HTMX))

    answer = client.post(
        path, {"do": "cause", "key": problem.pk, "text": "The pool was full", "role": "action"}, headers=HTMX
    )
    plain = client.post(path, {"do": "gap", "kind": "recovery", "text": "No switch", "minutes": "12"})
    refused = client.post(path, {"do": "cause", "key": problem.pk, "text": "x"}, headers=HTMX)

    assert 'name="ended_because"' in form
    assert "The pool was full" in text(answer)
    assert 'id="review-side"' in text(answer)
    assert (plain.status_code, plain["Location"]) == (302, f"{path}#analyses")
    assert refused.status_code == 400
    with seeding():
        assert list(complete.effects.values_list("text", flat=True)) == ["Checkout failed", "The pool was full"]
        assert complete.gaps.get().minutes == 12


def test_every_form_has_its_answer(complete: Postmortem, problem: Effect, signed_in: SignedIn) -> None:
    client, path = signed_in("responder.payments"), f"/postmortems/{complete.pk}/analyses"

    def do(what: str, key: int, **fields: str) -> int:
        return client.post(path, {"do": what, "key": key, **fields}, headers=HTMX).status_code

    def last(**narrowed: Any) -> Effect:
        with seeding():
            return complete.effects.filter(**narrowed).latest("pk")

    assert do("cause", problem.pk, text="A", role="action") == 200
    assert do("cause", problem.pk, text="B", role="condition", ended_because="Known") == 200
    first, second = last(text="A"), last(text="B")
    assert do("link", first.pk, cause=str(second.pk), role="condition") == 200
    assert do("evidence", first.pk, text="Seen", kind="log") == 200
    assert do("edit", first.pk, text="A again", ended_because="Enough") == 200
    with seeding():
        evidence, link = first.evidence.get(), first.causes.get()
    assert do("unprove", evidence.pk) == 200
    assert do("unlink", link.pk) == 200
    assert do("nothing", 1) == 400
    assert do("start", 0, text="Again", method="five_whys") == 200
    assert do("remove", problem.analysis_id) == 200
    with seeding():
        assert complete.analyses.get().method == "five_whys"


def test_readers_and_strangers_change_nothing(complete: Postmortem, problem: Effect, signed_in: SignedIn) -> None:
    path, form = f"/postmortems/{complete.pk}/analyses", {"do": "edit", "key": problem.pk, "text": "No"}

    assert signed_in("observer.payments").post(path, form).status_code == 403
    assert signed_in("outsider.logistics").post(path, form).status_code == 404

    with seeding():
        assert complete.effects.get().text == "Checkout failed"


def test_boxes_keep_their_distance(problem: Effect) -> None:
    with seeding():
        for analysis in Analysis.objects.prefetch_related("effects__evidence", "links"):
            drawn = picture(analysis)
            assert drawn is not None
            places = [(box.x, box.y) for box in drawn.boxes]
            assert len(places) == analysis.effects.count()
            for number, (x, y) in enumerate(places):
                assert all(abs(x - a) >= WIDTH or abs(y - b) >= HEIGHT for a, b in places[:number])


GRAPH = """
query ($id: ID!) { postmortem(id: $id) {
  failureMode { key } gaps { kind text minutes }
  analyses { method effects { text isPrimary isOpen endedBecause evidence { kind text url }
    causes { role cause { text } } effects { effect { text } } } links { role } }
} }
"""


def test_a_graph_is_read_and_built_through_the_api(complete: Postmortem, api: ApiOf) -> None:
    writer = api("responder.payments")
    review = global_id("Postmortem", complete)

    started = writer.change(
        "startAnalysis", "... on Analysis { effects { id } }", postmortemId=review, method="APOLLO", problem="It failed"
    ).data["startAnalysis"]
    effect = started["effects"][0]["id"]
    cause = writer.change("addCause", "... on Effect { id isOpen }", effectId=effect, text="Full", role="ACTION").data[
        "addCause"
    ]
    refused = writer.change(
        "linkCause", "... on CausalLink { id }", effectId=cause["id"], causeId=effect, role="CONDITION"
    ).data["linkCause"]
    seen = api("observer.payments").ask(GRAPH, id=review).data["postmortem"]["analyses"]

    assert cause["isOpen"]
    assert [error["code"] for error in refused["errors"]] == ["INVALID"]
    assert seen[0]["effects"][0]["causes"] == [{"role": "ACTION", "cause": {"text": "Full"}}]
    assert seen[0]["effects"][1]["effects"] == [{"effect": {"text": "It failed"}}]
    found = api("observer.payments").ask("{ postmortems(filters: {openBranch: true}) { edges { node { id } } } }")
    assert review in str(found.data)
