"""How grave a new incident is: on the global scale, or in its unit's own word for it."""

from __future__ import annotations

from hub.incidents.models import Severity
from hub.lib import clock
from hub.lib.errors import Invalid, NotFound
from hub.lib.identity import Actor
from tenants import access as tenants
from tenants.models import BusinessUnit, Term, TermKind
from tenants.resolution import Resolution


def rated(
    actor: Actor, unit: BusinessUnit, severity: Severity | None, local_id: int | None
) -> tuple[Severity, Term | None]:
    """The global severity and the unit's own word, if one is given: what that means now by the unit's mapping.

    Raises `NotFound` for a word that is none of the unit's, and `Invalid` with neither, for a word that means no global
    severity without one beside it, and for a severity that is laxer than what the word means.
    """
    if local_id is None:
        if severity is None:
            raise Invalid("How grave is it? Say a severity, or the unit's own word for it.", path=["severity"])
        return severity, None
    try:
        word = tenants.term_for(actor, TermKind.SEVERITY, local_id, unit_id=unit.pk)
    except NotFound as error:
        raise error.at("localSeverityId") from None
    meaning = tenants.Meanings.of(actor, [word]).at(word, moment=clock.now())
    if not isinstance(meaning, Resolution):
        if severity is None:
            raise Invalid(f"“{word.name}” means no global severity yet: say one beside it.", path=["severity"])
        return severity, word
    meant = Severity(Term.objects.values_list("key", flat=True).get(pk=meaning.term))
    if severity is not None and severity.value > meant.value:
        raise Invalid(
            f"“{word.name}” means {meant.upper()}: an incident may be graver than that, and not {severity.upper()}.",
            path=["severity"],
        )
    return severity or meant, word
