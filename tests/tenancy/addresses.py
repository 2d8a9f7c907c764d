"""Every page of the hub outside the admin, by its pattern, and the addresses of what is hidden there.

A new page that has no line here fails `test_worlds`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Final, TypeAlias
from urllib.parse import quote

from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver

from tests.tenancy.hidden import CANARY, Hidden

ADMIN: Final = "admin/"
CALENDAR_KEY: Final = "world-calendar".ljust(43, "x")
"""The secret of the reader's own calendar."""


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
    "escalation-policy": lambda hidden: [
        *(f"/escalation/{each}" for each in hidden.ids.get("EscalationPolicy", [])),
        # Two of Payments' and one of Logistics': there is one that each reader sees.
        *(f"/escalation/{each}?at=2026-11-10T03:00" for each in (2, 5, 9)),
        *(f"/escalation/2?incident={each}&at=2026-11-10T03:00" for each in hidden.references),
    ],
    "escalation-policy-edit": _by_key("/escalation/{}/change", "EscalationPolicy"),
    "phone-trees": _at("/phone-trees", "/phone-trees?unit=payments"),
    "phone-tree": lambda hidden: [f"/phone-trees/{each}" for each in (1, *hidden.ids.get("PhoneTree", []))],
    "phone-tree-run": lambda hidden: [
        f"/incidents/{reference}/phone-trees/{each}"
        for reference in hidden.references
        for each in hidden.ids.get("PhoneTreeRun", [])
    ],
    "drills": _at("/drills"),
    "drill": lambda hidden: [f"/drills/{each}" for each in (1, *hidden.ids.get("Drill", []))],
    "drill-export": lambda hidden: [f"/drills/{each}.csv" for each in (1, *hidden.ids.get("Drill", []))],
    "answer-call": _at("/call"),
    "answer-call-with": _at("/call/482913507"),
    "service": _at("/services/ledger", "/services/unknown"),
    "on-call": _at("/on-call", "/on-call?unit=payments"),
    "on-call-balance": _at("/on-call/balance"),
    "my-shifts": _at("/on-call/mine"),
    "contact-methods": _at("/me/contact"),
    "schedule": _by_key("/on-call/{}", "Schedule"),
    "schedule-balance": _by_key("/on-call/{}/balance", "Schedule"),
    "on-call-change": _by_key("/on-call/{}/change", "Schedule"),
    "calendar": _at(f"/calendar/{CALENDAR_KEY}.ics", "/calendar/unknown.ics"),
    "overview": _at("/overview", "/overview?days=365", "/overview?days=30&unit=payments"),
    "postmortems": _at(
        "/postmortems/", f"/postmortems/?q={CANARY}", "/postmortems/?view=drafts", "/postmortems/?view=actions"
    ),
    "postmortem": _by_key("/postmortems/{}", "Postmortem"),
    "postmortem-side": _by_key("/postmortems/{}/side", "Postmortem"),
    "postmortem-history": _by_key("/postmortems/{}/history", "Postmortem"),
    "postmortem-analyses": _by_key("/postmortems/{}/analyses", "Postmortem"),
    "my-actions": _at("/actions"),
    "my-actions-export": _at("/actions.csv"),
    "overdue-actions-export": _at("/postmortems/actions.csv", "/postmortems/actions.csv?unit=payments"),
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
    "articles": _at(
        *(f"/articles/?view={each}" for each in ("published", "waiting", "stale", "mine", "retired")),
        f"/articles/?q={CANARY}",
    ),
    "article-new": lambda hidden: [
        "/articles/new",
        *(f"/articles/new?review={each}" for each in hidden.ids.get("Postmortem", [])),
    ],
    "article-choose": lambda hidden: [f"/articles/revise?review={each}" for each in hidden.ids.get("Postmortem", [])],
    "article": lambda hidden: [f"/articles/{each}" for each in (1, *hidden.ids.get("Article", []))],
    "article-revise": lambda hidden: [f"/articles/{each}/revise" for each in (1, *hidden.ids.get("Article", []))],
    "my-training": _at("/training/"),
    "training-coverage": _at("/training/coverage", "/training/coverage?unit=payments"),
    "training": lambda hidden: [f"/training/{each}" for each in (1, *hidden.ids.get("Training", []))],
    "training-go-through": lambda hidden: [
        f"/training/duties/{each}" for each in (1, *hidden.ids.get("TrainingDuty", []))
    ],
    "articles-of-review": _by_key("/postmortems/{}/articles", "Postmortem"),
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
    "postmortem-meetings": _by_key("/postmortems/{}/meetings", "Postmortem"),
    "postmortem-writing": _by_key("/postmortems/{}/writing", "Postmortem"),
    "postmortem-text": _by_key("/postmortems/{}/sections/lessons/text?since=1", "Postmortem"),
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
    "incident-describe": (_of("/incidents/{}/description"), {"summary": "x", "type": ""}),
    "incident-tags": (_of("/incidents/{}/tags"), {"tags": "x"}),
    "incident-hand-off": (_of("/incidents/{}/hand-offs"), {"schedule": "1", "reason": "x"}),
    "hand-off-decide": (_of("/incidents/{}/hand-offs/1"), {"do": "accept"}),
    "incident-assess": (_of("/incidents/{}/assessment"), {"impact": "severe"}),
    "incident-fields": (_of("/incidents/{}/fields"), {"field-world": "x"}),
    "on-call-change": (_by_key("/on-call/{}/change", "Schedule"), {"do": "take"}),
    "schedule-balance": (_by_key("/on-call/{}/balance", "Schedule"), {"layer": "1"}),
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
    "article-change": (_by_key("/articles/{}/change", "Article"), {"do": "confirm"}),
    "article-decide": (_by_key("/articles/revisions/{}", "ArticleRevision"), {"do": "approve"}),
    "training-assign": (
        _by_key("/articles/{}/training", "Article"),
        {"audience": "everybody", "due_on": "2030-01-01"},
    ),
    "training-change": (_by_key("/training/{}/change", "Training"), {"do": "end"}),
    "save-search": (_at("/knowledge/saved/new"), {"name": "x", "q": CANARY}),
    "saved-search-change": (_by_key("/knowledge/saved/{}", "SavedSearch"), {"do": "hush"}),
    "problem-change": (_by_key("/problems/{}/change", "Problem"), {"do": "edit", "title": "x"}),
    "review-meeting": (_by_key("/postmortems/meetings/{}", "ReviewMeeting"), {"do": "accept"}),
    "postmortem-sign": (
        _by_key("/postmortems/{}/signatures", "Postmortem"),
        {"role": "commander", "version": "1"},
    ),
    "refusal-settle": (_by_key("/postmortems/signatures/{}", "ReviewSignature"), {"answer": "x"}),
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


SILENT_IN_ADMIN: Final = {
    "login": "is asked before anybody is identified",
    "logout": "forgets a session",
    "password_change": "changes one's own password",
    "password_change_done": "says that one's own password was changed",
    "jsi18n": "words of the interface",
    "view_on_site": "leads to an object's own page, of which no model of the hub has one",
    "unnamed admin/(?P<url>.*)$": "answers what no other pattern does",
}
"""Pages of the tenant admin that read nothing of anybody, and why."""
ASKED_OF_ADMIN: Final = {"index", "search", "autocomplete", "app_list"}
"""Its pages that are of no model, which the worlds ask by name."""


def patterns() -> Iterator[str]:
    """The name of every page outside the admin, whose own pages follow from its registry."""
    return (named(path, entry) for path, entry in entries() if not path.startswith(ADMIN))


def named(path: str, entry: URLPattern) -> str:
    return entry.name or f"unnamed {path}"


def base_of(model: type[Model]) -> str:
    """Where the tenant admin keeps its pages of a model."""
    return f"{ADMIN}{model._meta.app_label}/{model._meta.model_name}/"


def of_model(model: type[Model]) -> Iterator[tuple[str, bool]]:
    """The tenant admin's pages of a model: what follows its address, and whether that names an object."""
    base = base_of(model)
    for path, entry in entries():
        if path.startswith(base):
            yield path.removeprefix(base), "object_id" in entry.pattern.converters


@cache
def entries() -> tuple[tuple[str, URLPattern], ...]:
    """Every address of the hub that Django answers: its pattern, and what answers."""

    def walk(entries: list[Any], prefix: str) -> Iterator[tuple[str, URLPattern]]:
        for entry in entries:
            path = prefix + str(entry.pattern)
            if isinstance(entry, URLResolver):
                yield from walk(entry.url_patterns, path)
            elif isinstance(entry, URLPattern) and not path.startswith("__"):
                yield path, entry

    return tuple(walk(get_resolver().url_patterns, ""))
