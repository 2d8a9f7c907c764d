"""How the global terms change: somebody proposes, a second steward decides, a version publishes what was approved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.db import IntegrityError, transaction

from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden, Invalid, NotFound
from hub.lib.identity import Actor, acting_as
from hub.lib.locks import hold
from hub.lib.texts import checked_text
from tenants import audit
from tenants.actions.terms import (
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    checked_key,
    checked_rank,
    unit_of_terms,
)
from tenants.models import (
    ProposalState,
    ProposedChange,
    TaxonomyVersion,
    Term,
    TermEdition,
    TermKind,
    TermProposal,
)
from tenants.permissions import Permission, holds_for_enterprise

OPEN: Final = (ProposalState.WAITING, ProposalState.APPROVED)


@dataclass(frozen=True, kw_only=True)
class Wording:
    """How a global term shall be written; what is None stays as it is."""

    name: str | None = None
    description: str | None = None
    rank: int | None = None


def propose_addition(
    *, actor: Actor, kind: TermKind, key: str, wording: Wording, reason: str, unit_id: int | None = None
) -> TermProposal:
    """Propose a new global term.

    Args:
        key: short and stable, in small letters: third-party.
        reason: what it is needed for.
        unit_id: the unit that asks for it; None for a steward who asks for the enterprise.

    Raises `NotFound` for the unit, `Forbidden` without taxonomy.write there or, for none, without taxonomy.steward,
    `Invalid`, and `Conflict` where there is such a term or an open proposal for it that the proposer sees. What
    another unit has proposed stands in nobody's way: a steward approves one of the two.
    """
    with acting_as(actor):
        _require_proposer(actor, unit_id)
        if kind == TermKind.SEVERITY:
            raise Invalid(
                "The five severities are the hub's own scale: they can be renamed, not added to.", path=["kind"]
            )
        proposal = TermProposal(
            change=ProposedChange.ADD,
            kind=kind,
            key=checked_key(key),
            name=checked_text(wording.name or "", "name", longest=LONGEST_NAME),
            description=checked_text(
                wording.description or "", "description", longest=LONGEST_DESCRIPTION, required=False
            ),
            rank=checked_rank(wording.rank or 0),
        )
        if Term.objects.filter(unit=None, kind=kind, key=proposal.key).exists():
            raise Conflict(f"There is a global {kind.label.lower()} “{proposal.key}” already.", path=["key"])
        return _propose(actor, proposal, reason, unit_id)


def propose_change(
    *, actor: Actor, term_id: int, wording: Wording, reason: str, unit_id: int | None = None
) -> TermProposal:
    """Propose another name, description or rank of a global term. Raises as `propose_addition`."""
    with acting_as(actor):
        _require_proposer(actor, unit_id)
        term = _global_term(term_id)
        proposal = _about(term, ProposedChange.CHANGE)
        if wording.name is not None:
            proposal.name = checked_text(wording.name, "name", longest=LONGEST_NAME)
        if wording.description is not None:
            proposal.description = checked_text(
                wording.description, "description", longest=LONGEST_DESCRIPTION, required=False
            )
        if wording.rank is not None:
            proposal.rank = checked_rank(wording.rank)
        if (proposal.name, proposal.description, proposal.rank) == (term.name, term.description, term.rank):
            raise Invalid(f"“{term.name}” is written like this already.", path=["name"])
        return _propose(actor, proposal, reason, unit_id)


def propose_retirement(
    *, actor: Actor, term_id: int, reason: str, successor_id: int | None = None, unit_id: int | None = None
) -> TermProposal:
    """Propose that a global term is not used any more: what happens later means it no longer.

    Args:
        successor_id: the global term of the same kind that units should map to instead; nothing is mapped by itself.

    Raises as `propose_addition`.
    """
    with acting_as(actor):
        _require_proposer(actor, unit_id)
        term = _global_term(term_id)
        if term.kind == TermKind.SEVERITY:
            raise Invalid("The five severities are the hub's own scale: none can be retired.", path=["termId"])
        proposal = _about(term, ProposedChange.RETIRE)
        if successor_id is not None:
            successor = _global_term(successor_id, "successorId")
            if successor.kind != term.kind or successor == term:
                raise Invalid("A successor is another term of the same kind.", path=["successorId"])
            proposal.successor = successor
        return _propose(actor, proposal, reason, unit_id)


def decide_proposal(*, actor: Actor, proposal_id: int, approve: bool, answer: str = "") -> TermProposal:
    """Approve a proposal or reject it, as a steward who did not make it.

    Raises `NotFound`, `Forbidden` without taxonomy.steward or for one's own proposal, `Conflict` when it is decided or
    another one for the term was approved, `Invalid` for a rejection without an answer. Locks the proposal.
    """
    with acting_as(actor):
        _proposal(proposal_id)
        _require_steward(actor)
        proposal = _proposal(proposal_id, lock=True)
        if proposal.proposed_by_id == actor.person_id:
            raise Forbidden("You proposed this yourself: a second steward decides.")
        if proposal.state != ProposalState.WAITING:
            raise Conflict(f"This proposal is {proposal.state} already.")
        words = checked_text(answer, "answer", longest=500, required=not approve)
        proposal.state = ProposalState.APPROVED if approve else ProposalState.REJECTED
        proposal.decided_by_id = actor.person_id
        proposal.decided_at = clock.now()
        proposal.answer = words
        try:
            with transaction.atomic():
                proposal.save(update_fields=["state", "decided_by", "decided_at", "answer"])
        except IntegrityError:
            raise Conflict("Another proposal for this term is approved already: reject this one.") from None
        if approve:
            _require_timely(proposal)
        _audit(actor, "decide_proposal", proposal, {"state": [ProposalState.WAITING, proposal.state]})
        return proposal


def withdraw_proposal(*, actor: Actor, proposal_id: int) -> TermProposal:
    """Take back one's own proposal that is not published yet.

    Raises `NotFound`, `Forbidden` for somebody else's, `Conflict` when nothing can be taken back. Locks the proposal.
    """
    with acting_as(actor):
        if _proposal(proposal_id).proposed_by_id != actor.person_id:
            raise Forbidden("Only whoever proposed it can take it back.")
        proposal = _proposal(proposal_id, lock=True)
        if proposal.state not in OPEN:
            raise Conflict(f"This proposal is {proposal.state} already.")
        former = proposal.state
        proposal.state = ProposalState.WITHDRAWN
        proposal.save(update_fields=["state"])
        _audit(actor, "withdraw_proposal", proposal, {"state": [former, proposal.state]})
        return proposal


def publish_taxonomy(*, actor: Actor, summary: str) -> TaxonomyVersion:
    """Publish everything that was approved as the next version of the global terms.

    From this moment on new terms can be used, changed ones read as they were approved, and retired ones mean nothing
    for what happens later. Each term that changed gets its edition in the version.

    Raises `Forbidden` without taxonomy.steward, `Conflict` when nothing is approved, `Invalid` without a summary. Takes
    the advisory lock on the taxonomy, and locks the proposals and their terms.
    """
    with acting_as(actor):
        _require_steward(actor)
        words = checked_text(summary, "summary", longest=300)
        hold("tenants_taxonomyversion")
        approved = list(
            TermProposal.objects.select_for_update().filter(state=ProposalState.APPROVED).order_by("decided_at", "id")
        )
        if not approved:
            raise Conflict("No proposal is approved and waits to be published.")
        moment = clock.now()
        last = TaxonomyVersion.objects.order_by("-number").values_list("number", flat=True).first()
        version = TaxonomyVersion.objects.create(
            number=(last or 0) + 1, summary=words, published_at=moment, published_by_id=actor.person_id
        )
        terms = {}
        for proposal in approved:
            term = _apply(proposal)
            if proposal.change == ProposedChange.RETIRE:
                term.retired_at = moment
                term.save(update_fields=["retired_at"])
            proposal.term, proposal.state, proposal.version = term, ProposalState.PUBLISHED, version
            proposal.save(update_fields=["term", "state", "version"])
            terms[term.pk] = term
        TermEdition.objects.bulk_create(
            TermEdition(
                term=term,
                version=version,
                name=term.name,
                description=term.description,
                rank=term.rank,
                is_retired=term.retired_at is not None,
            )
            for term in terms.values()
        )
        audit.record(
            actor=actor,
            verb="publish_taxonomy",
            obj=version,
            unit_id=None,
            change={"version": [last, version.number], "proposals": [None, [each.pk for each in approved]]},
        )
        return version


def _apply(proposal: TermProposal) -> Term:
    if proposal.change == ProposedChange.ADD:
        return Term.objects.create(
            kind=proposal.kind,
            key=proposal.key,
            name=proposal.name,
            description=proposal.description,
            rank=proposal.rank,
        )
    assert proposal.term_id is not None  # a constraint says so
    term = Term.objects.select_for_update().get(pk=proposal.term_id)
    if proposal.change == ProposedChange.CHANGE:
        term.name, term.description, term.rank = proposal.name, proposal.description, proposal.rank
        term.save(update_fields=["name", "description", "rank"])
    return term


def _propose(actor: Actor, proposal: TermProposal, reason: str, unit_id: int | None) -> TermProposal:
    if actor.person_id is None:
        raise Forbidden("The system proposes nothing.")
    proposal.reason = checked_text(reason, "reason", longest=500)
    proposal.unit_id = unit_id
    proposal.proposed_by_id = actor.person_id
    proposal.proposed_at = clock.now()
    conflict = Conflict("There is an open proposal for this term already: decide on that first.")
    if TermProposal.objects.filter(kind=proposal.kind, key=proposal.key, state__in=OPEN).exists():
        raise conflict
    try:
        with transaction.atomic():
            proposal.save()
    except IntegrityError:
        raise conflict from None
    _audit(actor, "propose_term", proposal, {"change": [None, proposal.change], "name": [None, proposal.name]})
    return proposal


def _require_timely(proposal: TermProposal) -> None:
    """What others proposed for the same term may have been published since this was proposed."""
    if proposal.change == ProposedChange.ADD:
        if Term.objects.filter(unit=None, kind=proposal.kind, key=proposal.key).exists():
            raise Conflict(f"There is a global term “{proposal.key}” by now: reject this one.")
    elif proposal.term is not None and proposal.term.retired_at is not None:
        raise Conflict(f"“{proposal.name}” is retired by now: reject this one.")


def _about(term: Term, change: ProposedChange) -> TermProposal:
    return TermProposal(
        change=change,
        term=term,
        kind=term.kind,
        key=term.key,
        name=term.name,
        description=term.description,
        rank=term.rank,
    )


def _global_term(term_id: int, field: str = "termId") -> Term:
    try:
        return Term.objects.get(pk=term_id, unit=None, retired_at=None)
    except Term.DoesNotExist:
        raise NotFound("global term", path=[field]) from None


def _proposal(proposal_id: int, *, lock: bool = False) -> TermProposal:
    found = TermProposal.objects.select_for_update(of=("self",)) if lock else TermProposal.objects
    try:
        return found.get(pk=proposal_id)
    except TermProposal.DoesNotExist:
        raise NotFound("proposal", path=["proposalId"]) from None


def _require_proposer(actor: Actor, unit_id: int | None) -> None:
    if unit_id is not None:
        unit_of_terms(actor, unit_id)
    elif not holds_for_enterprise(actor, Permission.TAXONOMY_STEWARD):
        raise Forbidden("Only a taxonomy steward proposes for the enterprise: name the unit that you propose for.")


def _require_steward(actor: Actor) -> None:
    if not holds_for_enterprise(actor, Permission.TAXONOMY_STEWARD):
        raise Forbidden("The global terms are kept by taxonomy stewards.")


def _audit(actor: Actor, verb: str, proposal: TermProposal, change: dict[str, Any]) -> None:
    audit.record(actor=actor, verb=verb, obj=proposal, unit_id=proposal.unit_id, change=change)
