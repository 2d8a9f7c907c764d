"""Template tags of the frame. `{% load hub %}`; each is shown at `/style` and listed in `hub/web/COMPONENTS.md`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from django import template
from django.contrib.messages import DEFAULT_LEVELS
from django.contrib.messages.storage.base import Message
from django.forms import BoundField
from django.forms.widgets import CheckboxInput
from django.template import Context
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from hub.lib import clock
from hub.web import drawing, wording
from hub.web.components import Chart, HeatMap

register = template.Library()

WhenStyle = Literal["ago", "elapsed", "due", "time", "moment", "date", "full"]

STATUS_WORDS = {
    "declared": "Declared",
    "acknowledged": "Acknowledged",
    "mitigated": "Mitigated",
    "resolved": "Resolved",
    "closed": "Closed",
}
ENTRY_ICONS = {
    "note": "message-square",
    "decision": "gavel",
    "status": "arrow-right",
    "alert": "siren",
    "role": "user-plus",
    "system": "settings",
}


@register.simple_tag
def icon(name: str, size: int = 16, label: str = "") -> SafeString:
    """A Lucide icon. It is decoration unless `label` gives it a name for screen readers.

    Raises:
        lucide.IconDoesNotExist: no icon has this name.
    """
    drawn = drawing.icon(str(name), size)
    return format_html('{}<span class="sr">{}</span>', drawn, label) if label else drawn


@register.simple_tag
def severity(value: int | str | None, label: str = "", pill: bool = False, hint: str = "") -> SafeString:
    """A severity's shape, rank and colour; `label` adds the unit's own word for it.

    Args:
        value: the rank (1 is the worst) or a code that ends in it, such as "sev2"; None while it is unset.
        pill: the larger form for an incident's head.
        hint: the unit's own word where there is no room for it: shown on pointing at it, and read aloud.
    """
    digits = re.search(r"\d+$", str(value)) if value is not None else None
    rank = min(5, max(1, int(digits.group()))) if digits else None
    return format_html(
        '<span class="sev{}" data-sev="{}"{}>{}<b>{}</b>{}{}</span>',
        " pill" if pill else "",
        rank or "none",
        format_html(' title="{}"', hint) if hint else "",
        drawing.shape(drawing.SEVERITY_SHAPES[rank] if rank else drawing.UNRANKED_SHAPE),
        f"SEV{rank}" if rank else mark_safe('SEV?<span class="sr"> not set yet</span>'),
        f" {label}" if label else "",
        format_html('<span class="sr"> {}</span>', hint) if hint else "",
    )


@register.simple_tag
def status(value: str, label: str = "", pill: bool = False) -> SafeString:
    """An incident's status: a ring that fills as work advances, and its word.

    Args:
        value: declared, acknowledged, mitigated, resolved or closed, in either case.
        label: the unit's own word for it.
    """
    key = str(value).lower()
    return format_html(
        '<span class="status{}" data-status="{}">{}{}</span>',
        " pill" if pill else "",
        key,
        drawing.shape(drawing.STATUS_SHAPES.get(key, drawing.UNRANKED_SHAPE)),
        label or STATUS_WORDS.get(key, str(value)),
    )


@register.simple_tag
def when(moment: datetime | None, style: WhenStyle = "ago", empty: str = wording.NO_DATA) -> SafeString:
    """A moment as `<time>`; the full date, time and zone stand in its title.

    Args:
        moment: aware.
        style: "ago" (4 min), "elapsed" (1 h 24 min, since), "due" (in 12 min, 3 min overdue): these tick;
            "time" (02:48), "moment" (02:48, and 20 Nov, 02:48 on another day), "date" (22 Nov 2026),
            "full" (22 Nov 2026, 02:48 CET): these do not.
        empty: what stands there if there is no moment.
    """
    if moment is None:
        return escape(empty)
    now = clock.now()
    local = timezone.localtime(moment)
    words = {
        "ago": lambda: wording.ago(local, now),
        "elapsed": lambda: wording.two_units((now - local).total_seconds()),
        "due": lambda: wording.due(local, now),
        "time": lambda: wording.time(local),
        "moment": lambda: wording.moment(local, now),
        "date": lambda: wording.date(local),
        "full": lambda: wording.full(local),
    }
    ticks = style in ("ago", "elapsed", "due")
    return format_html(
        '<time datetime="{}" title="{}"{}{}>{}</time>',
        moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        wording.full(local),
        format_html(' data-when="{}"', style) if ticks else "",
        mark_safe(" data-late") if style == "due" and local <= now else "",
        words[style](),
    )


@register.simple_tag
def duration(value: timedelta | None) -> SafeString:
    """A length of time in its two largest units; a dash where there is none."""
    if value is None:
        return format_html('<span title="no data">{}</span>', wording.NO_DATA)
    return escape(wording.span(value))


@register.simple_tag
def person(someone: Any, compact: bool = False, empty: str = "Unassigned") -> SafeString:
    """A person's initials and name; initials only where `compact`, with the name for screen readers and on hover.

    Args:
        someone: a person (anything whose `str()` is the name), a name, or None.
        empty: what stands there if there is nobody.
    """
    name = str(someone) if someone else ""
    return format_html(
        '<span class="person{}"{}><span class="avatar" aria-hidden="true">{}</span><span class="{}">{}</span></span>',
        "" if name else " is-empty",
        format_html(' title="{}"', name or empty) if compact else "",
        wording.initials(name) if name else "",
        "sr" if compact else "person-name",
        name or empty,
    )


@register.simple_tag
def sparkline(values: Sequence[float | None], label: str, width: int = 96, height: int = 24) -> SafeString:
    """A line without axes for a table or a figure; `label` says in words what it shows."""
    return drawing.sparkline(values, label=label, width=width, height=height)


@register.simple_tag
def snippet(text: str) -> SafeString:
    """A search result's text: everything is escaped except the `<mark>` around what matched."""
    escaped = str(escape(text))
    return mark_safe(escaped.replace("&lt;mark&gt;", "<mark>").replace("&lt;/mark&gt;", "</mark>"))


@register.inclusion_tag("web/components/field.html")
def field(bound: BoundField, hint: str = "") -> dict[str, Any]:
    """A form field with its label, help and errors; `hint` stands beside the label, such as "optional"."""
    return {"field": bound, "hint": hint, "is_checkbox": isinstance(bound.field.widget, CheckboxInput)}


@register.filter
def initials(someone: Any) -> str:
    """One or two letters for a person or a name."""
    return wording.initials(str(someone))


@register.filter
def toast_level(message: Message) -> str:
    """The level of one of Django's messages in the words of a toast: good, info, warn or bad."""
    if message.level >= DEFAULT_LEVELS["ERROR"]:
        return "bad"
    if message.level >= DEFAULT_LEVELS["WARNING"]:
        return "warn"
    return "good" if message.level >= DEFAULT_LEVELS["SUCCESS"] else "info"


@register.inclusion_tag("web/components/chart.html")
def chart(id: str, title: str, chart: Chart) -> dict[str, Any]:
    """A plot with its figures as a table; `charts.js` draws it when it comes into view."""
    return {"id": id, "title": title, "chart": chart}


@register.inclusion_tag("web/components/heat_map.html")
def heat_map(heat: HeatMap) -> dict[str, HeatMap]:
    """A grid of counts; each cell says its count, and its level has a shade."""
    return {"heat": heat}


@register.simple_block_tag(takes_context=True)
def dialog(context: Context, content: str, id: str, title: str) -> SafeString:
    """A modal dialog around its content. `<button data-dialog="ID">` opens it, `data-close` inside closes it."""
    return render_to_string("web/components/dialog.html", {"content": content, "id": id, "title": title})


@register.simple_block_tag
def empty(content: str, title: str, icon: str = "inbox") -> SafeString:
    """What stands where a list is empty: what belongs there, and in the content how it comes."""
    return render_to_string("web/components/empty.html", {"content": content, "title": title, "icon": icon})


@register.simple_block_tag
def entry(
    content: str,
    *,
    kind: str,
    at: datetime,
    id: str,
    author: Any = "",
    folded: str = "",
    versions: Sequence[Any] = (),
    new: bool = False,
) -> SafeString:
    """An entry of a timeline around its content.

    Args:
        kind: "note", "decision", "status", "alert", "role" or "system".
        at: when it happened, aware.
        id: the element's id, so that a link can point at it.
        author: who wrote it; empty for the hub itself.
        folded: one line that stands for the content until it is opened: for machine noise.
        versions: former texts (`hub.web.components.Version`), the latest first.
        new: arrived since the reader last looked.
    """
    return render_to_string(
        "web/components/entry.html",
        {
            "content": content,
            "kind": kind,
            "icon": ENTRY_ICONS.get(kind, "settings"),
            "at": at,
            "id": id,
            "author": author,
            "folded": folded,
            "versions": versions,
            "new": new,
        },
    )
