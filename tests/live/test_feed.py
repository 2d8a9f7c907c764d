"""The feed over real sockets: what arrives, for whom, and that nothing is missed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import websockets
from strawberry.relay import to_base64

from hub.incidents import actions
from hub.incidents.models import Incident
from hub.lib.identity import Actor
from tenants.actions import revoke_token
from tenants.models import Person, RoleAssignment, Term
from tests.conftest import seeding
from tests.live.conftest import FEED, INCIDENT_FEED, connected, off_loop
from tests.processes import Hub

ActorNamed = Callable[[str], Actor]
TokenOf = Callable[[str], str]
Declare = Callable[..., Incident]

LABELLED = "subscription { feed { type incident { typeLabel incidentType { label } } } }"


async def test_what_happens_arrives_and_only_with_whom_may_see_it(hub: Hub, token: TokenOf, declare: Declare) -> None:
    hub.sequencer()
    address = hub.web()
    insider, outsider = [await off_loop(token)(name) for name in ("observer.payments", "outsider.logistics")]
    async with connected(address) as here, connected(address) as elsewhere:
        for client, secret in ((here, insider), (elsewhere, outsider)):
            await client.init(secret)
            await client.subscribe(FEED)
            assert (await client.event())["type"] == "CONNECTED"

        await off_loop(declare)("responder.payments", "ledger", "Ledger lags")
        await off_loop(declare)("responder.logistics", "tracking", "Tracking is blank")

        mine = await here.events_until(lambda event: event["type"] == "RoleAssigned")
        theirs = await elsewhere.events_until(lambda event: event["type"] == "IncidentDeclared")
        assert mine[0]["type"] == "IncidentDeclared"
        assert mine[0]["incident"]["title"] == "Ledger lags"
        assert [event["incident"]["title"] for event in theirs] == ["Tracking is blank"]


async def test_readers_with_equal_rights_are_answered_each_in_their_language(
    hub: Hub, token: TokenOf, declare: Declare
) -> None:
    hub.sequencer()
    address = hub.web()

    def prepare() -> int:
        with seeding():
            english = Person.objects.create(username="observer2.payments", name="Ida", language="en")
            role = RoleAssignment.objects.get(person__username="observer.payments")
            RoleAssignment.objects.create(person=english, role=role.role, unit=role.unit, valid_from=role.valid_from)
            return Term.objects.get(kind="incident_type", key="data", unit=None).pk

    kind = await off_loop(prepare)()
    secrets = [await off_loop(token)(name) for name in ("observer.payments", "observer2.payments")]
    async with connected(address) as german, connected(address) as english:
        for client, secret in zip((german, english), secrets, strict=True):
            await client.init(secret)
            await client.subscribe(LABELLED)
            assert (await client.event())["type"] == "CONNECTED"

        await off_loop(declare)("responder.payments", "ledger", "Ledger lags", incident_type_id=kind)

        for client, word in ((german, "Daten"), (english, "Data")):
            incident = (await client.event())["incident"]
            assert incident == {"typeLabel": word, "incidentType": {"label": word}}


async def test_a_reader_who_comes_back_misses_nothing_and_gets_nothing_twice(
    hub: Hub, token: TokenOf, declare: Declare, actor_named: ActorNamed
) -> None:
    hub.sequencer()
    address = hub.web()
    secret = await off_loop(token)("observer.payments")
    incident = await off_loop(declare)("responder.payments", "ledger", "Ledger lags")
    actor = await off_loop(actor_named)("responder.payments")
    key = to_base64("Incident", incident.pk)
    write = off_loop(actions.add_timeline_entry)

    async with connected(address) as client:
        await client.init(secret)
        await client.subscribe(INCIDENT_FEED, id=key)
        await client.event()
        await write(actor=actor, incident_id=incident.pk, body="note 0")
        seen = await client.events_until(lambda event: (event["entry"] or {}).get("body") == "note 0")
    for number in range(1, 6):
        await write(actor=actor, incident_id=incident.pk, body=f"note {number}")
    async with connected(address) as client:
        await client.init(secret)
        await client.subscribe(INCIDENT_FEED, id=key, after=seen[-1]["cursor"])
        await write(actor=actor, incident_id=incident.pk, body="note 6")
        seen += await client.events_until(lambda event: (event["entry"] or {}).get("body") == "note 6")

    notes = [event["entry"]["body"] for event in seen if event["type"] == "TimelineEntryAdded"]
    assert notes == [f"note {number}" for number in range(7)]


async def test_a_right_that_is_taken_away_stops_the_very_next_event(hub: Hub, token: TokenOf, declare: Declare) -> None:
    hub.sequencer()
    address = hub.web()
    secret = await off_loop(token)("observer.payments")

    def take_away() -> None:
        with seeding():
            RoleAssignment.objects.filter(person__username="observer.payments").delete()

    async with connected(address) as client:
        await client.init(secret)
        await client.subscribe(FEED)
        await client.event()
        await off_loop(take_away)()
        await off_loop(declare)("responder.payments", "ledger", "Not for you any more")

        assert (await client.event())["type"] == "RESYNC"
        try:
            extra = await client.event(within=3)
        except TimeoutError:
            extra = None
        assert extra is None


async def test_a_restricted_incident_reaches_its_grantees_alone(
    hub: Hub, token: TokenOf, declare: Declare, actor_named: ActorNamed
) -> None:
    hub.sequencer()
    address = hub.web()
    names = ("responder.payments", "coordinator", "commander.payments")
    secrets = {name: await off_loop(token)(name) for name in names}
    async with connected(address) as declarer, connected(address) as coordinator:
        for client, name in ((declarer, names[0]), (coordinator, names[1])):
            await client.init(secrets[name])
            await client.subscribe(FEED)
            await client.event()

        await off_loop(declare)("responder.payments", "wallet", "Quiet please", restricted=True)
        await off_loop(declare)("responder.payments", "ledger", "Loud")

        first = await declarer.events_until(lambda event: event["type"] == "IncidentDeclared")
        assert first[-1]["incident"]["title"] == "Quiet please"
        seen = await coordinator.events_until(lambda event: event["type"] == "IncidentDeclared")
        assert [event["incident"]["title"] for event in seen] == ["Loud"]


async def test_a_token_that_is_revoked_stops_the_very_next_event(
    hub: Hub, token: TokenOf, declare: Declare, actor_named: ActorNamed
) -> None:
    hub.sequencer()
    address = hub.web()
    secret = await off_loop(token)("observer.payments")
    actor = await off_loop(actor_named)("observer.payments")
    async with connected(address) as client:
        await client.init(secret)
        await client.subscribe(FEED)
        await client.event()

        await off_loop(revoke_token)(actor=actor, hint=secret[:12])
        await off_loop(declare)("responder.payments", "ledger", "Not for this socket any more")

        with pytest.raises(websockets.ConnectionClosed) as closed:
            await client.receive()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4403


async def test_the_feed_of_an_incident_is_completed_for_whom_it_is_restricted(
    hub: Hub, token: TokenOf, declare: Declare, actor_named: ActorNamed
) -> None:
    hub.sequencer()
    address = hub.web()
    names = ("observer.payments", "commander.payments")
    secrets = [await off_loop(token)(name) for name in names]
    commander = await off_loop(actor_named)("commander.payments")
    incident = await off_loop(declare)("commander.payments", "ledger", "Ledger lags")
    key = to_base64("Incident", incident.pk)
    async with connected(address) as shut_out, connected(address) as granted:
        for client, secret in zip((shut_out, granted), secrets, strict=True):
            await client.init(secret)
            await client.subscribe(INCIDENT_FEED, id=key)
            await client.event()

        await off_loop(actions.restrict_incident)(actor=commander, incident_id=incident.pk, reason="Fraud")
        await off_loop(actions.add_timeline_entry)(actor=commander, incident_id=incident.pk, body="Quietly now")

        seen = await granted.events_until(lambda event: (event["entry"] or {}).get("body") == "Quietly now")
        assert "IncidentRestricted" in [event["type"] for event in seen]
        assert "IncidentRestricted" not in [event["type"] for event in await shut_out.events_until_complete()]
        await shut_out.subscribe(INCIDENT_FEED, id=key)
        assert (await shut_out.receive())["payload"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_an_incident_that_is_unknown_or_hidden_is_refused_alike(
    hub: Hub, token: TokenOf, declare: Declare
) -> None:
    address = hub.web()
    secret = await off_loop(token)("outsider.logistics")
    hidden = await off_loop(declare)("responder.payments", "ledger", "Hidden")
    async with connected(address) as client:
        await client.init(secret)
        answers = []
        for number, key in enumerate((to_base64("Incident", hidden.pk), to_base64("Incident", 99_999_999), "nonsense")):
            await client.subscribe(INCIDENT_FEED, key=str(number), id=key)
            message = await client.receive()
            assert message["type"] == "error"
            answers.append([(error["message"], error["extensions"]) for error in message["payload"]])
        assert answers[0] == answers[1] == answers[2]
        assert answers[0][0][1]["code"] == "NOT_FOUND"


async def test_a_cursor_that_nobody_gave_out_is_refused(hub: Hub, token: TokenOf) -> None:
    address = hub.web()
    secret = await off_loop(token)("observer.payments")
    async with connected(address) as client:
        await client.init(secret)
        await client.subscribe(FEED, after="made-up")
        message = await client.receive()
        assert message["type"] == "error"
        assert message["payload"][0]["extensions"]["code"] == "INVALID_CURSOR"
