"""Action items as a file for spreadsheets: one's own, and those that are overdue. They hold what their pages show."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from hub.lib import clock
from hub.lib.identity import Actor
from hub.lib.spreadsheets import spreadsheet
from hub.web.lists import narrowed
from hub.web.signing_in import reading_page
from knowledge.postmortems import access
from knowledge.postmortems.models import ActionItem

COLUMNS: Final = (
    *("Review", "Title of the review", "Unit", "Action", "Owner", "Due", "Overdue", "Accepted", "Priority"),
    *("Closed with", "Address"),
)


@reading_page
def mine(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The action items that are mine to do."""
    return _file("my-actions", access.my_action_items(actor).select_related("owner"))


@reading_page
def overdue(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The action items that are past their day, of the units that the address chooses."""
    return _file("overdue-actions", narrowed(access.overdue_actions(actor), request.GET))


def _file(name: str, items: Iterable[ActionItem]) -> HttpResponse:
    return spreadsheet(f"{name}-{clock.now():%Y-%m-%d}", [COLUMNS, *map(_row, items)])


def _row(item: ActionItem) -> tuple[Any, ...]:
    review = item.postmortem
    return (
        *((review.reference, review.title) if review else ("", "")),
        item.unit,
        item.title,
        item.owner,
        item.due_on,
        item.is_overdue,
        item.accepted_at,
        item.get_priority_display(),
        item.get_closes_with_display() if item.closes_with else None,
        f"{settings.PUBLIC_URL}{reverse('postmortem', args=[review.pk])}#action-{item.pk}" if review else None,
    )
