"""What the functions that read past the policies let through themselves, past any table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

import psycopg
from django.db import DatabaseError, connection, transaction

from hub.delivery.models import Message
from hub.lib import identity
from hub.lib.identity import SEED, Actor, acting_as
from hub.live import access as live
from tenants.models import AccessToken
from tests.tenancy.hidden import CANARY, secret
from tests.tenancy.predicates import Reader, Row, incident
from tests.tenancy.readers import Actors
from tests.tenancy.tables import DENIED, Leak, Sample

MOST_READERS: Final = 5
"""How many administrators are asked what takes a query for each of them."""
LONG_AGO: Final = "2000-01-01T00:00:00Z"
GIVEN: Final = ("observer", "unit_admin", "enterprise_admin", "regional_lead")
"""Roles that are tried on people: some may be given by whom another may not."""
NIGHT: Final = (22, 7)
"""From which hour of somebody's own time until which a page counts as one at night."""


@dataclass
class Grounds:
    """A database with a populated world, committed, in which faults are planted."""

    admin: psycopg.Connection | None
    sample: Sample
    actors: Actors
    observers: list[int]

    @property
    def stranger(self) -> int:
        return self.actors.people["stranger"].pk

    @property
    def movers(self) -> list[int]:
        """Those who have a unit's rows and may change them, and those who have rows of their own."""
        wanted = {"admin.payments", "commander.payments", "world.narrow"}
        return [key for key in self.observers if self.sample.facts.people[key]["username"] in wanted]

    def named(self, *names: str) -> list[int]:
        """The ids of these people of the world."""
        return [self.actors.people[name].pk for name in names]

    def of(self, table: str) -> list[Row]:
        """The sampled rows of a table."""
        return self.sample.rows[table]


Readers = dict[int, Reader]
Probe: TypeAlias = Callable[[Grounds, Readers], Iterator[Leak]]


def probes(grounds: Grounds, chosen: Sequence[Probe] | None = None) -> Iterator[Leak]:
    """What the helper functions themselves let through, past any table; by some of the probes, or by all."""
    with transaction.atomic():
        readers = {key: Reader(key, grounds.sample.facts) for key in grounds.observers}
        for probe in PROBES if chosen is None else chosen:
            yield from probe(grounds, readers)
        transaction.set_rollback(True)


def _asked(actor: Actor, statement: str, *given: Any) -> list[Any]:
    """What a query answers this actor: the one column of each row, or the rows."""
    with acting_as(actor), connection.cursor() as cursor:
        cursor.execute(statement, given)
        rows = cursor.fetchall()
    return [row[0] for row in rows] if rows and len(rows[0]) == 1 else rows


def _refusal(actor: Actor, statement: str, *given: Any) -> str:
    """With which code PostgreSQL refuses; empty if it does not."""
    try:
        with transaction.atomic():
            _asked(actor, statement, *given)
            transaction.set_rollback(True)
    except DatabaseError as error:
        cause = error.__cause__
        return (cause.sqlstate if isinstance(cause, psycopg.Error) else None) or "unknown"
    return ""


def _feed(grounds: Grounds, readers: Readers) -> Iterator[Leak]:
    events = {row["id"]: row for row in grounds.of("live_feedevent")}
    if not events:
        return
    with acting_as(identity.person(grounds.stranger)):
        for event in live.events_since(min(events) - 1, list(readers)):
            if event.id not in events:
                continue
            expected = {key for key, each in readers.items() if incident()(each, events[event.id])}
            if event.seen_by != expected:
                yield Leak("app.feed_since", "all", f"event {event.id}: {sorted(event.seen_by ^ expected)}")


def _words(grounds: Grounds, readers: Readers) -> Iterator[Leak]:
    """Whether a word, or a title, that only what is hidden has is known to somebody who sees nothing."""
    stranger = identity.person(grounds.stranger)
    known = _asked(SEED, "SELECT term FROM search_word WHERE word LIKE %s LIMIT 20", f"{CANARY}%")
    endings = [str(term).removeprefix(CANARY) for term in known]
    for name, statement in (
        ("app.words_of", "SELECT term FROM app.words_of(ARRAY(SELECT %s || n FROM unnest(%s::text[]) n))"),
        ("app.words_starting", "SELECT term FROM app.words_starting(%s) WHERE %s::text[] IS NOT NULL"),
        ("app.words_like", "SELECT term FROM app.words_like(%s || '1') WHERE %s::text[] IS NOT NULL"),
        (
            "app.titles_like",
            "SELECT id FROM app.titles_like('%%' || %s || '%%', '{}', '', 5) WHERE %s::text[] IS NOT NULL",
        ),
    ):
        if _asked(stranger, statement, CANARY, endings):
            yield Leak(name, "stranger", "knows a hidden word")


def _rooms(grounds: Grounds, readers: Readers) -> Iterator[Leak]:
    """Who commands, what is behind glass, which alerts became which incidents, and whose turn a transfer is."""
    stranger = identity.person(grounds.stranger)
    statement = "SELECT u.id FROM tenants_businessunit u WHERE app.role_holders('commander', u.id) IS NOT NULL"
    if found := _asked(stranger, statement):
        yield Leak("app.role_holders", "stranger", f"knows who commands in {found}")
    restricted = [row for row in grounds.of("incidents_incident") if row["restricted"]]
    for row in restricted[:3]:
        if _asked(stranger, "SELECT app.break_glass(%s, 'Because')", row["reference"]) != [None]:
            yield Leak("app.break_glass", "stranger", row["reference"])
    groups = [row["id"] for row in grounds.of("alerts_alertgroup")]
    if found := _asked(stranger, "SELECT group_id FROM app.incidents_of_groups(%s)", groups):
        yield Leak("app.incidents_of_groups", "stranger", f"knows the incidents of {found}")
    for row in grounds.of("incidents_handover"):
        if _refusal(stranger, "SELECT app.accept_hand_over(%s, now())", row["id"]) != DENIED:
            yield Leak("app.accept_hand_over", "stranger", f"is let in to {row['id']}")
    for row in grounds.of("incidents_escalationproposal"):
        left = "SELECT count(*) FROM incidents_escalationproposal WHERE id = %s"
        _asked(stranger, "SELECT app.forget_family(%s)", row["trigger_id"])
        if _asked(SEED, left, row["id"]) != [1]:
            yield Leak("app.forget_family", "stranger", f"does away with proposal {row['id']}")
    yield from _grants(grounds, restricted)


def _grants(grounds: Grounds, restricted: list[Row]) -> Iterator[Leak]:
    """Whether somebody admits themselves, or lengthens what has ended."""
    for name, statement in (
        (
            "stranger",
            "INSERT INTO incidents_incidentpersongrant (user_id, content_object_id, permission_id, reason,"
            " granted_by_id, is_owner, is_emergency) SELECT {me}, {it}, min(id), 'x', {me}, true, false"
            " FROM auth_permission",
        ),
        ("expired", "UPDATE incidents_incidentpersongrant SET valid_until = NULL, granted_by_id = {me}"),
        (
            "guest",
            "UPDATE incidents_incidentpersongrant SET valid_until = NULL, granted_by_id = {me}, is_owner = true",
        ),
    ):
        (me,) = grounds.named(name)
        for row in restricted[:1]:
            try:
                with transaction.atomic(), acting_as(identity.person(me)), connection.cursor() as cursor:
                    cursor.execute(statement.format(me=me, it=row["id"]))
                    if cursor.rowcount:
                        yield Leak("grants", name, statement[:40])
                    transaction.set_rollback(True)
            except Exception:  # the denial that is wanted
                continue


def _accounts(grounds: Grounds, readers: Readers) -> Iterator[Leak]:
    """Whether somebody administers whom they do not, or makes or switches off an account that is not theirs to."""
    people = {each.pk for each in grounds.actors.people.values()}
    administrators = [key for key, reader in readers.items() if reader.units("people.administer")]
    asking = {grounds.stranger, *grounds.named("gone", "late"), *administrators[:MOST_READERS]}
    for key in sorted(asking):
        administered = "SELECT p FROM unnest(%s::bigint[]) p WHERE app.may_administer(p)"
        found = set(_asked(identity.person(key), administered, sorted(people)))
        expected = {person for person in people if readers[key].administers(person)}
        if found != expected:
            yield Leak("app.may_administer", str(key), f"people {sorted(found ^ expected)}")
    stranger = identity.person(grounds.stranger)
    switched = max(people - {grounds.stranger})
    if not _refusal(stranger, "SELECT app.set_active(%s, false)", switched):
        yield Leak("app.set_active", "stranger", "switches somebody's account off")
    unit = min(grounds.sample.facts.units)
    for name in ("app.make_service_account", "app.make_source_account"):
        if _refusal(stranger, f"SELECT {name}(%s, 'world.made', 'Made', now())", unit) != DENIED:
            yield Leak(name, "stranger", "makes an account")


def _roles(grounds: Grounds, readers: Readers) -> Iterator[Leak]:
    """What somebody may give whom, who may do what where, and whose roles hold back what."""
    facts, (gone, ranked) = grounds.sample.facts, grounds.named("gone", "ranked")
    stranger, units = identity.person(grounds.stranger), sorted(facts.units)
    accounts = [key for key, row in facts.people.items() if row["unit_id"] is not None]
    roles = [key for key, row in facts.roles.items() if row["unit_id"] is None and row["key"] in GIVEN]
    administrators = [key for key, reader in readers.items() if reader.units("people.administer")]
    given = (
        "SELECT r, p, u FROM unnest(%s::bigint[]) r, unnest(%s::bigint[]) p, unnest(%s::bigint[]) u"
        " WHERE app.may_give(r, p, u, NULL)"
    )
    for key in sorted({grounds.stranger, *grounds.named("gone", "late", "narrow"), *administrators[:MOST_READERS]}):
        people = [key, grounds.stranger, *accounts[-2:]]
        got = set(_asked(identity.person(key), given, roles, people, units))
        wanted = {(r, p, u) for r in roles for p in people for u in units if readers[key].may_give(r, p, u)}
        if got != wanted:
            yield Leak("app.may_give", str(key), f"{sorted(got - wanted)[:3]}, not {sorted(wanted - got)[:3]}")
    pairs = [(person, unit) for person in readers for unit in units]
    each, where = [person for person, _ in pairs], [unit for _, unit in pairs]
    may = "SELECT p, u FROM unnest(%s::bigint[], %s::bigint[]) AS pair (p, u) WHERE app.may(p, 'incident.view', u)"
    able = "SELECT person_id, unit_id, degree FROM app.able(%s, %s, statement_timestamp())"
    viewed = {pair for pair in pairs if pair[1] in readers[pair[0]].units("incident.view")}
    degrees = {(*pair, readers[pair[0]].degree(pair[1])) for pair in pairs}
    for name, actor, said, expected in (
        ("app.may", stranger, set(_asked(stranger, may, each, where)), viewed),
        ("app.may", identity.person(gone), set(_asked(identity.person(gone), may, each, where)), set()),
        ("app.able", stranger, set(_asked(stranger, able, each, where)), degrees),
        ("app.able", identity.person(gone), set(_asked(identity.person(gone), able, each, where)), set()),
    ):
        if said != expected:
            yield Leak(name, str(actor.person_id), str(sorted(said ^ expected)[:3]))
    held = [each["id"] for each in facts.assignments]
    payments = next(each for each in facts.units.values() if each["slug"] == "payments")
    found = _asked(identity.person(ranked), "SELECT app.held_back_by(%s)", payments["id"])
    if found != [f"Observer in {payments['name']}"]:
        yield Leak("app.held_back_by", "ranked", f"by {found}")
    if found := _asked(stranger, "SELECT a FROM unnest(%s::bigint[]) a WHERE app.holds_back(a)", held):
        yield Leak("app.holds_back", "stranger", f"by {found}")
    known = set(_asked(stranger, "SELECT person_id FROM app.rights_of(%s)", list(readers)))
    if known != {key for key, reader in readers.items() if reader.is_active}:
        yield Leak("app.rights_of", "stranger", "of who is not active")


def _keys(grounds: Grounds, readers: Readers) -> Iterator[Leak]:
    """Whether a secret opens something that has ended, and whether a key opens more than it says."""
    stranger, (narrow,) = identity.person(grounds.stranger), grounds.named("narrow")
    ended = [secret(name) for name in ("key revoked", "key expired")]
    dead = {
        "app.opened_by": [*ended, secret("key of who left")],
        "app.calendar_of_key": [secret("link revoked"), secret("link of who left")],
    }
    for name, digests in dead.items():
        if found := [each for each in digests if _asked(stranger, f"SELECT {name}(%s)", each) not in ([], [None])]:
            yield Leak(name, "stranger", f"{len(found)} of what has ended")
    if _asked(stranger, "SELECT app.tokens_alive(%s)", ended):
        yield Leak("app.tokens_alive", "stranger", "what has ended")
    for name, kind in (("ended", "alertmanager"), ("former", "alertmanager"), ("closed", "alertmanager"), ("", "x")):
        if _asked(stranger, "SELECT id FROM app.alert_source_of_key(%s, %s)", secret(f"source {name}"), kind):
            yield Leak("app.alert_source_of_key", "stranger", f"source {name}")
    with acting_as(SEED):
        named = dict(AccessToken.objects.filter(hint="world").values_list("name", "pk"))
    for name in ("revoked", "expired", "viewing", "elsewhere", "another's"):
        actor = identity.person(narrow, key_id=named[name])
        opened = _asked(actor, "SELECT app.units('incident.view')")[0]
        if opened:
            yield Leak("app.key_opens", "narrow", f"the key that is {name} opens {opened}")


def _deliveries(grounds: Grounds, readers: Readers) -> Iterator[Leak]:
    """Who is told whom the hub reached about an incident: whoever leads it, or leads or owns such as it is."""
    rows = {row["id"]: row for row in grounds.of("incidents_incident")}
    with acting_as(SEED):
        told = set(Message.objects.filter(incident_id__in=rows).values_list("incident_id", "unit_id", "restricted"))
    rows = {key: row for key, row in rows.items() if (key, row["unit_id"], row["restricted"]) in told}
    statement = "SELECT i FROM unnest(%s::bigint[]) i WHERE EXISTS (SELECT FROM app.deliveries(i))"
    for key, reader in readers.items():
        found = set(_asked(identity.person(key), statement, list(rows)))
        expected = {
            each
            for each, row in rows.items()
            if incident(key="id")(reader, row)
            and (
                row["commander_id"] == key
                or (each in reader.owned if row["restricted"] else row["unit_id"] in reader.units("incident.command"))
            )
        }
        if found != expected:
            yield Leak("app.deliveries", str(key), f"of {sorted(found - expected)}, not {sorted(expected - found)}")


def _nights(grounds: Grounds, readers: Readers) -> Iterator[Leak]:
    """How often whom the hub paged at night: of those whose turns one sees, and never for what is restricted."""
    with acting_as(SEED):
        pages = list(
            Message.objects.filter(is_page=True, restricted=False).values_list(
                "person_id", "created_at", "person__time_zone"
            )
        )
    nights: dict[int, int] = {}
    for person, at, zone in pages:
        if _is_night(at, zone):
            nights[person] = nights.get(person, 0) + 1
    for key, reader in readers.items():
        found = dict(_asked(identity.person(key), "SELECT * FROM app.pages_at_night(%s)", LONG_AGO))
        colleagues = reader.colleagues()
        expected = {person: count for person, count in nights.items() if person in colleagues}
        if found != expected:
            yield Leak("app.pages_at_night", str(key), str(sorted(set(found.items()) ^ set(expected.items()))[:3]))


def _is_night(at: datetime, zone: str) -> bool:
    hour = at.astimezone(ZoneInfo(zone)).hour
    return hour >= NIGHT[0] or hour < NIGHT[1]


def _codes(grounds: Grounds, readers: Readers) -> Iterator[Leak]:
    """Whether a code opens a call or a drill that is over, or may be guessed without end."""
    stranger = identity.person(grounds.stranger)
    answered = "SELECT call_id, probe_id, is_refused FROM app.answered_code(%s, 'world', now(), %s, '1 hour')"
    if _asked(stranger, answered, "none", 0)[0][2] is not True:
        yield Leak("app.answered_code", "stranger", "may guess without end")
    codes = [row["code_digest"] for table in ("reach_call", "reach_probe") for row in grounds.of(table)]
    for code in sorted({each for each in codes if each.startswith(CANARY)}):
        if _asked(stranger, answered, code, 1000) != [(None, None, False)]:
            yield Leak("app.answered_code", "stranger", "what is over")


def _disclosures(grounds: Grounds, readers: Readers) -> Iterator[Leak]:
    """What was released of a published review, and of nothing else."""
    reviews = {row["id"]: row for row in grounds.of("postmortems_postmortem")}
    rows = [row for row in grounds.of("postmortems_disclosure") if row["postmortem_id"] in reviews]
    statement = "SELECT d FROM unnest(%s::bigint[]) d WHERE EXISTS (SELECT FROM app.released_disclosure(d))"
    found = set(_asked(identity.person(grounds.stranger), statement, [row["id"] for row in rows]))
    expected = {
        row["id"]
        for row in rows
        if row["state"] == "released"
        and reviews[row["postmortem_id"]]["status"] == "published"
        and not row["restricted"]
    }
    if found != expected:
        yield Leak("app.released_disclosure", "anybody", f"{sorted(found ^ expected)}")


PROBES: Final[tuple[Probe, ...]] = (
    _feed, _words, _rooms, _accounts, _roles, _keys, _deliveries, _nights, _codes, _disclosures
)  # fmt: skip
