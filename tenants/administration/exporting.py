"""Every list of the tenant admin as a file for spreadsheets: what the list shows now, and nothing that it does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any, ClassVar, Final

from asgiref.sync import sync_to_async
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import label_for_field, lookup_field
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.core.handlers.asgi import ASGIRequest
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.text import capfirst, slugify

from hub.lib import clock, identity
from hub.lib.identity import Actor, acting_as
from hub.lib.spreadsheets import CONTENT_TYPE, cell, headers, written
from tenants import audit
from tenants.administration.site import administered_units, ask_again
from tenants.permissions import Permission

BATCH: Final = 500
"""How many rows are read at a time, each time as whoever exports: where a right ends meanwhile, the file does too."""
PAGE: Final = "p"


class ExportedList:
    """Mixin of a page of the tenant admin: its list can be exported, as it is searched, narrowed and ordered.

    The keys of the rows are read at once, so that the file is of one moment and its export can be audited before the
    first byte leaves; the rows follow in batches, each read anew under row-level security.

    Attributes:
        unit_path: the lookup from the model to its unit; empty where rows are nobody's in particular.
        export_also: what the file says beside the list's columns.
        export_units: the lookups to the units whose rows they are, where that is more than the one of `unit_path`.
    """

    # What it finds in the page that it is mixed into.
    model: Any
    opts: Any
    admin_site: Any
    unit_path: ClassVar[str]
    get_queryset: Any
    get_list_display: Any
    get_list_select_related: Any
    get_changelist_instance: Any
    has_view_or_change_permission: Any

    export_also: ClassVar[Sequence[str]] = ()
    export_units: ClassVar[Sequence[str]] = ()
    change_list_template = "web/administration/list.html"

    def get_urls(self) -> list[URLPattern]:
        """The pages of the model, and before them its export: theirs would take it for a row's key."""
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        view: Callable[..., HttpResponseBase] = self.admin_site.admin_view(self.export_list)
        pages: list[URLPattern] = super().get_urls()  # type: ignore[misc]  # the page has it
        return [path("export/", view, name=name), *pages]

    def export_list(self, request: HttpRequest) -> HttpResponseBase:
        """The list that the address's search and filters leave, as CSV. Audited for each unit whose rows are in it.

        Raises `PermissionDenied` for somebody who may not see the list.
        """
        if request.method not in ("GET", "HEAD"):
            return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        asked = request.GET.copy()
        asked.pop(PAGE, None)
        request.GET = asked  # type: ignore[assignment]  # a QueryDict like the one that it stands in for
        try:
            found: QuerySet[Any] = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            return HttpResponseRedirect("../?e=1")
        keys = list(dict.fromkeys(found.values_list("pk", flat=True)))
        actor = self._audited(request, found, asked.urlencode(), len(keys))
        lines = self._lines(request, actor, keys)
        name = f"{slugify(self.opts.verbose_name_plural)}-{clock.now():%Y-%m-%d}"
        return StreamingHttpResponse(
            asynchronous(lines) if isinstance(request, ASGIRequest) else lines,
            content_type=CONTENT_TYPE,
            headers=headers(name),
        )

    def _audited(self, request: HttpRequest, found: QuerySet[Any], asked: str, number: int) -> Actor:
        """Write down who exports how many rows of which unit, and by which search and filters."""
        actor = identity.current()
        assert actor is not None, "the site admits nobody else"
        counts: Counter[int | None] = Counter()
        administered = administered_units(request, Permission.UNIT_ADMINISTER)
        for lookup in self.export_units or filter(None, [self.unit_path]):
            parts = found.order_by().values_list(lookup).annotate(rows=Count("pk", distinct=True))
            counts.update({unit: rows for unit, rows in parts if unit is None or unit in administered})
        audit.record_all(
            [
                audit.entry(
                    actor=actor,
                    verb=f"export_{self.opts.model_name}",
                    # No row in particular: the list of them.
                    obj=self.model(pk=0),
                    unit_id=unit,
                    change={"rows": [None, rows], "asked": [None, asked]},
                )
                for unit, rows in (counts or {None: number}).items()
            ]
        )
        return actor

    def _columns(self, request: HttpRequest) -> list[str]:
        shown = [name for name in self.get_list_display(request) if isinstance(name, str)]
        return list(dict.fromkeys([*shown, *self.export_also]))

    def _lines(self, request: HttpRequest, actor: Actor, keys: Sequence[int]) -> Iterator[str]:
        columns, zone = self._columns(request), timezone.get_current_timezone()
        page: Any = self
        yield written([[capfirst(str(label_for_field(name, self.model, page))) for name in columns]])
        for start in range(0, len(keys), BATCH):
            part = keys[start : start + BATCH]
            # Nothing is given away inside the block: no transaction waits for a slow reader.
            ask_again(request)
            with timezone.override(zone), acting_as(actor):
                rows = self.get_queryset(request).filter(pk__in=part)
                if related := self.get_list_select_related(request):
                    rows = rows.select_related(*related)
                by_key = {row.pk: row for row in rows}
                text = written(
                    [[cell(self._value(name, by_key[key])) for name in columns] for key in part if key in by_key]
                )
            yield text

    def _value(self, name: str, row: Model) -> Any:
        page: Any = self
        try:
            field, _, value = lookup_field(name, row, page)
        except ObjectDoesNotExist:
            # Another row that this one names, and that the reader may not see.
            return None
        return getattr(row, f"get_{name}_display")() if field is not None and field.choices else value


async def asynchronous(lines: Iterator[str]) -> AsyncIterator[str]:
    """The same lines for a server that awaits: it would otherwise gather them all before it sends the first."""

    def following() -> str | None:
        return next(lines, None)

    step = sync_to_async(following, thread_sensitive=True)
    while (line := await step()) is not None:
        yield line
