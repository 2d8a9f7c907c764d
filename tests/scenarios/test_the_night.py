"""One night at payments, on the real components: an alert, people, a review, and what the enterprise makes of it.

Nothing here is called from inside: the test speaks to Alertmanager, to the API with tokens, to the mail server and
to two browsers, as everybody else would.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import httpx
import pytest
import websockets
from django.conf import settings
from playwright.sync_api import Page
from websockets.sync.client import ClientConnection, connect

from tests.database import ROOT, process_environment
from tests.live.conftest import actor_named, hub, token
from tests.processes import Hub
from tests.services.alertmanager import Alert, Alertmanager
from tests.services.chromium import Visit, expect
from tests.services.elasticsearch import ElasticsearchServer
from tests.services.plugin import StartAlertmanager
from tests.services.smtp import ReceivedMail, SmtpServer
from tests.services.waiting import wait_until

__all__ = ["actor_named", "hub", "token"]

TokenOf = Callable[[str], str]

PATIENCE: Final = timedelta(seconds=60)
SEEN_WITHIN_MS: Final = 30_000
"""On a machine that also runs everything else; alone it is a moment."""

NOTE: Final = "Ports of the sidecar are exhausted"
DECISION: Final = "Route all cards to the second acquirer"
PAGED: Final = Alert(
    labels={"alertname": "CheckoutErrorRate", "service": "checkout-api", "severity": "critical"},
    annotations={"summary": "One checkout in four fails at the card gateway"},
)

INCIDENT = """query ($reference: String!) { incident(reference: $reference) {
  id reference title status severity severityReason unit { slug } service { slug } commander { id username }
  roles { kind person { username } reason }
  alerts { edges { node { name status count } } }
  timeline { edges { node { kind body rationale author { username } } } }
} }"""
OPEN_AT_CHECKOUT = """{ incidents(filters: {open: true, service: {slug: {exact: "checkout-api"}}}) {
  edges { node { reference commander { username } } } } }"""
REVIEW_OF = """query ($reference: String!) { postmortems(filters: {reference: {exact: $reference}}) { edges { node {
  id status version dueAt incident { resolvedAt } moments { text kind } } } } }"""
ACCEPT = "mutation ($input: ActionItemInput!) { acceptActionItem(input: $input) { __typename } }"
SEARCH = """query ($words: String!) { searchKnowledge(query: $words, first: 10) {
  totalCount notice edges { node { reference } } } }"""
OVERVIEW = "{ overview { byUnit { unit { slug } declared open mttrMinutes } total { declared open } } }"
FEED = "subscription { feed { type incident { reference } } }"

WRITTEN = {
    "summary": "Checkout refused a quarter of all payments for the length of the incident.",
    "impact": "Customers of every brand saw their cards declined and tried again.",
    "detection": "The error rate at the card gateway paged within a minute.",
    "rootCause": "The tokenisation sidecar exhausted its ephemeral ports after keep-alive was turned off.",
    "wentWell": "The second acquirer could take the traffic at once.",
    "wentBadly": "No dashboard showed how many ports were left.",
    "lessons": "Turning off keep-alive is a change of capacity and needs a capacity review.",
}


class Api:
    """The API at an address, for the holder of a token."""

    def __init__(self, address: str, token: str) -> None:
        self._http = httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=30)

    def ask(self, document: str, **variables: Any) -> Any:
        """The data of an operation without errors."""
        answer = self._http.post("/graphql/", json={"query": document, "variables": variables})
        body = answer.raise_for_status().json()
        assert "errors" not in body, body
        return body["data"]

    def do(self, name: str, kind: str, fields: str, **given: Any) -> Any:
        """These fields of the object of this type that a mutation returns."""
        document = (
            f"mutation ($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input) {{ __typename"
            f" ... on {kind} {{ {fields} }} ... on MutationErrors {{ errors {{ code message path }} }} }} }}"
        )
        (made,) = self.ask(document, input=given).values()
        assert made["__typename"] == kind, made
        return made

    def incident(self, reference: str) -> Any:
        return self.ask(INCIDENT, reference=reference)["incident"]


def make_source(database: str, address: str) -> str:
    """A new Alertmanager source of payments, made as its administrator would; returns where to send to."""
    environment = {**process_environment(database, "worker"), "HUB_PUBLIC_URL": address}
    command = [sys.executable, "manage.py", "source", "payments", "alertmanager", "Prometheus of payments"]
    finished = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    found = re.search(r"http\S+/ingest/alertmanager/\S+", finished.stdout)
    assert found is not None, finished.stdout
    return found[0]


def build_search_index(database: str, environment: dict[str, str]) -> None:
    command = [sys.executable, "manage.py", "reindex"]
    process = {**process_environment(database, "worker"), **environment}
    subprocess.run(command, cwd=ROOT, env=process, capture_output=True, text=True, check=True)


def sign_in(browser: Visit, address: str, username: str) -> Page:
    """A window in which this person has signed in."""
    page = browser.open_page(base_url=address)
    page.goto("/sign-in")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(settings.DEMO_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "sign-in" not in url)
    return page


@contextmanager
def following(address: str, token: str) -> Iterator[ClientConnection]:
    """A socket on which somebody follows everything they may see."""
    protocol = websockets.Subprotocol("graphql-transport-ws")
    with connect(f"{address.replace('http', 'ws', 1)}/graphql/", subprotocols=[protocol]) as socket:
        socket.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}}))
        assert json.loads(socket.recv(30))["type"] == "connection_ack"
        socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": FEED}}))
        assert next_event(socket)["type"] == "CONNECTED"
        yield socket


def next_event(socket: ClientConnection) -> dict[str, Any]:
    message = json.loads(socket.recv(30))
    event: dict[str, Any] = message["payload"]["data"]["feed"]
    return event


def counts(api: Api) -> dict[str, tuple[int, int]]:
    """Declared and open incidents of each unit in the overview."""
    return {row["unit"]["slug"]: (row["declared"], row["open"]) for row in api.ask(OVERVIEW)["overview"]["byUnit"]}


@dataclass
class Night:
    """What the chapters of the story share.

    Attributes:
        address: of a web process that searches in PostgreSQL.
        searching: of one that searches in Elasticsearch.
        reference: the incident's.
        on_call: the username of whoever was on call for it.
    """

    token: TokenOf
    browser: Visit
    address: str
    searching: str
    monitoring: Alertmanager
    before: dict[str, tuple[int, int]]
    reference: str = ""
    on_call: str = ""

    def api(self, username: str, *, address: str | None = None) -> Api:
        return Api(address or self.address, self.token(username))


@pytest.fixture
def addresses(hub: Hub, smtp: SmtpServer, elasticsearch: ElasticsearchServer) -> tuple[str, str]:
    """All processes are up; the second address searches in Elasticsearch."""
    with_elasticsearch = {
        "ELASTICSEARCH_URL": elasticsearch.url,
        "ELASTICSEARCH_INDEX_PREFIX": f"{elasticsearch.prefix}{uuid.uuid4().hex[:6]}",
    }
    build_search_index(hub.database, with_elasticsearch)
    address, searching = hub.web(), hub.web(**with_elasticsearch)
    hub.sequencer()
    mail = f"mailto://{smtp.host}:{smtp.port}?from=hub@example.org"
    hub.worker(HUB_SMTP_URL=mail, HUB_PUBLIC_URL=address, **with_elasticsearch)
    return address, searching


@pytest.fixture
def night(
    hub: Hub, addresses: tuple[str, str], token: TokenOf, browser: Visit, start_alertmanager: StartAlertmanager
) -> Night:
    """Checkout is well, and monitored."""
    address, searching = addresses
    monitoring = start_alertmanager(make_source(hub.database, address))
    before = counts(Api(address, token("coordinator")))
    return Night(token, browser, address, searching, monitoring, before)


def test_an_alert_becomes_an_incident_a_review_and_knowledge(night: Night, smtp: SmtpServer) -> None:
    with following(night.address, night.token("outsider.logistics")) as elsewhere:
        an_alert_opens_an_incident(night)
        whoever_is_on_call_gets_a_mail(night, smtp)
        two_browsers_see_it_live(night)
        monitoring_says_that_it_is_over(night)
        its_review_is_written_and_published(night)
        it_is_found_in_both_indices(night)
        nobody_elsewhere_sees_anything(night)
        what_happens_elsewhere_is_all_that_arrived_there(night, elsewhere)
    the_coordinators_overview_counts_the_night(night)


def an_alert_opens_an_incident(night: Night) -> None:
    """Of the unit that owns the service, with whoever is on call for it."""
    coordinator = night.api("coordinator")

    def at_checkout() -> dict[str, Any]:
        edges = coordinator.ask(OPEN_AT_CHECKOUT)["incidents"]["edges"]
        return {edge["node"]["reference"]: edge for edge in edges}

    # The demonstration has open incidents of its own, here too at some hours.
    known = at_checkout()
    night.monitoring.post_alerts([PAGED])

    def new() -> list[dict[str, Any]]:
        return [edge for reference, edge in at_checkout().items() if reference not in known]

    [edge] = wait_until(new, what="an incident", timeout=PATIENCE)
    night.reference = edge["node"]["reference"]
    incident = coordinator.incident(night.reference)
    night.on_call = incident["commander"]["username"]
    assert night.on_call.endswith(".payments")
    assert (incident["unit"]["slug"], incident["service"]["slug"]) == ("payments", "checkout-api")
    assert incident["severityReason"]
    assert [edge["node"]["status"] for edge in incident["alerts"]["edges"]] == ["FIRING"]
    declared, going_on = night.before["payments"]
    assert counts(coordinator)["payments"] == (declared + 1, going_on + 1)


def whoever_is_on_call_gets_a_mail(night: Night, smtp: SmtpServer) -> None:
    """And so does whoever is second, whose mail may come first."""

    def to_the_commander() -> list[ReceivedMail]:
        about = [mail for mail in smtp.received if night.reference in mail.subject]
        return [mail for mail in about if mail.recipients == (f"{night.on_call}@meridian.example",)]

    paged, *again = wait_until(to_the_commander, what="a mail", timeout=PATIENCE)
    assert again == []
    assert "commander" in paged.subject
    assert f"{night.address}/incidents/{night.reference}" in paged.text


def two_browsers_see_it_live(night: Night) -> None:
    """The commander works, an observer watches, and Acknowledge is not theirs to press."""
    commander = sign_in(night.browser, night.address, night.on_call)
    observer = sign_in(night.browser, night.address, "observer.payments")
    for page in (commander, observer):
        page.goto(f"/incidents/{night.reference}")
        expect(page.locator("#incident-head")).to_contain_text("Declared")
    expect(observer.get_by_role("button", name="Acknowledge")).to_have_count(0)

    commander.get_by_role("button", name="Acknowledge").first.click()
    expect(observer.locator("#incident-head")).to_contain_text("Acknowledged", timeout=SEEN_WITHIN_MS)
    write(commander, NOTE, "Add note")
    write(commander, DECISION, "Record as decision")

    for text in (NOTE, DECISION):
        expect(observer.locator("#timeline p", has_text=text)).to_be_visible(timeout=SEEN_WITHIN_MS)
    assert night.browser.problems == []


def monitoring_says_that_it_is_over(night: Night) -> None:
    coordinator = night.api("coordinator")

    night.monitoring.resolve([PAGED])

    wait_until(
        lambda: coordinator.incident(night.reference)["status"] == "RESOLVED", what="the resolution", timeout=PATIENCE
    )
    timeline = coordinator.incident(night.reference)["timeline"]["edges"]
    told = [(edge["node"]["kind"], edge["node"]["body"], edge["node"]["author"]["username"]) for edge in timeline]
    assert ("NOTE", NOTE, night.on_call) in told
    assert ("DECISION", DECISION, night.on_call) in told


def its_review_is_written_and_published(night: Night) -> None:
    """It opens by itself, due in 48 hours and prefilled; while it is a draft, nobody finds it."""
    commander = night.api("commander.payments")
    [edge] = wait_until(
        lambda: commander.ask(REVIEW_OF, reference=night.reference)["postmortems"]["edges"],
        what="its review",
        timeout=PATIENCE,
    )
    review = edge["node"]
    assert review["status"] == "DRAFT"
    due, resolved = review["dueAt"], review["incident"]["resolvedAt"]
    assert datetime.fromisoformat(due) - datetime.fromisoformat(resolved) == timedelta(hours=48)
    assert any(DECISION in moment["text"] for moment in review["moments"])
    assert night.reference not in found(commander, "tokenisation sidecar ephemeral ports")

    publish(night, review["id"], review["version"], owner=commander.incident(night.reference)["commander"]["id"])


def it_is_found_in_both_indices(night: Night) -> None:
    """By words, by a phrase and in spite of a misspelling, by those who may read it."""
    for address in (night.address, night.searching):
        for username in ("commander.payments", "coordinator"):
            reader = night.api(username, address=address)
            for words in ("ephemeral ports exhausted", '"tokenisation sidecar"', "tokenisatoin sidecar"):
                wait_until(
                    lambda reader=reader, words=words: night.reference in found(reader, words)[:1],  # type: ignore[misc]
                    what=f"{words} to find {night.reference}",
                    timeout=PATIENCE,
                )


def nobody_elsewhere_sees_anything(night: Night) -> None:
    for address in (night.address, night.searching):
        outsider = night.api("outsider.logistics", address=address)
        assert outsider.incident(night.reference) is None
        assert outsider.ask(REVIEW_OF, reference=night.reference)["postmortems"]["edges"] == []
        assert night.reference not in found(outsider, "tokenisation sidecar ephemeral ports")
        assert outsider.ask("{ alerts { totalCount } }")["alerts"]["totalCount"] == 0
        assert "payments" not in counts(outsider)
    page = sign_in(night.browser, night.address, "outsider.logistics")
    answer = page.goto(f"/incidents/{night.reference}")
    assert answer is not None
    assert answer.status == 404


def what_happens_elsewhere_is_all_that_arrived_there(night: Night, elsewhere: ClientConnection) -> None:
    logistics = night.api("responder.logistics")
    [service] = logistics.ask('{ services(filters: {slug: {exact: "tracking"}}) { edges { node { id } } } }')[
        "services"
    ]["edges"]
    own = logistics.do(
        "declareIncident",
        "Incident",
        "reference",
        title="Tracking is blank",
        severity="SEV3",
        serviceId=service["node"]["id"],
    )
    assert next_event(elsewhere) == {"type": "IncidentDeclared", "incident": {"reference": own["reference"]}}


def the_coordinators_overview_counts_the_night(night: Night) -> None:
    after = counts(night.api("coordinator"))
    declared, going_on = night.before["payments"]
    assert after["payments"] == (declared + 1, going_on)
    declared, going_on = night.before["logistics"]
    assert after["logistics"] == (declared + 1, going_on + 1)


def write(page: Page, text: str, button: str) -> None:
    """Write into the timeline, on the page."""
    page.get_by_label("Add to the timeline").fill(text)
    page.get_by_role("button", name=button).click()
    expect(page.locator("#timeline p", has_text=text)).to_be_visible(timeout=SEEN_WITHIN_MS)
    expect(page.get_by_label("Add to the timeline")).to_have_value("")


def publish(night: Night, review_id: str, version: int, *, owner: str) -> None:
    """Fill the review in and let it out to its unit; before that, publishing names what is missing."""
    api = night.api("commander.payments")
    refusal = api.ask(
        "mutation ($input: PublishPostmortemInput!) { publishPostmortem(input: $input)"
        " { ... on MutationErrors { errors { code path } } } }",
        input={"postmortemId": review_id, "audience": "UNIT"},
    )
    assert ["input", "cause"] in [error["path"] for error in refusal["publishPostmortem"]["errors"]]
    api.do("editPostmortem", "Postmortem", "version", postmortemId=review_id, version=version, **WRITTEN)
    causes = api.ask('{ terms(filters: {key: {exact: "capacity"}}) { edges { node { id key } } } }')["terms"]["edges"]
    api.do("setCauses", "Postmortem", "cause { key }", postmortemId=review_id, causeId=causes[0]["node"]["id"])
    item = api.do(
        "addActionItem",
        "ActionItem",
        "id owner { username } acceptedAt",
        postmortemId=review_id,
        title="Show free ephemeral ports on the gateway's dashboard",
        ownerId=owner,
        dueOn="2099-01-31",
    )
    if item["acceptedAt"] is None:  # somebody else is its owner, who must commit to the day
        accepted = night.api(item["owner"]["username"]).ask(ACCEPT, input={"actionItemId": item["id"]})
        assert accepted["acceptActionItem"]["__typename"] == "ActionItem", accepted
    published = api.do("publishPostmortem", "Postmortem", "status", postmortemId=review_id, audience="UNIT")
    assert published["status"] == "PUBLISHED"


def found(api: Api, words: str) -> list[str]:
    """The references that a search finds, best first; the backend that was asked for has answered."""
    answer = api.ask(SEARCH, words=words)["searchKnowledge"]
    assert answer["notice"] == "", "nothing else has answered instead"
    return [edge["node"]["reference"] for edge in answer["edges"]]
