"""The review as an article, and the parts of it that are renewed alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from strawberry.relay import to_base64

from hub.lib.errors import HubError
from hub.lib.identity import Actor
from hub.web.signing_in import reading_page
from knowledge.postmortems import access, actions, blameless, disclosures, meetings, proofs, questions, signing
from knowledge.postmortems.actions.editing import camel
from knowledge.postmortems.causegraph import Picture, picture
from knowledge.postmortems.chronicle import chronicle
from knowledge.postmortems.course import course
from knowledge.postmortems.deadlines import explained
from knowledge.postmortems.models import (
    ActionItem,
    ActionPriority,
    ActionStatus,
    Analysis,
    Audience,
    CauseRole,
    EvidenceKind,
    GapKind,
    Method,
    Postmortem,
    PostmortemRevision,
    Proof,
    Section,
    Verdict,
)
from knowledge.postmortems.prose import render as render_prose
from knowledge.postmortems.reasoning import Branch, told
from tenants import access as tenants

PROMPTS = {
    Section.SUMMARY: "What happened, in a paragraph that somebody from another unit understands.",
    Section.IMPACT: "Who was affected, how many, for how long and how badly? Figures, not adjectives.",
    Section.DETECTION: "How was it noticed, how long after it began, and what would have noticed it earlier?",
    Section.ROOT_CAUSE: "What had to be true for this to happen? Go on asking why until it is something to change.",
    Section.WENT_WELL: "What helped, and should be kept?",
    Section.WENT_BADLY: "What did not help: tools, signals, access, words?",
    Section.LESSONS: "What can others take from it who run something quite different?",
}

ROLES = [(CauseRole.ACTION.value, "An action: it happened"), (CauseRole.CONDITION.value, "A condition: it was there")]


@dataclass(frozen=True)
class Part:
    """A section as the page shows it.

    Attributes:
        anchor: its id in the page, the same as its path in a refusal.
        is_drafted: whether it still says what the hub wrote.
        findings: wording that blames, for those who may change it.
    """

    section: Section
    anchor: str
    html: SafeString
    prompt: str
    is_drafted: bool
    findings: Sequence[blameless.Finding]

    @property
    def name(self) -> str:
        return self.section.value

    @property
    def label(self) -> str:
        return str(self.section.label)


@dataclass(frozen=True)
class Analysed:
    """An analysis as a picture and as a list."""

    analysis: Analysis
    picture: Picture | None
    branch: Branch | None

    @property
    def open(self) -> int:
        """How many branches still ask."""
        return sum(effect.is_open for effect in self.analysis.effects.all())


@reading_page
def postmortem(request: HttpRequest, actor: Actor, postmortem_id: int) -> HttpResponse:
    """The review; `?edit=lessons` has that section open. Raises `NotFound`."""
    found = access.postmortem_for(actor, postmortem_id)
    return render(request, "postmortems/review.html", review_context(actor, found, editing=request.GET.get("edit", "")))


@reading_page
def postmortem_of(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """The review of the incident with this reference, at its own address. Raises `NotFound`."""
    return redirect("postmortem", access.postmortem_referenced(actor, reference).pk)


@reading_page
def side(request: HttpRequest, actor: Actor, postmortem_id: int) -> HttpResponse:
    """What stands beside the article, and what publishing still needs. Raises `NotFound`."""
    found = access.postmortem_for(actor, postmortem_id)
    return render(request, "postmortems/beside.html", side_context(actor, found))


@reading_page
def history(request: HttpRequest, actor: Actor, postmortem_id: int) -> HttpResponse:
    """Who changed what, the latest first. Raises `NotFound`."""
    found = access.postmortem_for(actor, postmortem_id)
    changes = []
    for version, group in groupby(_sittings(access.revisions(actor, found)), key=lambda each: each.version):
        revisions = [(LABELS[each.section], each) for each in group]
        changes.append({"version": version, "first": revisions[0][1], "revisions": revisions})
    context = {**base_context(actor, found), "changes": changes, "happened": chronicle(actor, found)}
    return render(request, "postmortems/history.html", context)


SITTING = timedelta(minutes=10)
"""What somebody saves of one section within this time of each other is one change of it: pages save by themselves."""


def _sittings(revisions: Iterable[PostmortemRevision]) -> list[PostmortemRevision]:
    """The revisions, latest first, without those in the middle of a sitting: what stood there before it is kept."""
    kept: list[PostmortemRevision] = []
    for each in revisions:
        last = next((one for one in reversed(kept) if one.section == each.section), None)
        if (
            last is not None
            and last.replaced_by_id == each.replaced_by_id
            and last.replaced_at - each.replaced_at < SITTING
        ):
            last.body, last.replaced_at = each.body, each.replaced_at
        else:
            kept.append(each)
    return kept


LABELS = {"title": "Title"} | {section.value: section.label for section in Section}


def review_context(actor: Actor, found: Postmortem, *, editing: str = "") -> dict[str, Any]:
    """Everything that the article shows."""
    names = list(access.people_involved(actor, found).values_list("name", flat=True))
    may_write = access.may_write(actor, found)
    return {
        **side_context(actor, found),
        **timeline_context(actor, found),
        **items_context(actor, found),
        **questions_context(actor, found),
        **causes_context(actor, found),
        **analyses_context(actor, found),
        "parts": [part_of(found, section, names if may_write else ()) for section in Section],
        "editing": editing if may_write else "",
        "form": form_context(found, editing) if editing in LABELS and may_write else None,
        "live": to_base64("Incident", found.incident_id) if found.incident_id and not found.is_published else "",
    }


def base_context(actor: Actor, found: Postmortem) -> dict[str, Any]:
    """The review, and what this person may do with it."""
    return {
        "postmortem": found,
        "incident": access.incident_of(actor, found),
        "may_write": access.may_write(actor, found),
        "may_add": access.may_add_actions(actor, found),
        "may_publish": access.may_publish(actor, found),
    }


def side_context(actor: Actor, found: Postmortem) -> dict[str, Any]:
    """The head, the facts, and what stands between a draft and its publication."""
    missing = [] if found.is_published else actions.missing_for_publication(actor, found)
    return {
        **base_context(actor, found),
        "missing": [{"message": error.message, "anchor": _anchor(error)} for error in missing],
        "audiences": [
            (each.value, each.label) for each in Audience if not (found.restricted and each == Audience.ENTERPRISE)
        ],
        "changes": found.revisions.count(),
        "disclosed": disclosures.disclosures_of(actor, found).count(),
        "meeting": meetings.meetings_of(actor, found).first(),
        "sign_off": signing.sign_off(actor, found),
        "due_because": explained(found),
        "meets": access.reads_drafts(actor, found),
    }


def part_context(actor: Actor, found: Postmortem, section: Section) -> dict[str, Any]:
    """One section."""
    names = list(access.people_involved(actor, found).values_list("name", flat=True))
    return {**base_context(actor, found), **causes_context(actor, found), "part": part_of(found, section, names)}


def part_of(found: Postmortem, section: Section, names: Sequence[str]) -> Part:
    text = found.text_of(section)
    return Part(
        section=section,
        anchor=camel(section.value),
        html=render_prose(text),
        prompt=PROMPTS[section],
        is_drafted=bool(text.strip()) and not found.is_written(section),
        findings=blameless.find(text, names) if names else (),
    )


def form_context(
    found: Postmortem, name: str, *, text: str | None = None, stale: HubError | None = None
) -> dict[str, Any]:
    """The form of a section or the title.

    Args:
        text: what the person wrote, if that is not saved.
        stale: why it is not.
    """
    return {
        "name": name,
        "anchor": camel(name),
        "label": LABELS[name],
        "prompt": PROMPTS[Section(name)] if name in Section.values else "",
        "text": getattr(found, name) if text is None else text,
        "version": found.version,
        "stale": stale,
        "current": render_prose(getattr(found, name)) if stale else "",
    }


def moved_on(actor: Actor, found: Postmortem, name: str, since: int) -> dict[str, Any]:
    """Whether a section has changed after the version `since`, and if so by whom, and what it says now."""
    latest = access.revisions(actor, found).filter(section=name, version__gt=since).first()
    if latest is None:
        return {"version": found.version, "moved": False}
    text = getattr(found, name)
    return {
        "version": found.version,
        "moved": True,
        "by": latest.replaced_by.name if latest.replaced_by else "The hub",
        "text": text,
        "html": render_prose(text) if name in Section.values else conditional_escape(text),
    }


def timeline_context(actor: Actor, found: Postmortem) -> dict[str, Any]:
    """The course of the incident and its moments."""
    return {**base_context(actor, found), "course": course(found, list(found.moments.order_by("at", "id")))}


def items_context(actor: Actor, found: Postmortem, *, changing: ActionItem | None = None) -> dict[str, Any]:
    """The action items, one of them perhaps being changed."""
    items = list(access.action_items(actor, found))
    may_add = access.may_add_actions(actor, found)
    things = proofs.shown(actor, items)
    may_settle = may_add or any(item.owner_id == actor.person_id for item in items)
    offers = offered_for(actor, [(item, found) for item in items]) if may_settle else {}
    return {
        **base_context(actor, found),
        "items": [(item, things.get(item.pk), offers.get(item.pk)) for item in items],
        "me": actor.person_id,
        "may_settle": may_settle,
        "changing": changing,
        "priorities": ActionPriority.choices,
        "proofs": Proof.choices,
        "candidates": access.candidates(actor, found) if may_add else (),
    }


def offered_for(
    actor: Actor, items: Iterable[tuple[ActionItem, Postmortem | None]]
) -> Mapping[int, Sequence[proofs.Thing]]:
    """What could close those of these items, each with its review as far as `actor` may read it, that are open."""
    wanted = {
        item: access.wanted_since(item, review, Proof(item.closes_with))
        for item, review in items
        if item.closes_with and item.status == ActionStatus.OPEN
    }
    return proofs.offered(actor, wanted)


def questions_context(actor: Actor, found: Postmortem) -> dict[str, Any]:
    """Whether its actions worked, where that is asked of the reader's unit."""
    return {"questions": list(questions.questions_of(actor, found)), "verdicts": Verdict.choices}


def causes_context(actor: Actor, found: Postmortem) -> dict[str, Any]:
    """The root cause and what contributed."""
    contributing = list(found.contributing.order_by("name"))
    tenants.call(actor, [(term, found.unit_id) for term in (found.cause, found.failure_mode, *contributing)])
    return {
        "cause": found.cause,
        "contributing": contributing,
        "failure_mode": found.failure_mode,
    }


def analyses_context(actor: Actor, found: Postmortem, *, opened: int = 0) -> dict[str, Any]:
    """The analyses and gaps.

    Args:
        opened: the effect whose forms are open, by key.
    """
    return {
        "analyses": [Analysed(each, picture(each), told(each)) for each in access.analyses(actor, found)],
        "gaps": list(found.gaps.all()),
        "opened": opened if access.may_write(actor, found) else 0,
        "methods": Method.choices,
        "roles": ROLES,
        "evidence_kinds": EvidenceKind.choices,
        "gap_kinds": GapKind.choices,
    }


def _anchor(error: HubError) -> str:
    return error.path[0] if error.path else ""
