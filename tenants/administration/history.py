"""What was done to one object, from the hub's own audit trail: Django's log is not kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from tenants.models import AuditEntry

A_PAGE: Final = 50
LONGEST: Final = 200
"""How many characters of a value are told; all of it is in the audit trail itself."""


@dataclass(frozen=True)
class Told:
    """An entry in words: what changed, each with what it was and what it is."""

    entry: AuditEntry
    verb: str
    changes: tuple[tuple[str, str, str], ...]


class AuditedHistory:
    """Mixin of a page of the tenant admin: an object's history is what the audit trail says of it.

    The trail is under row-level security, so it shows what the reader may read of it and nothing else.
    """

    # What it finds in the page that it is mixed into.
    opts: Any
    admin_site: Any
    get_object: Any
    has_view_or_change_permission: Any
    _get_obj_does_not_exist_redirect: Any

    def history_of(self, obj: Model) -> Q:
        """Which entries tell of the object."""
        return Q(noun=self.opts.model_name, object_id=obj.pk)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The latest entry first. Raises `PermissionDenied` for somebody who may not see the object."""
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            answer: HttpResponse = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            return answer
        if not self.has_view_or_change_permission(request, obj):
            raise PermissionDenied
        found: QuerySet[AuditEntry] = AuditEntry.objects.filter(self.history_of(obj)).select_related("person")
        page = Paginator(found.order_by("-at", "-id"), A_PAGE).get_page(request.GET.get("p"))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "object": obj,
            "title": f"History of {obj}",
            "page": page,
            "told": [told(entry) for entry in page.object_list],
            **(extra_context or {}),
        }
        return TemplateResponse(request, "web/administration/history.html", context)


def told(entry: AuditEntry) -> Told:
    """The entry in words."""
    return Told(entry, entry.verb.replace("_", " ").capitalize(), tuple(_changes(entry.change)))


def _changes(change: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for field, values in change.items():
        before, after = values if isinstance(values, list) and len(values) == 2 else (None, values)
        if before != after:
            yield field.replace("_", " "), _said(before), _said(after)


def _said(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
