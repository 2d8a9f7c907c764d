"""Signing a review: by whom, for which text, and what happens to it until the review is published."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, transaction

from hub.delivery.models import Message
from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden, HubError, Invalid, InvalidMany, NotFound
from hub.lib.identity import acting_as
from knowledge.postmortems import actions, signing
from knowledge.postmortems.models import Audience, GapKind, Postmortem, PostmortemStatus, ReviewSignature
from tenants import actions as tenants
from tenants.models import AuditEntry, ReviewSigner, UnitPolicy
from tests.conftest import SignedIn, seeding
from tests.graphql.api import ApiOf, api, global_id
from tests.jobs import run_jobs
from tests.knowledge.postmortems.conftest import ActorNamed, acting, stored

__all__ = ["api"]

COMMANDER, OTHER, OWNER = ReviewSigner.COMMANDER, ReviewSigner.OTHER_TEAM, ReviewSigner.SERVICE_OWNER


@pytest.fixture
def wanted(complete: Postmortem) -> Postmortem:
    """A review that lacks nothing but the two signatures that its unit's policy wants."""
    tenants.set_policy(actor=acting("admin.payments"), unit_id=complete.unit_id, review_signers=[OTHER, COMMANDER])
    return complete


def sign(review: Postmortem, by: str, role: ReviewSigner, **given: Any) -> ReviewSignature:
    version = given.pop("version", None) or stored(review).version
    return actions.sign_postmortem(actor=acting(by), postmortem_id=review.pk, role=role, version=version)


def refuse(review: Postmortem, by: str, role: ReviewSigner, reason: str = "The cause is a guess") -> ReviewSignature:
    return actions.refuse_signature(
        actor=acting(by), postmortem_id=review.pk, role=role, version=stored(review).version, reason=reason
    )


def publish(review: Postmortem) -> list[str]:
    """What stands in the way; nothing once it is published."""
    try:
        actions.publish_postmortem(actor=acting("commander.payments"), postmortem_id=review.pk, audience=Audience.UNIT)
    except InvalidMany as refused:
        return [f"{error.path[0]}: {error.message}" for error in refused.errors]
    return []


def change(review: Postmortem, **texts: str) -> None:
    actions.edit_postmortem(
        actor=acting("responder.payments"), postmortem_id=review.pk, version=stored(review).version, texts=texts
    )


def said(review: Postmortem) -> list[tuple[str, bool]]:
    with seeding():
        rows = ReviewSignature.objects.filter(postmortem=review).order_by("pk")
        return [(each.role, each.holds) for each in rows]


def test_nothing_is_wanted_where_nobody_asked_for_it(complete: Postmortem) -> None:
    with pytest.raises(Invalid):
        sign(complete, "commander.payments", COMMANDER)
    assert publish(complete) == []


def test_it_is_published_once_every_role_has_signed_what_it_says(wanted: Postmortem) -> None:
    assert publish(wanted) == ["signatures: Still to sign: the incident commander and somebody of another team."]

    sign(wanted, "commander2.payments", COMMANDER)
    assert publish(wanted) == ["signatures: Still to sign: somebody of another team."]
    assert stored(wanted).status == PostmortemStatus.DRAFT
    signature = sign(wanted, "observer.payments", OTHER)

    assert (signature.version, len(signature.fingerprint)) == (stored(wanted).version, 64)
    assert publish(wanted) == []
    with seeding():
        verbs = AuditEntry.objects.filter(verb="sign_postmortem").values_list("object_id", flat=True)
        assert signature.pk in [int(each) for each in verbs]


def test_one_person_stands_for_one_role_and_only_for_their_own(wanted: Postmortem) -> None:
    for by, role, error in (
        ("responder2.payments", OTHER, Forbidden),  # had part in the incident
        ("responder.payments", COMMANDER, Forbidden),
        ("observer.payments", COMMANDER, Forbidden),
        ("observer.payments", OWNER, Invalid),  # nobody wants that
        ("outsider.logistics", OTHER, NotFound),
    ):
        with pytest.raises(error):
            sign(wanted, by, role)
    assert said(wanted) == []

    with_owner = [OTHER, COMMANDER, OWNER]
    tenants.set_policy(actor=acting("admin.payments"), unit_id=wanted.unit_id, review_signers=with_owner)
    sign(wanted, "commander2.payments", COMMANDER)
    with pytest.raises(Conflict, match="One person stands for one role"):
        sign(wanted, "commander2.payments", OWNER)
    with pytest.raises(Conflict, match="signed it as incident commander"):
        sign(wanted, "commander2.payments", COMMANDER)
    with pytest.raises(Conflict):
        sign(wanted, "observer.payments", OTHER, version=1)
    assert said(wanted) == [("commander", True)]


def test_a_change_of_the_text_takes_signatures_away_and_tells_who_signed(wanted: Postmortem, actor: ActorNamed) -> None:
    writer = actor("responder.payments")
    sign(wanted, "commander2.payments", COMMANDER)
    sign(wanted, "observer.payments", OTHER)
    # Who leads it and action items are no part of what is signed.
    actions.add_action_item(
        actor=writer, postmortem_id=wanted.pk, title="x", owner_id=writer.person_id, due_on=clock.now().date()
    )
    assert said(wanted) == [("commander", True), ("other_team", True)]

    change(wanted, lessons="Something else")
    assert said(wanted) == [("commander", False), ("other_team", False)]
    assert publish(wanted) == ["signatures: Still to sign: the incident commander and somebody of another team."]
    sign(wanted, "commander2.payments", COMMANDER)
    run_jobs()
    with seeding():
        told = Message.objects.filter(dedupe_key__contains=":voided", subject__startswith="Please sign again")
        assert [message.person.username for message in told] == ["observer.payments"]

    sign(wanted, "observer.payments", OTHER)
    actions.add_gap(actor=writer, postmortem_id=wanted.pk, kind=GapKind.DETECTION, text="No alert", minutes=3)
    assert [holds for _, holds in said(wanted)] == [False] * 4


def test_a_refusal_holds_publication_up_until_it_is_settled(wanted: Postmortem) -> None:
    sign(wanted, "commander2.payments", COMMANDER)
    with pytest.raises(Invalid):
        refuse(wanted, "observer.payments", OTHER, " ")
    refusal = refuse(wanted, "observer.payments", OTHER)
    assert publish(wanted) == [
        f"signatures: {refusal.person.name} refused to sign as somebody of another team: “The cause is a guess”"
    ]
    with pytest.raises(Conflict):
        sign(wanted, "coordinator", OTHER)
    run_jobs()
    with seeding():
        told = Message.objects.filter(dedupe_key__startswith=f"signature:{refusal.pk}:")
        assert {message.person_id for message in told} == {stored(wanted).author_id} - {None}

    # A change of the text does not settle it.
    change(wanted, lessons="Something else")
    assert said(wanted) == [("commander", False), ("other_team", True)]
    for by in ("responder.payments", "outsider.logistics"):
        with pytest.raises(HubError):
            actions.settle_refusal(actor=acting(by), signature_id=refusal.pk, answer="Never mind")
    assert said(wanted) == [("commander", False), ("other_team", True)]

    actions.settle_refusal(actor=acting("commander.payments"), signature_id=refusal.pk, answer="It was measured")
    assert publish(wanted) == ["signatures: Still to sign: the incident commander and somebody of another team."]
    sign(wanted, "commander2.payments", COMMANDER)
    refuse(wanted, "observer.payments", OTHER)
    sign(wanted, "observer.payments", OTHER)  # after all
    assert publish(wanted) == []


def test_who_signed_can_still_refuse(wanted: Postmortem) -> None:
    sign(wanted, "commander2.payments", COMMANDER)
    refuse(wanted, "commander2.payments", COMMANDER)

    assert said(wanted) == [("commander", False), ("commander", True)]
    with pytest.raises(Conflict):
        refuse(wanted, "commander2.payments", COMMANDER)


def test_the_database_holds_all_of_it(wanted: Postmortem, actor: ActorNamed) -> None:
    signature = sign(wanted, "commander2.payments", COMMANDER)
    rows = ReviewSignature.objects.filter(pk=signature.pk)
    published = {"status": "published", "published_at": clock.now()}

    commander = actor("commander.payments")
    with pytest.raises(DatabaseError, match="a signature is missing"), transaction.atomic(), acting_as(commander):
        Postmortem.objects.filter(pk=wanted.pk).update(**published)
    for forged in ({"person_id": actor("coordinator").person_id}, {"fingerprint": "x"}, {"version": 1}):
        with pytest.raises(DatabaseError), transaction.atomic(), acting_as(actor("commander.payments")):
            rows.update(**forged)
    with pytest.raises(DatabaseError), transaction.atomic(), acting_as(actor("responder.payments")):
        ReviewSignature.objects.create(
            postmortem=wanted,
            unit_id=wanted.unit_id,
            incident_id=wanted.incident_id,
            role=OTHER,
            person_id=actor("observer.payments").person_id or 0,
            at=clock.now(),
            version=1,
            fingerprint="x",
        )
    assert said(wanted) == [("commander", True)]


def test_a_signature_of_another_text_does_not_count(wanted: Postmortem) -> None:
    sign(wanted, "observer.payments", OTHER)
    sign(wanted, "commander2.payments", COMMANDER)
    with seeding():
        Postmortem.objects.filter(pk=wanted.pk).update(cause=None, failure_mode=None)
        before = stored(wanted)
    with acting_as(acting("commander.payments")):
        assert [error.message for error in signing.lacking(acting("commander.payments"), before)] == [
            "Still to sign: the incident commander and somebody of another team."
        ]


def test_the_policy_is_set_by_clients_and_kept_by_who_knows_nothing_of_it(api: ApiOf, complete: Postmortem) -> None:
    with seeding():
        client, unit = api("admin.payments"), f'unitId: "{global_id("BusinessUnit", complete.unit)}"'
    shown = "... on UnitPolicy { reviewSigners }"

    asked = f"mutation {{ setPolicy(input: {{{unit}, reviewSigners: [OTHER_TEAM, COMMANDER]}}) {{ {shown} }} }}"
    assert client.ask(asked).data["setPolicy"] == {"reviewSigners": ["COMMANDER", "OTHER_TEAM"]}
    kept = client.ask(f"mutation {{ setPolicy(input: {{{unit}, reviewDueHours: 12}}) {{ {shown} }} }}").data
    assert kept["setPolicy"] == {"reviewSigners": ["COMMANDER", "OTHER_TEAM"]}
    with seeding():
        assert UnitPolicy.objects.get(unit=complete.unit_id).review_due_hours == 12
    asked = f'{{ signOff(postmortemId: "{global_id("Postmortem", complete)}") {{ role state maySign name }} }}'
    assert api("commander2.payments").ask(asked).data["signOff"] == [
        {"role": "COMMANDER", "state": "WAITING", "maySign": True, "name": None},
        {"role": "OTHER_TEAM", "state": "WAITING", "maySign": False, "name": None},
    ]


def test_the_page_shows_what_lacks_and_takes_signatures(wanted: Postmortem, signed_in: SignedIn) -> None:
    commander, observer = signed_in("commander2.payments"), signed_in("observer.payments")
    page, review = f"/postmortems/{wanted.pk}/meetings", f"/postmortems/{wanted.pk}"
    assert "Still to sign" in commander.get(review).content.decode()
    stands = {"role": "commander", "version": stored(wanted).version, "do": "sign"}

    assert observer.post(f"{review}/signatures", stands).status_code == 403
    assert commander.post(f"{review}/signatures", {**stands, "role": "x"}).status_code == 400
    assert commander.post(f"{review}/signatures", stands).status_code == 302
    refusal = {"role": "other_team", "version": stored(wanted).version, "do": "refuse", "reason": "Too short"}
    assert observer.post(f"{review}/signatures", refusal).status_code == 302
    shown = commander.get(page).content.decode()
    assert "Signed by" in shown
    assert "Too short" in shown
    with seeding():
        key = ReviewSignature.objects.get(postmortem=wanted, role="other_team").pk
    assert commander.post(f"/postmortems/signatures/{key}", {"answer": "It is longer now"}).status_code == 302
    change(wanted, lessons="More")
    assert "To be signed again" in commander.get(page).content.decode()
    assert "It is longer now" in observer.get(page).content.decode()
    history = observer.get(f"{review}/history").content.decode()
    assert "refused to sign as somebody of another team: Too short" in history
    assert "changed what" in history
