"""How grave an incident is: as somebody says, in its unit's own word, or as follows from what is known of it."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from hub.incidents.models import Incident, Severity
from hub.incidents.thresholds import Proposal
from hub.lib import clock
from hub.lib.errors import Invalid, NotFound
from hub.lib.identity import Actor
from tenants import access as tenants
from tenants.models import BusinessUnit, Term, TermKind
from tenants.resolution import Resolution


def rated(
    actor: Actor,
    unit: BusinessUnit,
    severity: Severity | None,
    local_id: int | None,
    *,
    said: str = "",
    proposal: Proposal | None = None,
) -> tuple[Severity, Term | None, str]:
    """The global severity, the unit's own word if one is given (what that means now, by the unit's mapping), and why.

    Args:
        said: the reason that somebody gives.
        proposal: what follows from the facts. It is the severity where nobody says one, and the reason stays with it;
            and nobody is laxer than the enterprise's part of it.

    Raises `NotFound` for a word that is none of the unit's, and `Invalid` where nothing says how grave it is, for a
    word that means no global severity without one beside it, and for a severity laxer than what the word means.
    """
    said = said.strip()
    chosen, word = _chosen(actor, unit, severity, local_id, moment=clock.now())
    if proposal is None:
        return _required(unit, chosen), word, said
    if chosen is None and proposal.severity is not None:
        return proposal.severity, word, "; ".join(filter(None, [proposal.reason, said]))
    chosen = _required(unit, chosen)
    if proposal.floor is not None and proposal.floor.value < chosen.value:
        others = f"{proposal.floor_reason}; otherwise {chosen.upper()}"
        return proposal.floor, word, "; ".join(filter(None, [others, said]))
    if not said and proposal.severity is not None and proposal.severity != chosen:
        said = f"As somebody judged; {proposal.severity.upper()} is what follows from {proposal.reason}"
    elif not said and proposal.severity == chosen:
        said = proposal.reason
    return chosen, word, said


def reworded(actor: Actor, incident: Incident, severity: Severity, local_id: int) -> Term:
    """The unit's own word that an incident of this severity is called from now on, by what it meant at the declaration.

    Raises `NotFound` for a word that is none of the unit's own, `Invalid` for a severity laxer than its meaning.
    """
    _, word = _chosen(actor, incident.unit, severity, local_id, moment=incident.declared_at)
    if word is None or word.unit_id is None:
        raise NotFound(TermKind.SEVERITY.label.lower()).at("localSeverityId")
    return word


def meant_by_word(actor: Actor, incident: Incident) -> tuple[Term, Severity] | None:
    """The unit's own word that was last said of an incident, and the severity that it means as of the declaration.

    None where none was said, it means no global severity, or it is of a unit that has handed the incident over.
    """
    said = incident.local_severity_id or incident.former_local_severity_id
    word = said and Term.objects.filter(Q(unit=None) | Q(unit=incident.unit_id), pk=said).first()
    if not word:
        return None
    meant = _meaning(actor, word, incident.declared_at)
    return None if meant is None else (word, meant)


def _required(unit: BusinessUnit, severity: Severity | None) -> Severity:
    if severity is None:
        raise Invalid(
            "How grave is it? Say a severity, the unit's own word for it, or what it does:"
            f" no threshold of {unit.name} follows from what is said so far.",
            path=["severity"],
        )
    return severity


def _chosen(
    actor: Actor, unit: BusinessUnit, severity: Severity | None, local_id: int | None, *, moment: datetime
) -> tuple[Severity | None, Term | None]:
    """What somebody says that it is: a severity, or the unit's own word and what that means."""
    if local_id is None:
        return severity, None
    try:
        word = tenants.term_for(actor, TermKind.SEVERITY, local_id, unit_id=unit.pk)
    except NotFound as error:
        raise error.at("localSeverityId") from None
    meant = _meaning(actor, word, moment)
    if meant is None:
        if severity is None:
            raise Invalid(f"“{word.name}” means no global severity yet: say one beside it.", path=["severity"])
        return severity, word
    if severity is not None and severity.value > meant.value:
        raise Invalid(
            f"“{word.name}” means {meant.upper()}: an incident may be graver than that, and not {severity.upper()}.",
            path=["severity"],
        )
    return severity or meant, word


def _meaning(actor: Actor, word: Term, moment: datetime) -> Severity | None:
    """The global severity that a unit's word meant at a moment, as its mapping says by now."""
    meaning = tenants.Meanings.of(actor, [word]).at(word, moment=moment)
    if not isinstance(meaning, Resolution):
        return None
    return Severity(Term.objects.values_list("key", flat=True).get(pk=meaning.term))
