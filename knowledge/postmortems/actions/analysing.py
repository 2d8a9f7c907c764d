"""Asking why it happened: Five Whys as a chain, Apollo as a graph of effects with their actions and conditions.

Every writer locks the review first, so an analysis is changed by one at a time, and what is checked stays true.
"""

from __future__ import annotations

from typing import Final

from hub.lib import clock
from hub.lib.errors import Conflict, Invalid
from hub.lib.identity import Actor, acting_as
from hub.lib.texts import checked_text
from knowledge.postmortems import access
from knowledge.postmortems.actions.writing import (
    part_changed,
    part_for_writing,
    postmortem_for_writing,
    scope_of,
)
from knowledge.postmortems.models import Analysis, CausalLink, CauseRole, Effect, Method, Postmortem
from knowledge.postmortems.reasoning import is_explained, reachable

LONGEST_EFFECT: Final = 300
LONGEST_REASON: Final = 300
MOST_ANALYSES: Final = 20
MOST_EFFECTS: Final = 120
"""Of one analysis: more is read by nobody, and belongs into a second one."""


def start_analysis(
    *, actor: Actor, postmortem_id: int, method: Method, problem: str, ended_because: str = ""
) -> Analysis:
    """Begin to ask why `problem` happened.

    Args:
        problem: the primary effect, in a sentence.
        ended_because: why nobody asks further. A published review takes no open branch, so there it is needed.

    Raises `NotFound`, `Forbidden`, `Invalid` for a text, `Conflict` when there are too many. Locks the review.
    """
    with acting_as(actor):
        postmortem = postmortem_for_writing(actor, postmortem_id)
        text = checked_text(problem, "problem", longest=LONGEST_EFFECT)
        reason = _reason(postmortem, ended_because)
        if postmortem.analyses.count() >= MOST_ANALYSES:
            raise Conflict(f"A review has at most {MOST_ANALYSES} analyses.")
        analysis = Analysis.objects.create(
            **scope_of(postmortem), method=method, created_at=clock.now(), created_by_id=actor.person_id
        )
        Effect.objects.create(
            **scope_of(postmortem), analysis=analysis, text=text, is_primary=True, ended_because=reason
        )
        part_changed(
            actor,
            postmortem,
            analysis,
            "start_analysis",
            {"method": [None, method], "problem": [None, text]},
            of="analyses",
        )
        return analysis


def remove_analysis(*, actor: Actor, analysis_id: int) -> Postmortem:
    """Take an analysis out of its review, with all of its effects; the audit trail keeps what it said.

    Raises `NotFound`, `Forbidden`. Locks the review.
    """
    with acting_as(actor):
        postmortem, analysis = part_for_writing(access.analysis_for, actor, analysis_id)
        texts = list(analysis.effects.values_list("text", flat=True))
        part_changed(actor, postmortem, analysis, "remove_analysis", {"effects": [texts, None]}, of="analyses")
        analysis.delete()
        return postmortem


def add_cause(
    *, actor: Actor, effect_id: int, text: str, role: CauseRole | None = None, ended_because: str = ""
) -> Effect:
    """Name a cause of an effect, and return it: an effect in its turn, that is asked about next.

    Args:
        role: an action or a condition; in Five Whys it is the answer to the why, and may be left out.
        ended_because: why nobody asks further behind it; in a published review it is needed.

    Raises `NotFound`, `Forbidden`, `Invalid` for a text or a role, `Conflict` for a why that has its answer or an
    analysis that is full. Locks the review.
    """
    with acting_as(actor):
        postmortem, effect = part_for_writing(access.effect_for, actor, effect_id)
        named = _role(effect, role)
        said = checked_text(text, "text", what="cause", longest=LONGEST_EFFECT)
        reason = _reason(postmortem, ended_because)
        if effect.analysis.effects.count() >= MOST_EFFECTS:
            raise Conflict(f"An analysis has at most {MOST_EFFECTS} effects: begin another one for the rest.")
        cause = Effect.objects.create(**scope_of(postmortem), analysis=effect.analysis, text=said, ended_because=reason)
        _link(postmortem, effect, cause, named)
        cause.refresh_from_db()
        change = {"text": [None, said], "role": [None, named], "of": [None, effect.text]}
        part_changed(actor, postmortem, cause, "add_cause", change, of="analyses")
        return cause


def link_cause(*, actor: Actor, effect_id: int, cause_id: int, role: CauseRole) -> CausalLink:
    """Say that an effect which is there already is also a cause of another one. What would lead in a circle is refused.

    Raises `NotFound` for either, `Forbidden`, `Invalid` for a role, for effects of different analyses and for a circle,
    `Conflict` in Five Whys or for what is linked already. Locks the review.
    """
    with acting_as(actor):
        postmortem, effect = part_for_writing(access.effect_for, actor, effect_id)
        cause = access.effect_for(actor, cause_id)
        if cause.analysis_id != effect.analysis_id:
            raise Invalid("The two effects belong to different analyses.", path=["causeId"])
        if effect.analysis.method == Method.FIVE_WHYS:
            raise Conflict("Five Whys is a chain: an effect in it explains one other only.")
        named = _role(effect, role)
        links = list(effect.analysis.links.values_list("effect_id", "cause_id"))
        if (effect.pk, cause.pk) in links:
            raise Conflict(f"“{cause.text}” is a cause of “{effect.text}” already.")
        if effect.pk in reachable(links, cause.pk):
            raise Invalid(
                f"“{effect.text}” leads to “{cause.text}”, so it cannot also follow from it: causes go in no circle.",
                path=["causeId"],
            )
        link = _link(postmortem, effect, cause, named)
        change = {"cause": [None, cause.text], "role": [None, named]}
        part_changed(actor, postmortem, effect, "link_cause", change, of="analyses")
        return link


def edit_effect(*, actor: Actor, effect_id: int, text: str | None = None, ended_because: str | None = None) -> Effect:
    """Change what an effect says, or why nobody asks further behind it; what is None stays.

    Args:
        ended_because: empty asks again, which a published review refuses unless causes are named.

    Raises `NotFound`, `Forbidden`, `Invalid`. Locks the review.
    """
    with acting_as(actor):
        postmortem, effect = part_for_writing(access.effect_for, actor, effect_id)
        before = {"text": effect.text, "ended_because": effect.ended_because}
        if text is not None:
            effect.text = checked_text(text, "text", what="effect", longest=LONGEST_EFFECT)
        if ended_because is not None:
            roles = set(effect.causes.values_list("role", flat=True))
            effect.ended_because = _reason(postmortem, ended_because, roles=roles)
        after = {"text": effect.text, "ended_because": effect.ended_because}
        if before == after:
            return effect
        effect.save(update_fields=list(after))
        effect.refresh_from_db(fields=["is_open"])
        change = {name: [before[name], value] for name, value in after.items() if before[name] != value}
        part_changed(actor, postmortem, effect, "edit_effect", change, of="analyses")
        return effect


def remove_cause(*, actor: Actor, link_id: int) -> Analysis:
    """Say that it is no cause of the effect after all. What leads to nothing else goes with it; the trail keeps it.

    Raises `NotFound`, `Forbidden`, `Invalid` where a published review would have an open branch. Locks the review.
    """
    with acting_as(actor):
        postmortem, link = part_for_writing(access.link_for, actor, link_id)
        analysis, effect = access.analysis_for(actor, link.analysis_id), link.effect
        roles = set(effect.causes.exclude(pk=link.pk).values_list("role", flat=True))
        if postmortem.is_published and not effect.ended_because and not is_explained(roles):
            raise Invalid(
                f"“{effect.text}” would be an open branch of a published review: say first why it ends there.",
                path=["linkId"],
            )
        rest = list(analysis.links.exclude(pk=link.pk).values_list("effect_id", "cause_id"))
        primary = analysis.effects.get(is_primary=True)
        gone = analysis.effects.exclude(pk__in=reachable(rest, primary.pk))
        texts = list(gone.values_list("text", flat=True))
        change = {"cause": [link.cause.text, None], "of": [effect.text, None], "effects": [texts, None]}
        part_changed(actor, postmortem, effect, "remove_cause", change, of="analyses")
        link.delete()
        gone.delete()
        return analysis


def _role(effect: Effect, role: CauseRole | None) -> CauseRole:
    """The role that a further cause of the effect has."""
    if effect.analysis.method == Method.FIVE_WHYS:
        if role not in (None, CauseRole.WHY):
            raise Invalid("Five Whys knows neither actions nor conditions, only the next why.", path=["role"])
        if effect.causes.exists():
            raise Conflict(f"Why “{effect.text}” has its answer already: change that, or ask why of it.")
        return CauseRole.WHY
    if role is None or role == CauseRole.WHY:
        raise Invalid("Say whether it is an action or a condition.", path=["role"])
    return role


def _reason(postmortem: Postmortem, ended_because: str, *, roles: set[str] | None = None) -> str:
    """Why a branch ends, checked; a published review needs it unless causes with enough `roles` are named."""
    reason = checked_text(ended_because, "endedBecause", what="reason", longest=LONGEST_REASON, required=False)
    if postmortem.is_published and not reason and not is_explained(roles or set()):
        raise Invalid("A published review has no open branch: say why it ends there.", path=["endedBecause"])
    return reason


def _link(postmortem: Postmortem, effect: Effect, cause: Effect, role: CauseRole) -> CausalLink:
    analysis = effect.analysis
    return CausalLink.objects.create(
        **scope_of(postmortem), analysis=analysis, method=analysis.method, effect=effect, cause=cause, role=role
    )
