"""Analyses of some of the demonstration's reviews, and one that somebody is still at."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

from django.db import connection

from hub.demo.organisation import Organisation
from hub.demo.reading import read_content
from knowledge.postmortems.actions.writing import scope_of
from knowledge.postmortems.models import (
    ActionItem,
    ActionPriority,
    ActionStatus,
    Analysis,
    CausalLink,
    CauseRole,
    Effect,
    Evidence,
    Gap,
    Method,
    Postmortem,
    PostmortemStatus,
    Proof,
)
from tenants.models import Term, TermKind

SOURCE: Final = "analyses.yaml"


def load_failure_modes(loaded: Organisation) -> None:
    """The global failure modes. Written with the first terms, so that the first version of the taxonomy has them."""
    for rank, each in enumerate(read_content(SOURCE)["failure_modes"]):
        loaded.failure_modes[each["key"]] = Term.objects.create(kind=TermKind.FAILURE_MODE, rank=rank, **each)


def load_analyses() -> None:
    """Write the analyses of the published reviews, past the actions, and one with an open branch into a draft."""
    with connection.cursor() as cursor:
        # While a graph is being written, its effects have no causes yet; at the end of the transaction all have.
        cursor.execute("SET CONSTRAINTS guard_published DEFERRED")
    for each in read_content(SOURCE)["analyses"]:
        _write(Postmortem.objects.get(title=each["title"][:200]), each)
    draft = Postmortem.objects.filter(status=PostmortemStatus.DRAFT, restricted=False).order_by("-opened_at", "id")[0]
    _say_what_closes()
    _write(draft, {"five_whys": [draft.title, "Nobody noticed before the customers did"]})


def _say_what_closes() -> None:
    """What the open action items are to be closed with, as far as their titles tell."""
    told = (
        (Proof.ALERT_TEST, r"\m(alert|alarm|page when|warn)"),
        (Proof.RUNBOOK, r"\m(runbook|document|checklist)"),
        (Proof.DRILL, r"\m(drill|rehears|practise|exercise)"),
    )
    for proof, words in told:
        ActionItem.objects.filter(status=ActionStatus.OPEN, closes_with=None, title__iregex=words).update(
            closes_with=proof, priority=ActionPriority.HIGH
        )


def _write(review: Postmortem, about: Mapping[str, Any]) -> None:
    scope = scope_of(review)
    author = review.author
    begun = {"created_at": review.edited_at, "created_by": author}
    Gap.objects.bulk_create(Gap(**gap, **scope) for gap in about.get("gaps", ()))
    if "apollo" in about:
        analysis = Analysis.objects.create(method=Method.APOLLO, **begun, **scope)
        _graph(analysis, scope, about["apollo"], None, "")
    if "five_whys" in about:
        analysis = Analysis.objects.create(method=Method.FIVE_WHYS, **begun, **scope)
        *others, last = about["five_whys"]
        chain = [
            Effect.objects.create(analysis=analysis, text=text[:300], is_primary=place == 0, **scope)
            for place, text in enumerate(others)
        ]
        chain.append(Effect.objects.create(analysis=analysis, text=last, ended_because=about.get("ends", ""), **scope))
        for effect, cause in pairwise(chain):
            _link(analysis, scope, effect, cause, CauseRole.WHY)
        for proof in about.get("evidence", ()):
            Evidence.objects.create(effect=chain[proof["of"]], kind=proof["kind"], text=proof["text"], **scope)


def _graph(analysis: Analysis, scope: dict[str, Any], said: Mapping[str, Any], above: Effect | None, role: str) -> None:
    effect = Effect.objects.create(
        analysis=analysis,
        text=said["text"] if above is None else said[role],
        is_primary=above is None,
        ended_because=said.get("ends", ""),
        **scope,
    )
    if above is not None:
        _link(analysis, scope, above, effect, CauseRole(role))
    Evidence.objects.bulk_create(Evidence(effect=effect, **proof, **scope) for proof in said.get("evidence", ()))
    for cause in said.get("causes", ()):
        _graph(analysis, scope, cause, effect, "action" if "action" in cause else "condition")


def _link(analysis: Analysis, scope: dict[str, Any], effect: Effect, cause: Effect, role: CauseRole) -> None:
    CausalLink.objects.create(analysis=analysis, method=analysis.method, effect=effect, cause=cause, role=role, **scope)
