"""The forms of the on-call pages. Times are the reader's, and say so."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone

from tenants.models import Person

_WRITTEN = "%Y-%m-%dT%H:%M"


class MomentField(forms.DateTimeField):
    """A moment in the reader's time zone, by the browser's own control."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_WRITTEN)
        super().__init__(widget=widget, input_formats=[_WRITTEN, f"{_WRITTEN}:%S"], **options)


class SpanForm(forms.Form):
    """From a moment up to another."""

    starts_at = MomentField(label="From")
    ends_at = MomentField(label="Until")

    @classmethod
    def showing(cls, starts_at: datetime, ends_at: datetime, **options: Any) -> Any:
        """The form with these moments in it."""
        initial = {"starts_at": timezone.localtime(starts_at), "ends_at": timezone.localtime(ends_at)}
        return cls(initial=initial, auto_id=f"{cls.__name__.lower()}_%s", **options)


class PersonForm(SpanForm):
    """Somebody for a time."""

    person = forms.TypedChoiceField(label="Who", coerce=int)
    replaces = forms.TypedChoiceField(label="Instead of", coerce=int, required=False, empty_value=None)

    def __init__(self, *args: Any, people: Iterable[Person], on: Iterable[Person], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["person"].choices = [(each.pk, each.name) for each in people]  # type: ignore[attr-defined]
        replaced = [("", "Everybody on then"), *((str(each.pk), each.name) for each in on)]
        self.fields["replaces"].choices = replaced  # type: ignore[attr-defined]


class OfferForm(SpanForm):
    """A time of one's own, for somebody or anybody."""

    offered_to = forms.TypedChoiceField(label="To", coerce=int, required=False, empty_value=None)
    note = forms.CharField(label="A word with it", max_length=300, required=False)

    def __init__(self, *args: Any, people: Iterable[Person], **options: Any) -> None:
        super().__init__(*args, **options)
        offered_to = [("", "Anybody who may take it"), *((str(each.pk), each.name) for each in people)]
        self.fields["offered_to"].choices = offered_to  # type: ignore[attr-defined]


class GapForm(SpanForm):
    """A time that nobody is meant to be on for."""

    reason = forms.CharField(label="Why nobody is needed", max_length=200)
