"""A phone tree calls its people branch by branch; each answers with a code, and nobody's silence stops it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from hub.delivery.claims import why_unwanted
from hub.delivery.models import Message
from hub.escalation.models import Run
from hub.incidents import actions as incidents
from hub.incidents.actions.paging import acknowledge_page
from hub.incidents.models import Incident, Severity, Status, TimelineEntry
from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden, Invalid, NotFound
from hub.lib.identity import SYSTEM, Actor, acting_as
from hub.reach import actions
from hub.reach.actions import NewPlace
from hub.reach.codes import MOST_WRONG
from hub.reach.models import Call, PhoneTree, TreeRun
from tenants.models import AuditEntry, BusinessUnit, Person
from tests.conftest import SignedIn, seeding
from tests.delivery.conftest import mail, mail_address
from tests.escalation.world import MINUTE, declare
from tests.graphql.api import ApiOf, api, global_id
from tests.jobs import run_jobs
from tests.services.smtp import SmtpServer

__all__ = ["api", "mail", "mail_address"]

pytestmark = pytest.mark.django_db
ActorNamed = Callable[[str], Actor]
ADMIN, FIRST, SECOND, LEFT, RIGHT = (
    "admin.payments",
    "commander.payments",
    "commander2.payments",
    "responder.payments",
    "responder2.payments",
)
ACKNOWLEDGE = """mutation($code: String!) { acknowledgeCall(input: {code: $code}) { __typename
  ... on PhoneTreeCall { state person { username } } ... on MutationErrors { errors { code } } } }"""

RUNS = """query($id: [ID!]) { phoneTreeRuns(filters: {incident: {id: $id}, live: true}) { edges { node {
  name tree { name } calls { state person { username } above { person { username } } } } } } }"""


def ids(*usernames: str) -> list[int]:
    with seeding():
        found = dict(Person.objects.filter(username__in=usernames).values_list("username", "pk"))
    return [found[each] for each in usernames]


def tree(actor: Actor, *, wait: int = 5) -> PhoneTree:
    """Two are called first; below the first are two responders."""
    first, second, left, right = ids(FIRST, SECOND, LEFT, RIGHT)
    with seeding():
        unit = BusinessUnit.objects.get(slug="payments")
    places = [NewPlace(first), NewPlace(left, first), NewPlace(right, first), NewPlace(second)]
    return actions.create_phone_tree(actor=actor, unit_id=unit.pk, name="Test", places=places, wait=wait)


def begun(actor: ActorNamed) -> tuple[Incident, TreeRun]:
    """An incident for which the tree has called its first."""
    made = tree(actor(ADMIN))
    incident = declare(actor(LEFT))
    run = actions.activate_phone_tree(actor=actor(FIRST), incident_id=incident.pk, tree_id=made.pk)
    run_jobs()
    return incident, run


def states() -> dict[str, str]:
    with seeding():
        return dict(Call.objects.filter(run__name="Test").values_list("person__username", "state"))


class Calls:
    """What people were told: the mails that call them."""

    def __init__(self, smtp: SmtpServer) -> None:
        self._smtp = smtp

    def text(self, username: str) -> str:
        with seeding():
            address = Person.objects.get(username=username).email
        return next(each.text for each in self._smtp.sent_to(address) if "phone tree “Test”" in each.text)

    def code(self, username: str) -> str:
        found = re.search(r"Your code is (\d{3} \d{3} \d{3})", " ".join(self.text(username).split()))
        assert found is not None
        return found[1]


@pytest.fixture(autouse=True)
def calls(smtp: SmtpServer, mail: None) -> Calls:
    return Calls(smtp)


def swept(minutes: float) -> None:
    """The workers look so many minutes after it began."""
    with seeding():
        began = TreeRun.objects.filter(name="Test").latest("pk").began_at
    with clock.at(began + minutes * MINUTE):
        actions.sweep_trees()
        run_jobs()


def test_it_goes_down_branch_by_branch_until_everybody_has_answered(
    actor: ActorNamed, client: Client, calls: Calls, signed_in: SignedIn
) -> None:
    incident, run = begun(actor)
    assert states() == {FIRST: "called", SECOND: "called", LEFT: "waiting", RIGHT: "waiting"}
    answer = client.post("/call", {"code": calls.code(FIRST)})
    assert (answer.status_code, "You were reached" in answer.content.decode()) == (200, True)
    run_jobs()
    assert states() == {FIRST: "reached", SECOND: "called", LEFT: "called", RIGHT: "called"}
    actions.sweep_trees()  # again: nobody is called twice
    with seeding():
        told = Message.objects.filter(dedupe_key__startswith="phone-tree:")
        assert told.count() == 4
        in_the_inbox = told.get(person__username=RIGHT)
        in_the_room = Call.objects.get(run=run, person__username=SECOND)
    assert client.post("/call", {"code": calls.code(LEFT).replace(" ", "")}).status_code == 200
    acknowledge_page(actor=actor(RIGHT), message_id=in_the_inbox.pk)
    path = f"/incidents/{incident.reference}/calls/{in_the_room.pk}/answer"
    assert signed_in(FIRST).post(path).status_code == 404
    assert "I am here" in signed_in(SECOND).get(f"/incidents/{incident.reference}").content.decode()
    assert signed_in(SECOND).post(path).status_code == 302
    run_jobs()
    with seeding():
        ended = TreeRun.objects.get(pk=run.pk)
        said = list(TimelineEntry.objects.filter(incident=incident).order_by("pk").values_list("body", flat=True))
        after = Incident.objects.get(pk=incident.pk)
    assert (ended.end, said[-1]) == ("everybody", "The phone tree “Test” has ended: 4 of 4 reached")
    assert after.status == Status.DECLARED  # to know of it is not to have it


def test_who_is_silent_or_not_reachable_is_passed_over_and_may_answer_after_all(
    actor: ActorNamed, client: Client, calls: Calls
) -> None:
    with seeding():
        Person.objects.filter(username=SECOND).update(email="")
    incident, run = begun(actor)
    code = calls.code(FIRST)
    swept(4)
    assert states() == {FIRST: "called", SECOND: "unreachable", LEFT: "waiting", RIGHT: "waiting"}
    swept(5.1)
    assert states() == {FIRST: "silent", SECOND: "unreachable", LEFT: "called", RIGHT: "called"}
    assert "after Jonas Weber, who did not answer" in " ".join(calls.text(LEFT).split())
    with clock.at(clock.now() + 6 * MINUTE):
        client.post("/call", {"code": code})
        client.post("/call", {"code": calls.code(LEFT)})
    swept(10.2)
    assert states() == {FIRST: "reached", SECOND: "unreachable", LEFT: "reached", RIGHT: "silent"}
    with seeding():
        ended = TreeRun.objects.get(pk=run.pk)
        last = TimelineEntry.objects.filter(incident=incident).latest("pk").body
    assert ended.end == "exhausted"
    assert last.endswith("2 of 4 reached; silent: Aisha Bello; not reachable: Elena Petrova")


def test_links_and_guesses_change_nothing_and_guesses_are_limited(
    actor: ActorNamed, client: Client, api: ApiOf, calls: Calls
) -> None:
    begun(actor)
    right = calls.code(FIRST)
    path = re.search(r"/call/\d{9}", calls.text(FIRST))
    assert path is not None
    shown = client.get(path[0])
    assert (shown.status_code, shown["Referrer-Policy"]) == (200, "no-referrer")
    assert right.replace(" ", "") in shown.content.decode()
    wrong = [client.post("/call", {"code": f"{number:09}"}).status_code for number in range(MOST_WRONG)]
    assert (set(wrong), client.post("/call", {"code": right}).status_code) == ({404}, 429)
    somebody = api(RIGHT)
    codes = [
        somebody.ask(ACKNOWLEDGE, code=given).data["acknowledgeCall"]["errors"][0]["code"]
        for given in (right, *(f"{number:09}" for number in range(MOST_WRONG + 1)))
    ]
    assert codes == ["NOT_FOUND"] * (MOST_WRONG + 1) + ["TOO_MANY"]
    assert states()[FIRST] == "called"
    made = api(FIRST).ask(ACKNOWLEDGE, code=right).data["acknowledgeCall"]
    assert made == {"__typename": "PhoneTreeCall", "state": "REACHED", "person": {"username": FIRST}}
    with clock.at(clock.now() + 25 * 60 * MINUTE):
        assert api(SECOND).ask(ACKNOWLEDGE, code=calls.code(SECOND)).data["acknowledgeCall"]["errors"] == [
            {"code": "NOT_FOUND"}
        ]


def test_stopped_or_over_it_calls_nobody_and_takes_back_what_is_under_way(
    actor: ActorNamed, signed_in: SignedIn
) -> None:
    incident, run = begun(actor)
    with seeding():
        under_way = Message.objects.get(dedupe_key__startswith="phone-tree:", person__username=FIRST)
    path = f"/incidents/{incident.reference}/phone-trees/{run.pk}/stop"
    assert signed_in("observer.payments").post(path).status_code == 403
    assert signed_in("outsider.logistics").post(path).status_code == 404
    assert "Call nobody else" in signed_in(FIRST).get(f"/incidents/{incident.reference}").content.decode()
    assert signed_in(FIRST).post(path).status_code == 302
    swept(30)
    assert states()[LEFT] == "waiting"
    with acting_as(SYSTEM):
        assert why_unwanted([under_way]) == {under_way.pk: "It was stopped before it went out."}
    again = actions.activate_phone_tree(actor=actor(FIRST), incident_id=incident.pk, tree_id=run.tree_id)
    incidents.acknowledge_incident(actor=actor(LEFT), incident_id=incident.pk)
    incidents.resolve_incident(actor=actor(LEFT), incident_id=incident.pk)
    swept(31)
    with seeding():
        assert TreeRun.objects.get(pk=again.pk).end == "over"
        assert not Run.objects.filter(incident=incident, ended_at=None).exists()


def test_of_what_becomes_restricted_nobody_else_is_called(actor: ActorNamed) -> None:
    incident, run = begun(actor)
    incidents.restrict_incident(actor=actor(FIRST), incident_id=incident.pk, reason="Few")
    swept(30)
    assert (states()[LEFT], states()[RIGHT]) == ("waiting", "waiting")
    with seeding():
        assert TreeRun.objects.get(pk=run.pk).end == "over"


def test_who_may_call_whom_for_what_is_checked_and_a_refusal_changes_nothing(actor: ActorNamed) -> None:
    made = tree(actor(ADMIN))
    incident = declare(actor(LEFT))
    with seeding():
        elsewhere = PhoneTree.objects.get(unit__slug="cloud")
    restricted = incidents.declare_incident(
        actor=actor(FIRST), title="Secret", severity=Severity.SEV1, unit_id=incident.unit_id, restricted=True
    )
    for who, about, which, error in (
        ("observer.payments", incident.pk, made.pk, Forbidden),
        ("outsider.logistics", incident.pk, made.pk, NotFound),
        (FIRST, incident.pk, elsewhere.pk, NotFound),
        ("coordinator", incident.pk, elsewhere.pk, Invalid),
        (FIRST, restricted.pk, made.pk, Conflict),
    ):
        with pytest.raises(error):
            actions.activate_phone_tree(actor=actor(who), incident_id=about, tree_id=which)
    with seeding():
        assert not TreeRun.objects.filter(name="Test").exists()


@pytest.mark.parametrize(
    ("places", "words"),
    [
        ((), "1 to 200"),
        (((FIRST, None), (FIRST, None)), "already"),
        (((FIRST, LEFT),), "has a place"),
        (((FIRST, LEFT), (LEFT, FIRST)), "call themselves"),
    ],
)
def test_a_tree_that_hangs_together_badly_says_why(actor: ActorNamed, places: Any, words: str) -> None:
    with seeding():
        unit = BusinessUnit.objects.get(slug="payments")
    new = [NewPlace(ids(who)[0], None if above is None else ids(above)[0]) for who, above in places]
    with pytest.raises(Invalid, match=words):
        actions.create_phone_tree(actor=actor(ADMIN), unit_id=unit.pk, name="Test", places=new)
    with seeding():
        assert not PhoneTree.objects.filter(name="Test").exists()


def test_it_is_made_and_changed_on_its_page_and_printed_on_the_call_list(signed_in: SignedIn) -> None:
    admin = signed_in(ADMIN)
    first, left = ids(FIRST, LEFT)
    made = admin.post("/phone-trees?unit=payments", {"name": "Night", "wait": "3", "person": first})
    assert made.status_code == 302
    path = made["Location"]
    add = {"do": "add", "version": "1", "person": left, "above": first}
    assert signed_in(LEFT).post(path, add).status_code == 403
    assert admin.post(path, add).status_code == 302
    assert admin.post(path, add).status_code == 422
    listed = admin.get("/units/payments/call-list").content.decode()
    assert "Phone tree: Night" in listed
    assert re.search(r"1\.1 Luca Marino, .*@", listed)
    assert admin.post(path, {"do": "remove", "version": "2", "person": first}).status_code == 302
    assert "1.1" not in admin.get(path).content.decode().split("Who calls whom")[1].split("</table>")[0]
    assert admin.post(path, {"do": "retire"}).status_code == 302
    assert admin.get(path).status_code == 404
    with seeding():
        verbs = AuditEntry.objects.filter(verb__endswith="_phone_tree").order_by("pk").values_list("verb", flat=True)
        assert list(verbs) == ["create_phone_tree", "change_phone_tree", "change_phone_tree", "retire_phone_tree"]


def test_a_page_of_its_own_says_who_was_called_and_who_answered(
    actor: ActorNamed, client: Client, calls: Calls, signed_in: SignedIn
) -> None:
    incident, run = begun(actor)
    client.post("/call", {"code": calls.code(FIRST)})
    run_jobs()
    path = f"/incidents/{incident.reference}/phone-trees/{run.pk}"

    seen = signed_in(SECOND).get(path)
    said = " ".join(seen.content.decode().split())
    assert [(each["number"], each["call"].person.username, each["call"].state) for each in seen.context["calls"]] == [
        ("1", FIRST, "reached"), ("1.1", LEFT, "called"), ("1.2", RIGHT, "called"), ("2", SECOND, "called"),
    ]  # fmt: skip
    assert ("1 of 4 reached" in said, "I am here" in said, "Call nobody else" in said) == (True, True, True)
    # From the room and from the tree, and of its own incident alone.
    assert path in signed_in(SECOND).get(f"/incidents/{incident.reference}").content.decode()
    assert path in signed_in(ADMIN).get(f"/phone-trees/{run.tree_id}").content.decode()
    other = declare(actor(LEFT))
    assert signed_in(SECOND).get(f"/incidents/{other.reference}/phone-trees/{run.pk}").status_code == 404
    assert signed_in("outsider.logistics").get(path).status_code == 404
    assert signed_in(SECOND).get(path + "0").status_code == 404
    # Stopped, it says by whom, and asks for nothing more; the tree may be used no longer.
    assert signed_in(FIRST).post(f"{path}/stop").status_code == 302
    assert signed_in(ADMIN).post(f"/phone-trees/{run.tree_id}", {"do": "retire"}).status_code == 302
    said = " ".join(signed_in("observer.payments").get(path).content.decode().split())
    assert ("It was stopped, by" in said, "The phone tree today" in said, "Call nobody else" in said) == (
        True, False, False,
    )  # fmt: skip


def test_programs_follow_it(actor: ActorNamed, api: ApiOf) -> None:
    incident, _ = begun(actor)
    seen = api("observer.payments").ask(RUNS, id=[global_id("Incident", incident)])
    (run,) = [each["node"] for each in seen.data["phoneTreeRuns"]["edges"]]
    assert [
        (each["person"]["username"], each["state"], (each["above"] or {}).get("person")) for each in run["calls"]
    ] == [
        (FIRST, "CALLED", None),
        (LEFT, "WAITING", {"username": FIRST}),
        (RIGHT, "WAITING", {"username": FIRST}),
        (SECOND, "CALLED", None),
    ]
    nothing = api("outsider.logistics").ask("{ phoneTreeRuns { totalCount } phoneTrees { totalCount } }").data
    assert nothing == {"phoneTreeRuns": {"totalCount": 0}, "phoneTrees": {"totalCount": 0}}
