"""What terms are called in other languages, and by units in their own words."""

from __future__ import annotations

from hub.lib.errors import Forbidden, NotFound
from hub.lib.identity import Actor, acting_as
from hub.lib.texts import checked_text
from tenants import audit
from tenants.actions.terms import LONGEST_NAME, unit_of_terms
from tenants.models import Term, TermName
from tenants.naming import checked_language
from tenants.permissions import Permission, holds_for_enterprise


def name_term(*, actor: Actor, term_id: int, language: str, name: str, unit_id: int | None = None) -> Term:
    """Say what a term is called in a language; an empty name takes away what was said.

    Args:
        language: a BCP 47 tag: de, pt-BR.
        unit_id: the unit whose word it is; None for everybody's word for a global term.

    Raises `NotFound` for the term, `Forbidden` without taxonomy.write in the unit, or without taxonomy.steward for
    everybody's word, `Invalid` for what is no language or too long. Of two at once, the later one holds.
    """
    with acting_as(actor):
        term = Term.objects.filter(pk=term_id).first()
        if term is None:
            raise NotFound("term", path=["termId"])
        owner = unit_id if unit_id is not None else term.unit_id
        if owner is not None:
            unit_of_terms(actor, owner)
            if term.unit_id not in (None, owner):
                raise NotFound("term", path=["termId"])
        elif not holds_for_enterprise(actor, Permission.TAXONOMY_STEWARD):
            raise Forbidden("What everybody calls a global term is said by taxonomy stewards: name your unit.")
        tag = checked_language(language)
        words = checked_text(name, "name", longest=LONGEST_NAME, required=False)
        former = TermName.objects.select_for_update(of=("self",)).filter(term=term, unit=owner, language=tag).first()
        if words:
            TermName.objects.bulk_create(
                [TermName(term=term, unit_id=owner, language=tag, name=words)],
                update_conflicts=True,
                unique_fields=["term", "unit", "language"],
                update_fields=["name"],
            )
        elif former is not None:
            former.delete()
        audit.record(
            actor=actor,
            verb="name_term",
            obj=term,
            unit_id=owner,
            change={tag: [former.name if former else None, words or None]},
        )
        return term
