"""What the lists of the tenant admin can be narrowed by: what the rows that they show refer to, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.admin import RelatedOnlyFieldListFilter
from django.contrib.admin.utils import get_fields_from_path
from django.db.models import Model


class OwnChoices(RelatedOnlyFieldListFilter):
    """Units, roles and the like of the rows that the reader administers.

    Django offers every row that the reader may see, and the units of the enterprise are seen by everybody.
    """

    def has_output(self) -> bool:
        """Also for a single choice that the address has made: Django would forget it, and show the whole list."""
        return super().has_output() or bool(self.lookup_val) or bool(self.lookup_val_isnull)


def narrowed(model: type[Model], filters: Iterable[Any]) -> list[Any]:
    """The filters of a list, with `OwnChoices` in the place of Django's for what refers to other rows."""
    return [(each, OwnChoices) if _refers(model, each) else each for each in filters]


def _refers(model: type[Model], given: Any) -> bool:
    return isinstance(given, str) and bool(get_fields_from_path(model, given)[-1].is_relation)
