from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from hub.incidents.models.incident import Incident, IncidentScoped
from tenants.models import FieldKind

if TYPE_CHECKING:
    from tenants.models import Person


def _only(column: str, kind: FieldKind) -> Q:
    others = {f"{other}__isnull": True for other in COLUMNS.values() if other != column}
    return Q(kind=kind.value, **{f"{column}__isnull": False}, **others)


COLUMNS = {kind: kind.value for kind in FieldKind}
"""The column that holds a value of each kind."""


class FieldValue(IncidentScoped):
    """What an incident says in one of its unit's fields: the value stands in the column of the field's kind."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="field_values")
    field = models.ForeignKey("tenants.LocalField", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=FieldKind)
    text = models.TextField(null=True)
    number = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    choice = models.CharField(max_length=100, null=True)
    date = models.DateField(null=True)
    boolean = models.BooleanField(null=True)
    person = models.ForeignKey("tenants.Person", models.PROTECT, null=True, related_name="+")
    link = models.URLField(max_length=1000, null=True)
    words = models.TextField(help_text="The value as people read it, for search")
    set_at = models.DateTimeField()
    set_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("field__position", "field_id")
        constraints = (
            models.UniqueConstraint(fields=["incident", "field"], name="field_value_once"),
            models.CheckConstraint(
                name="field_value_of_its_kind",
                condition=_only("text", FieldKind.TEXT)
                | _only("number", FieldKind.NUMBER)
                | _only("choice", FieldKind.CHOICE)
                | _only("date", FieldKind.DATE)
                | _only("boolean", FieldKind.BOOLEAN)
                | _only("person", FieldKind.PERSON)
                | _only("link", FieldKind.LINK),
            ),
        )
        indexes = (
            models.Index(fields=["field", "choice"], name="value_by_choice", condition=Q(choice__isnull=False)),
            models.Index(fields=["field", "number"], name="value_by_number", condition=Q(number__isnull=False)),
            models.Index(fields=["field", "date"], name="value_by_date", condition=Q(date__isnull=False)),
        )

    def __str__(self) -> str:
        return self.words

    @property
    def value(self) -> str | Decimal | dt.date | bool | Person | None:
        """Whatever it holds."""
        held: str | Decimal | dt.date | bool | Person | None = getattr(self, COLUMNS[FieldKind(self.kind)])
        return held
