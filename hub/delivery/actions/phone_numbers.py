"""The number that stands beside one's name on call lists."""

from __future__ import annotations

import re
from typing import Final

from hub.delivery.models import PhoneNumber
from hub.lib import clock
from hub.lib.errors import Forbidden, Invalid
from hub.lib.identity import Actor, acting_as
from tenants import audit

_NUMBER: Final = re.compile(r"\+[0-9](?:[ ./()-]{0,2}[0-9]){5,14}")
"""With the country's code, as E.164 has it, and whatever people put between groups of digits."""


def set_phone_number(*, actor: Actor, number: str) -> None:
    """Give, change or, with an empty one, take back the number at which people call the actor when the hub is down.

    Whoever may see that the actor takes turns on call may see it. Raises `Invalid`, and `Forbidden` for nobody's actor.
    """
    with acting_as(actor):
        if actor.person_id is None:
            raise Forbidden("Only a person has a number.")
        said = " ".join(number.replace("\x00", "").split())
        if said and (len(said) > 32 or _NUMBER.fullmatch(said) is None):
            raise Invalid(f"“{said[:32]}” is no number to call from anywhere: write +49 30 1234567.", path=["number"])
        # That it changed, and not what it was: the trail is kept for longer than the number is used.
        if not said:
            kept = PhoneNumber.objects.filter(person_id=actor.person_id).first()
            if kept is not None:
                change = {"number": ["given", None]}
                audit.record(actor=actor, verb="set_phone_number", obj=kept, unit_id=None, change=change)
                kept.delete()
            return
        kept, _ = PhoneNumber.objects.update_or_create(
            person_id=actor.person_id, defaults={"number": said, "given_at": clock.now()}
        )
        audit.record(actor=actor, verb="set_phone_number", obj=kept, unit_id=None, change={"number": [None, "given"]})
