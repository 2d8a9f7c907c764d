"""Rows that say when they are read, if they are a restricted incident's."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Self, TypeVar

from django.db import models

from hub.lib import sight

_Row_co = TypeVar("_Row_co", bound=models.Model, covariant=True)


class WitnessedQuerySet(models.QuerySet[_Row_co]):
    """Asks for the columns that tell whether a reading is to be recorded, whatever else it asks for."""

    def only(self, *fields: Any) -> Self:
        if fields and fields != (None,):
            fields = (*fields, "restricted", self.model.witnessed_by)  # type: ignore[attr-defined]
        return super().only(*fields)


class Witnessed(models.Model):
    """A row with the column `restricted`, which belongs to the incident that `witnessed_by` names."""

    witnessed_by = "incident_id"

    objects = WitnessedQuerySet.as_manager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[Any], values: Collection[Any]) -> Self:
        row = super().from_db(db, field_names, values)
        loaded = row.__dict__
        # What was not asked for may be so: the recorder looks again.
        if loaded.get("restricted", True) and (incident_id := loaded.get(cls.witnessed_by)) is not None:
            sight.note(incident_id)
        return row
