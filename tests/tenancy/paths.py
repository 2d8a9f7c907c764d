"""Every way to read the hub, as requests: pages by their patterns, GraphQL by introspection, admin by its registry.

A new page or query field that needs an argument and has no line here fails `test_registry`.
"""

from __future__ import annotations

import base64
import binascii
import itertools
import re
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias
from urllib.parse import quote

from django.contrib import admin
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from graphql import GraphQLEnumType, GraphQLInputObjectType, get_named_type, is_leaf_type, is_required_argument

from tests.graphql.walking import field_selected, is_connection, node_type, query_fields, selected
from tests.tenancy.hidden import CANARY, Hidden

CALENDAR_KEY: Final = "world-calendar".ljust(43, "x")
"""The secret of the reader's own calendar."""

MISSING: Final = 10**15
"""A key that nothing has."""


@dataclass(frozen=True)
class Request:
    """One way to ask. `name` says which, so that a leak can be found again."""

    name: str
    path: str
    body: dict[str, Any] | None = None
    form: dict[str, str] | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def is_in(self, part: int, parts: int) -> bool:
        """Whether it belongs to this one of so many parts, into which all are divided by their names."""
        return binascii.crc32(self.name.encode()) % parts == part % parts

    def send(self, client: Client) -> tuple[int, str, bytes]:
        """Status, where it leads or what it is, and the body. What it leaves in the browser is not kept."""
        cookies = copy(client.cookies)
        if self.body is not None:
            response: Any = client.post(self.path, self.body, content_type="application/json", headers=self.headers)
        elif self.form is not None:
            response = client.post(self.path, self.form, headers=self.headers)
        else:
            response = client.get(self.path, headers=self.headers)
        client.cookies = cookies
        body = b"".join(response.streaming_content) if response.streaming else response.content
        return response.status_code, response.headers.get("Location", response.headers["Content-Type"]), body


Makes: TypeAlias = Callable[[Hidden], list[str]]


def _of(template: str) -> Makes:
    return lambda hidden: [template.format(quote(each)) for each in hidden.references]


def _by_key(template: str, type_name: str) -> Makes:
    return lambda hidden: [template.format(each) for each in hidden.ids.get(type_name, [])]


def _at(*paths: str) -> Makes:
    return lambda hidden: list(paths)


PAGES: Final[dict[str, Makes]] = {
    "now": _at("/"),
    "palette": _at(f"/palette?q={CANARY}", "/palette?q=PAY", "/palette?q=R"),
    "incidents": _at(
        "/incidents/",
        "/incidents/?view=all",
        "/incidents/?view=mine",
        "/incidents/?view=resolved&page=2",
        f"/incidents/?view=all&q={CANARY}",
        "/incidents/?view=all&severity=sev1&severity=sev2",
        "/incidents/?view=all&unit=payments&status=declared",
    ),
    "services": _at("/services"),
    "maintenance": _at("/maintenance", "/maintenance?unit=payments"),
    "maintenance-window": _at(*(f"/maintenance/{number}" for number in (1, 2, 20, 22, 1000000000))),
    "acknowledge-by-link": _of("/acknowledge/{}"),
    "declare": _at("/incidents/declare"),
    "declare-fields": _at(*(f"/incidents/declare/fields?unit={number}" for number in range(1, 9))),
    "incident-wording": lambda hidden: [
        *(f"/incidents/{each}/wording" for each in hidden.references),
        *(
            f"/incidents/{each}/wording?wording={key}"
            for each in hidden.references
            for key in hidden.ids.get("LocalTemplate", [])
        ),
    ],
    "incident": _of("/incidents/{}"),
    "incident-head": _of("/incidents/{}/head"),
    "incident-timeline": _of("/incidents/{}/timeline"),
    "incident-side": _of("/incidents/{}/side"),
    "units": _at("/units/"),
    "unit": _at("/units/payments", "/units/group", "/units/unknown"),
    "unit-responsibilities": _at("/units/payments/responsibilities", "/units/health/responsibilities?severity=sev3"),
    "unit-severity": _at("/units/payments/severity", "/units/group/severity?impact=severe&reach=units"),
    "coverage": _at("/on-call/coverage", "/on-call/coverage?day=2026-11-10&zone=Asia/Tokyo"),
    "hand-overs": _at("/incidents/between-units"),
    "call-list": _at("/units/payments/call-list", "/units/group/call-list"),
    "escalation-policies": _at("/escalation", "/escalation?unit=payments"),
    "escalation-policy-new": _at("/escalation/new?unit=payments"),
    "escalation-policy": _by_key("/escalation/{}", "EscalationPolicy"),
    "escalation-policy-edit": _by_key("/escalation/{}/change", "EscalationPolicy"),
    "phone-trees": _at("/phone-trees", "/phone-trees?unit=payments"),
    "phone-tree": lambda hidden: [f"/phone-trees/{each}" for each in (1, *hidden.ids.get("PhoneTree", []))],
    "drills": _at("/drills"),
    "drill": lambda hidden: [f"/drills/{each}" for each in (1, *hidden.ids.get("Drill", []))],
    "drill-export": lambda hidden: [f"/drills/{each}.csv" for each in (1, *hidden.ids.get("Drill", []))],
    "answer-call": _at("/call"),
    "answer-call-with": _at("/call/482913507"),
    "on-call": _at("/on-call", "/on-call?unit=payments"),
    "my-shifts": _at("/on-call/mine"),
    "contact-methods": _at("/me/contact"),
    "schedule": _by_key("/on-call/{}", "Schedule"),
    "on-call-change": _by_key("/on-call/{}/change", "Schedule"),
    "calendar": _at(f"/calendar/{CALENDAR_KEY}.ics", "/calendar/unknown.ics"),
    "overview": _at("/overview", "/overview?days=365", "/overview?days=30&unit=payments"),
    "postmortems": _at("/postmortems/", f"/postmortems/?q={CANARY}", "/postmortems/?view=drafts"),
    "postmortem": _by_key("/postmortems/{}", "Postmortem"),
    "postmortem-side": _by_key("/postmortems/{}/side", "Postmortem"),
    "postmortem-history": _by_key("/postmortems/{}/history", "Postmortem"),
    "postmortem-analyses": _by_key("/postmortems/{}/analyses", "Postmortem"),
    "my-actions": _at("/actions"),
    "problems": _at("/problems/", "/problems/?view=known", "/problems/?view=over", f"/problems/?q={CANARY}"),
    # The first is shared with everybody: what it is behind must not tell of what is hidden.
    "problem": lambda hidden: [f"/problems/{each}" for each in (1, *hidden.ids.get("Problem", []))],
    "problem-new": lambda hidden: ["/problems/new", *(f"/problems/new?incident={each}" for each in hidden.references)],
    "runbooks": _at(
        *(f"/runbooks/?view={each}" for each in ("usable", "waiting", "stale", "unused", "mine", "retired")),
        f"/runbooks/?q={CANARY}",
    ),
    "recurrence": _at("/recurrence/", "/recurrence/?days=365&unit=payments"),
    "recurrence-capacity": _at("/recurrence/capacity", "/recurrence/capacity?unit=cloud"),
    "recurrence-trends": _at("/recurrence/trends", "/recurrence/trends?unit=cloud"),
    "runbook-coverage": _at("/runbooks/coverage", "/runbooks/coverage?unit=payments"),
    "runbook-new": lambda hidden: [
        "/runbooks/new",
        *(f"/runbooks/new?review={each}" for each in hidden.ids.get("Postmortem", [])),
    ],
    "runbook-choose": lambda hidden: [f"/runbooks/revise?review={each}" for each in hidden.ids.get("Postmortem", [])],
    "runbook": lambda hidden: [f"/runbooks/{each}" for each in (1, *hidden.ids.get("Runbook", []))],
    "runbook-revise": lambda hidden: [f"/runbooks/{each}/revise" for each in (1, *hidden.ids.get("Runbook", []))],
    "runbooks-of-review": _by_key("/postmortems/{}/runbooks", "Postmortem"),
    "known-errors": _of("/knowledge/known-errors/{}"),
    "knowledge": _at(
        "/knowledge/",
        f"/knowledge/?q={CANARY}",
        "/knowledge/?q=database+timeout",
        "/knowledge/?q=certifcate",
        "/knowledge/?q=zqxcan",
        "/knowledge/?q=%22expired+certificate%22",
        # In no review's own words: found by what it means.
        "/knowledge/?q=the+credentials+had+run+out",
    ),
    "disclosures": _by_key("/postmortems/{}/disclosures", "Postmortem"),
    "saved-searches": _at("/knowledge/saved"),
    "similar-knowledge": _of("/knowledge/similar/{}"),
}
"""Pages that are read with GET, and the addresses to try."""

_MOMENT: Final = {"text": "x", "at": "2026-11-01T00:00"}

POSTED: Final[dict[str, tuple[Makes, dict[str, str]]]] = {
    "now-acknowledge": (_of("/now/acknowledge/{}"), {}),
    "break-glass": (_at("/incidents/break-glass"), {"reference": "PAY-R00000000", "reason": "x"}),
    "incident-write": (_of("/incidents/{}/entries"), {"text": "x"}),
    "incident-edit": (_of("/incidents/{}/entries/1"), {"text": "x"}),
    "incident-move": (_of("/incidents/{}/move"), {"status": "acknowledged"}),
    "incident-page-anyway": (_of("/incidents/{}/page-anyway"), {}),
    "inbound-mail": (_at("/inbound/mail/unknown"), {"x": "x"}),
    "maintenance-window": (_at("/maintenance/20", "/maintenance/1000000000"), {"version": "1"}),
    "answer-call": (_at("/call"), {"code": "482 913 507"}),
    "drills": (_at("/drills"), {"whom": "unit:1000000000", "hours": "1"}),
    "phone-trees": (_at("/phone-trees?unit=payments"), {"name": "x"}),
    "phone-tree": (_by_key("/phone-trees/{}", "PhoneTree"), {"do": "add", "version": "1"}),
    "phone-tree-activate": (_of("/incidents/{}/phone-trees"), {"tree": "1"}),
    "call-answer": (lambda hidden: [f"/incidents/{hidden.references[0]}/calls/1/answer"], {}),
    "phone-tree-stop": (_of("/incidents/{}/phone-trees/1/stop"), {}),
    "maintenance-stop": (_at("/maintenance/1000000000/stop"), {}),
    "incident-severity": (_of("/incidents/{}/severity"), {"severity": "sev1", "reason": "x"}),
    "incident-tags": (_of("/incidents/{}/tags"), {"tags": "x"}),
    "incident-hand-off": (_of("/incidents/{}/hand-offs"), {"schedule": "1", "reason": "x"}),
    "hand-off-decide": (_of("/incidents/{}/hand-offs/1"), {"do": "accept"}),
    "incident-assess": (_of("/incidents/{}/assessment"), {"impact": "severe"}),
    "incident-fields": (_of("/incidents/{}/fields"), {"field-world": "x"}),
    "on-call-change": (_by_key("/on-call/{}/change", "Schedule"), {"do": "take"}),
    "swap": (_by_key("/on-call/swaps/{}", "Swap"), {"do": "accept"}),
    "incident-roles": (_of("/incidents/{}/roles"), {"role": "scribe", "person": "observer.payments"}),
    "incident-release": (_of("/incidents/{}/roles/release"), {"role": "scribe", "person": "observer.payments"}),
    "incident-grant": (_of("/incidents/{}/grants"), {"person": "observer.payments", "reason": "x"}),
    "incident-end-access": (_of("/incidents/{}/grants/end"), {"person": "observer.payments", "reason": "x"}),
    "incident-restrict": (_of("/incidents/{}/restrict"), {"reason": "x"}),
    "unit-ownership": (_at("/units/unknown/ownership"), {"model": "decentralized"}),
    "unit-criteria": (_at("/units/unknown/criteria"), {"units_hit": "3"}),
    "unit-calendar": (_at("/units/unknown/calendar"), {"time_zone": "UTC"}),
    "unit-closures": (_at("/units/unknown/closures"), {"name": "x", "starts_on": "2027-01-01"}),
    "unit-closure-remove": (_at("/units/unknown/closures/1/remove"), {}),
    "unit-regulations": (_at("/units/unknown/regulations"), {}),
    "gather-by-hand": (
        _at("/incidents/between-units/gather"),
        {"references": "PAY-R00000000", "title": "x", "severity": "sev1", "reason": "x"},
    ),
    "hand-over-accept": (_by_key("/incidents/between-units/{}/accept", "HandOver"), {}),
    "hand-over-refuse": (_by_key("/incidents/between-units/{}/refuse", "HandOver"), {"reason": "x"}),
    "hand-over-withdraw": (_by_key("/incidents/between-units/{}/withdraw", "HandOver"), {}),
    "escalation-accept": (_by_key("/incidents/proposals/{}/accept", "EscalationProposal"), {}),
    "escalation-dismiss": (_by_key("/incidents/proposals/{}/dismiss", "EscalationProposal"), {"reason": "x"}),
    "incident-hand-over": (_of("/incidents/{}/hand-over"), {"unit": "retail", "reason": "x"}),
    "incident-release-parent": (_of("/incidents/{}/release"), {"reason": "x"}),
    "escalation-policy-retire": (_by_key("/escalation/{}/retire", "EscalationPolicy"), {}),
    "escalation-pause": (_of("/incidents/{}/escalation/pause"), {"minutes": "10"}),
    "escalation-resume": (_of("/incidents/{}/escalation/resume"), {}),
    "escalation-escalate": (_of("/incidents/{}/escalation/escalate"), {}),
    "bridge-suspect": (_of("/incidents/{}/breach"), {"reason": "x"}),
    "bridge-pass": (_of("/incidents/{}/to-security"), {"text": "x", "reason": "x"}),
    "bridge-show": (_of("/incidents/{}/to-it"), {"state": "over", "reason": "x"}),
    "postmortem-of": (_of("/postmortems/of/{}"), {}),
    "postmortem-section": (_by_key("/postmortems/{}/sections/summary", "Postmortem"), {"text": "x", "version": "1"}),
    "postmortem-causes": (_by_key("/postmortems/{}/causes", "Postmortem"), {}),
    "postmortem-moments": (_by_key("/postmortems/{}/moments", "Postmortem"), _MOMENT),
    "postmortem-moment": (
        lambda hidden: [f"/postmortems/1/moments/{each}" for each in hidden.ids.get("PostmortemMoment", [])],
        _MOMENT,
    ),
    "postmortem-lead": (_by_key("/postmortems/{}/lead", "Postmortem"), {"person": "observer.payments"}),
    "postmortem-publish": (_by_key("/postmortems/{}/publish", "Postmortem"), {"audience": "unit"}),
    "postmortem-retract": (_by_key("/postmortems/{}/retract", "Postmortem"), {"reason": "x"}),
    "postmortem-actions": (_by_key("/postmortems/{}/actions", "Postmortem"), {"title": "x"}),
    "postmortem-action": (
        lambda hidden: [f"/postmortems/1/actions/{each}" for each in hidden.ids.get("ActionItem", [])],
        {"title": "x"},
    ),
    "runbook-change": (_by_key("/runbooks/{}/change", "Runbook"), {"do": "confirm"}),
    "runbook-decide": (_by_key("/runbooks/revisions/{}", "RunbookRevision"), {"do": "approve"}),
    "incident-runbooks": (_of("/incidents/{}/runbooks"), {"do": "start", "key": "1"}),
    "save-search": (_at("/knowledge/saved/new"), {"name": "x", "q": CANARY}),
    "saved-search-change": (_by_key("/knowledge/saved/{}", "SavedSearch"), {"do": "hush"}),
    "problem-change": (_by_key("/problems/{}/change", "Problem"), {"do": "edit", "title": "x"}),
    "disclosure-change": (_by_key("/postmortems/disclosures/{}", "Disclosure"), {"do": "legal"}),
    "question-answer": (
        _by_key("/postmortems/questions/{}", "ActionsQuestion"),
        {"verdict": "worked", "answer": "x"},
    ),
    "action-settle": (_by_key("/actions/{}", "ActionItem"), {"do": "complete", "said": "x"}),
}
"""Pages that do something: what is hidden must be answered like what is not there."""

SILENT: Final = {
    "healthz": "says that the process lives, to anybody",
    "sign-in": "is asked before anybody is identified",
    "forgotten": "is asked before anybody is identified, and answers alike for every name",
    "welcome": "is asked before anybody is identified, and answers whoever knows a signed address alone",
    "disclosure": "shows a text that was released, to whoever knows its signed address alone",
    "sign-out": "forgets a session",
    "graphql": "is walked by its own schema below",
    "reference": "describes the schema, which is the same for everybody",
    "reference-type": "describes the schema, which is the same for everybody",
    "style": "shows components with sample data, in development alone",
}
"""Pages that read nothing of anybody, and why."""

_SINCE: Final = "2026-11-01T00:00:00Z"


def _spanning(hidden: Hidden | None) -> str:
    """Some weeks of every schedule, or of those that are hidden."""
    keys = () if hidden is None else hidden.ids.get("Schedule", ())
    named = ", ".join(f'"{global_id("Schedule", each)}"' for each in keys)
    only = f", scheduleIds: [{named}]" if keys else ""
    return f'(since: "{_SINCE}", until: "2026-12-01T00:00:00Z"{only})'


ARGUMENTS: Final[dict[str, Callable[[Hidden], list[str]]]] = {
    "disclosureProposal": lambda hidden: [
        f'(postmortemId: "{global_id("Postmortem", each)}")' for each in hidden.ids.get("Postmortem", ())
    ],
    "node": lambda hidden: [f'(id: "{each}")' for each in hidden_ids(hidden)],
    "nodes": lambda hidden: [f"(ids: [{', '.join(f'{chr(34)}{each}{chr(34)}' for each in hidden_ids(hidden)[:90])}])"],
    "incident": lambda hidden: [
        *(f'(reference: "{each}")' for each in hidden.references),
        *(f'(id: "{global_id("Incident", each)}")' for each in hidden.ids.get("Incident", [])),
    ],
    "postmortem": lambda hidden: [
        f'(id: "{global_id("Postmortem", each)}")' for each in hidden.ids.get("Postmortem", [])
    ],
    "_entities": lambda hidden: [
        f'(representations: [{{__typename: "{name}", id: "{global_id(name, key)}"}}])'
        for name, keys in sorted(hidden.ids.items())
        for key in keys[:1]
        if name in ("Incident", "Postmortem")
    ],
    "finalSchedules": lambda hidden: [_spanning(hidden), _spanning(None)],
    "coverageGaps": lambda hidden: [_spanning(hidden), _spanning(None)],
    "dutyCollisions": lambda hidden: [_spanning(hidden), _spanning(None)],
    "rotationProposal": lambda hidden: [
        f'(layerId: "{global_id("Layer", each)}", since: "{_SINCE}", weeks: 4)' for each in hidden.ids.get("Layer", [])
    ],
    "freeDays": lambda hidden: [f'(unitId: "{global_id("BusinessUnit", 1)}", start: "2026-11-01")'],
    "coverage": lambda hidden: ['(day: "2026-11-10")', '(day: "2026-11-10", timeZone: "Asia/Tokyo")'],
    "simulateEscalation": lambda hidden: [
        *(f'(incidentId: "{global_id("Incident", each)}")' for each in hidden.ids.get("Incident", [])),
        *(f'(serviceId: "{global_id("Service", each)}", severity: SEV1)' for each in range(1, 38, 3)),
    ],
    "responsibilityGaps": lambda hidden: [f'(unitId: "{global_id("BusinessUnit", each)}")' for each in range(1, 9)],
    "severityProposal": lambda hidden: [
        f'(serviceId: "{global_id("Service", each)}", impact: SEVERE)' for each in range(1, 38, 3)
    ],
    "incidentDeliveries": lambda hidden: [
        f'(incidentId: "{global_id("Incident", each)}")' for each in hidden.ids.get("Incident", [])
    ],
    "similarKnowledge": lambda hidden: [
        f'(incidentId: "{global_id("Incident", each)}")' for each in hidden.ids.get("Incident", [])
    ],
    "similarKnownErrors": lambda hidden: [
        f'(incidentId: "{global_id("Incident", each)}")' for each in hidden.ids.get("Incident", [])
    ],
    "problem": lambda hidden: [f'(id: "{global_id("Problem", each)}")' for each in (1, *hidden.ids.get("Problem", []))],
    "runbook": lambda hidden: [f'(id: "{global_id("Runbook", each)}")' for each in (1, *hidden.ids.get("Runbook", []))],
    "peopleOnCall": lambda hidden: [
        f'(scheduleIds: ["{global_id("Schedule", each)}"])' for each in hidden.ids.get("Schedule", [])
    ],
    "consolidated": lambda hidden: ["(kind: INCIDENT_TYPE)", "(kind: CAUSE)"],
    "recurrenceTrends": lambda hidden: ["(dimension: CAUSE)", "(dimension: SERVICE)"],
    "unitRanking": lambda hidden: ["(measure: MEAN_TO_RESOLVE)"],
    "knowledge": lambda hidden: [
        f'(query: "{CANARY}")',
        '(query: "database timeout", first: 100)',
        '(query: "certifcate", kinds: [RUNBOOK, PROBLEM])',
    ],
    "knowledgeTitles": lambda hidden: [f'(typed: "{CANARY}")', '(typed: "certificate")', '(typed: "database tim")'],
    "searchKnowledge": lambda hidden: [
        f'(query: "{CANARY}")',
        '(query: "database timeout", first: 100)',
        '(query: "certifcate", first: 100)',
        '(query: "expired certificate")',
        '(query: "zqx")',
        '(query: "the credentials had run out", first: 100)',
    ],
}
"""Arguments of query fields that need some, or say more with some."""

NESTED: Final = (
    "{ businessUnits { edges { node { id slug incidents: name } } } }",
    "{ services(first: 100) { edges { node { slug unit { slug } dependencies { needs { slug } } } } } }",
    "{ incidents(first: 60) { totalCount edges { cursor node { reference updatedAt commander { name }"
    " roles { kind person { name } } timeline(first: 3) { totalCount edges { node { body revisions { body } } } }"
    " alerts(first: 3) { totalCount edges { node { name } } } grants { reason } securityLink { state }"
    " investigation { crossings { reason } } sightings { totalCount } } } } }",
)
"""Documents whose nested edges, counts and cursors tell more than a flat list does."""


def global_id(type_name: str, key: int | str) -> str:
    return base64.b64encode(f"{type_name}:{key}".encode()).decode()


def hidden_ids(hidden: Hidden) -> list[str]:
    return [global_id(name, key) for name, keys in sorted(hidden.ids.items()) for key in keys]


def patterns() -> Iterator[str]:
    """The name of every page outside the admin, whose own pages follow from its registry."""

    def walk(entries: list[Any], prefix: str) -> Iterator[str]:
        for entry in entries:
            path = prefix + str(entry.pattern)
            if path.startswith(("admin/", "__")):
                continue
            if isinstance(entry, URLResolver):
                yield from walk(entry.url_patterns, path)
            elif isinstance(entry, URLPattern):
                yield entry.name or f"unnamed {path}"

    yield from walk(get_resolver().url_patterns, "")


def requests(hidden: Hidden) -> list[Request]:
    """All of them."""
    return [*pages(hidden), *administration(hidden), *operations(hidden)]


def pages(hidden: Hidden) -> Iterator[Request]:
    for name, makes in PAGES.items():
        for path in makes(hidden):
            yield Request(f"page {name}", path)
    for name in ("now", "incidents"):
        yield Request(f"fragment {name}", PAGES[name](hidden)[0], headers={"HX-Request": "true", "HX-Target": name})


def administration(hidden: Hidden) -> Iterator[Request]:
    """Lists, searches, exports; what is hidden by its address: change, history and delete pages; autocomplete."""
    yield Request("admin index", "/admin/")
    yield Request("admin search", f"/admin/search/?s={CANARY}")
    for model, model_admin in admin.site._registry.items():
        label, name = model._meta.app_label, model._meta.model_name
        base = f"/admin/{label}/{name}/"
        yield Request(f"admin list {label}.{name}", base)
        yield Request(f"admin find {label}.{name}", f"{base}?q={CANARY}")
        yield Request(f"admin export {label}.{name}", f"{base}export/")
        yield Request(f"admin add {label}.{name}", f"{base}add/")
        for key in hidden.ids.get(_type_of(model.__name__), [])[:2]:
            for page in ("change", "history", "delete"):
                yield Request(f"admin {page} {label}.{name}", f"{base}{key}/{page}/")
        for column in model_admin.autocomplete_fields:
            asked = f"app_label={label}&model_name={name}&field_name={column}&term={CANARY[:4]}"
            yield Request(f"admin autocomplete {label}.{name}.{column}", f"/admin/autocomplete/?{asked}")


def _type_of(model_name: str) -> str:
    return {"Override": "ScheduleOverride"}.get(model_name, model_name)


def operations(hidden: Hidden) -> Iterator[Request]:
    """Each query field with arguments, filters and orders; and what is nested."""
    for number, document in enumerate(NESTED):
        yield _operation(f"graphql nested {number}", document)
    for name, described in query_fields().items():
        for number, arguments in enumerate(arguments_of(name, described, hidden)):
            text = selection(name, described)
            if text is not None:
                yield _operation(f"graphql {name} {number}", "{ " + _with_arguments(text, name, arguments) + " }")


def arguments_of(name: str, described: Any, hidden: Hidden) -> Iterator[str]:
    """The argument lists to try with a query field."""
    if name in ARGUMENTS:
        yield from ARGUMENTS[name](hidden)
    if any(is_required_argument(argument) for argument in described.args.values()):
        return
    if name not in ("incident",):
        yield ""
    if not is_connection(described):
        return
    yield "(first: 100)"
    filters = described.args.get("filters")
    if filters is not None:
        named = get_named_type(filters.type)
        assert isinstance(named, GraphQLInputObjectType)
        for column, each in named.fields.items():
            if get_named_type(each.type).name == "TextFilter":
                yield f'(first: 20, filters: {{{column}: {{contains: "{CANARY}"}}}})'
            if get_named_type(each.type).name == "String":
                yield f'(first: 20, filters: {{{column}: "{CANARY}"}})'
            if get_named_type(each.type).name == "Boolean":
                yield f"(first: 20, filters: {{{column}: true}})"
    ordering = described.args.get("ordering")
    if ordering is not None:
        named = get_named_type(ordering.type)
        assert isinstance(named, GraphQLInputObjectType)
        for column, each in itertools.islice(named.fields.items(), 4):
            if isinstance(get_named_type(each.type), GraphQLEnumType):
                yield f"(first: 5, ordering: [{{{column}: ASC}}])"
                yield f"(last: 5, ordering: [{{{column}: DESC}}])"


def selection(name: str, described: Any) -> str | None:
    """What to ask of the field, one object deep."""
    if is_connection(described):
        inner = _flat(node_type(described))
        return f"{name} {{ totalCount pageInfo {{ hasNextPage endCursor }} edges {{ cursor node {inner} }} }}"
    if name in ("node", "nodes"):
        return f"{name} {{ id __typename }}"
    if name == "_entities":
        return f"{name} {{ __typename }}"
    # What it needs is given by `ARGUMENTS`, so that fields that need some are asked like the others.
    named = get_named_type(described.type)
    return name if is_leaf_type(named) else f"{name} {selected(named, 2)}"


def _flat(named: Any) -> str:
    parts = [text for each, sub in named.fields.items() if (text := field_selected(each, sub, 0))]
    return "{ __typename " + " ".join(parts) + " }"


def _with_arguments(text: str, name: str, arguments: str) -> str:
    return text.replace(name, f"{name}{arguments}", 1)


def _operation(name: str, document: str) -> Request:
    return Request(name, "/graphql/", body={"query": document}, headers={"Accept": "application/graphql-response+json"})


_CHANGING: Final = (
    (re.compile(rb'(name="csrfmiddlewaretoken" value=")[^"]*'), rb"\1"),
    (re.compile(rb"(X-CSRFToken[^A-Za-z0-9]{1,12})[A-Za-z0-9]{64}"), rb"\1"),
    (re.compile(rb'(nonce=")[^"]*'), rb"\1"),
    (re.compile(rb'(data-live-after=")[^"]*'), rb"\1"),
    (re.compile(rb'(name="(?:initial-)?valid_from_[01]" value=")[^"]*'), rb"\1"),
    (re.compile(rb'("id": ?")[0-9a-f]{32}(")'), rb"\1\2"),
)
"""What differs between two answers to the same question: tokens, sealed places in the feed, a form's idea of now."""


def normal(body: bytes) -> bytes:
    """The body without what no two answers share."""
    for pattern, replacement in _CHANGING:
        body = pattern.sub(replacement, body)
    return body
