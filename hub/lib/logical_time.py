"""The time that passes, for queries: a clock in the database that workers move on and nobody sets."""

from __future__ import annotations

from datetime import datetime

from django.db import connection
from django.db.models import DateTimeField, Func


class LogicalNow(Func):
    """How late it is by that clock, for what workers wait for: some seconds behind while any of them runs."""

    function = "app.logical_now"
    output_field = DateTimeField()


def logical_now() -> datetime:
    """The same, read once for many rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.logical_now()")
        moment: datetime = cursor.fetchone()[0]
        return moment
