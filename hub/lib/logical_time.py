"""The time that passes, for queries: a clock in the database that workers move on and nobody sets."""

from __future__ import annotations

from django.db.models import DateTimeField, Func


class LogicalNow(Func):
    """How late it is by that clock, for what workers wait for: some seconds behind while any of them runs."""

    function = "app.logical_now"
    output_field = DateTimeField()
