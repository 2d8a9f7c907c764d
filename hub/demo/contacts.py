"""The numbers of those who lead in the demonstration, from the range that is kept for fiction and reaches nobody."""

from __future__ import annotations

from hub.delivery.models import PhoneNumber
from hub.demo.organisation import Organisation
from hub.lib import clock

LEADING = ("commander", "admin.", "lead.")


def load_phone_numbers(organisation: Organisation) -> None:
    """Write them."""
    leading = [person for name, person in sorted(organisation.people.items()) if name.startswith(LEADING)]
    PhoneNumber.objects.bulk_create(
        PhoneNumber(person=person, number=f"+44 7700 900{place:03}", given_at=clock.now())
        for place, person in enumerate(leading, start=1)
    )
