"""The living style page, `/style`: every component in its states, and the markup of pages to copy. DEBUG only."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from hub.lib import clock
from hub.web.components import Chart, Filter, HeatMap, Series, Step, Tab, Trend, Version
from hub.web.errors import STATUSES, error_page
from hub.web.frame import ITEMS, Frame, Item, Scope, Shift

BODIES = {
    "components": "Components",
    "incidents": "Incidents",
    "incident": "Incident",
    "overview": "Overview",
    "knowledge": "Knowledge",
    "postmortem": "Post-mortem",
}
STATUSES_SHOWN = ("declared", "acknowledged", "mitigated", "resolved", "closed")

LONG_TITLE = (
    "Kartenzahlungen scheitern für alle Händler mit 3-D-Secure-Weiterleitung, weil der "
    "Zertifikatswechsel des Partners unangekündigt vorgezogen wurde"
)
ROWS = (
    (1, "PAY-1042", "Card payments fail at checkout for one in three customers", "Payments", "Checkout API",
     "acknowledged", "Jonas Weber", 84),
    (2, "LOG-318", "Parcel tracking shows yesterday's positions", "Logistics", "Parcel Tracking", "declared", "", 4),
    (2, "HLT-77", "Prescriptions are signed twice", "Health", "Prescriptions", "mitigated", "Mei Tan", 512),
    (3, "PAY-1041", LONG_TITLE, "Payments", "Card Gateway", "mitigated", "Elena Petrova", 1300),
    (4, "CLD-902", "Image builds queue for twenty minutes", "Cloud Platform", "Kubernetes Platform", "acknowledged",
     "Rosa Delgado", 2900),
    (5, "MED-55", "Two thumbnails are missing in the newsroom", "Media", "Newsroom CMS", "resolved", "Bruno Costa",
     7100),
    (None, "RET-611", "Store 114 reports a frozen till", "Retail", "Store Point of Sale", "declared", "", 0),
)  # fmt: skip


class SampleFrame(Frame):
    """The frame of somebody who is on call and may do everything, so that the style page needs nobody signed in."""

    is_signed_in = True
    name = "Jonas Weber"
    declare_url = "#declare"

    @cached_property
    def items(self) -> list[Item]:
        counts = {"now": 2, "incidents": 12}
        path = self._request.path
        return [
            replace(item, url=url, count=counts.get(item.name, 0), is_current=path == url)
            for item in ITEMS
            for url in [reverse("style-body", args=[item.name]) if item.name in BODIES else f"#{item.name}"]
        ]

    @property
    def scopes(self) -> list[Scope]:
        return [
            Scope(code="mine", label="My units", url="?scope=mine", is_current=True),
            Scope(code="payments", label="Payments", url="?scope=payments", group="Units"),
            Scope(code="emea", label="Europe, Middle East and Africa", url="?scope=emea", group="Regions"),
            Scope(code="all", label="Meridian Group", url="?scope=all", group="Enterprise"),
        ]

    @property
    def on_call(self) -> list[Shift]:
        until = clock.now() + timedelta(hours=5)
        return [
            Shift(label="Payments, primary", until=until, url="#on-call"),
            Shift(label="Ledger", until=until, url="#on-call"),
        ]

    @property
    def palette_url(self) -> str:
        return reverse("style-palette")


class StyleForm(forms.Form):
    """One field of each kind."""

    title = forms.CharField(help_text="What is broken, for whom, in one line.")
    severity = forms.ChoiceField(choices=[("1", "SEV1, critical"), ("2", "SEV2, high")])
    summary = forms.CharField(widget=forms.Textarea(attrs={"rows": 3, "data-submit": ""}), required=False)
    is_restricted = forms.BooleanField(label="Restrict to people with a grant", required=False)


def incident_rows(now: datetime, count: int) -> list[dict[str, Any]]:
    """`count` rows, the seven examples over and over."""
    names = ("rank", "reference", "title", "unit", "service", "status", "commander", "minutes")
    rows = []
    for index in range(count):
        row: dict[str, Any] = dict(zip(names, ROWS[index % len(ROWS)], strict=True))
        minutes = row["minutes"] + 90 * (index // len(ROWS))
        rows.append(
            row
            | {
                "id": f"row-{index}",
                "at": now - timedelta(minutes=minutes),
                "is_new": index == 1,
                "updated": now - timedelta(minutes=minutes // 4),
            }
        )
    return rows


@require_safe
def style(request: HttpRequest, body: str = "components") -> HttpResponse:
    """One of the style pages; `?rows=500` shows how a long list behaves, `?form=bad` a refused form."""
    if body not in BODIES:
        raise Http404
    now = clock.now()
    asked = request.GET.get("rows", "7")
    form = StyleForm({"title": ""} if request.GET.get("form") == "bad" else None)
    reached = [now - timedelta(minutes=minutes) for minutes in (84, 81, 22)]
    weeks = [f"W{week}" for week in range(36, 48)]
    months = ("Jun", "Jul", "Aug", "Sep", "Oct", "Nov")
    return render(
        request,
        "web/style/page.html",
        {
            "frame": SampleFrame(request),
            "body": f"web/style/{body}.html",
            "bodies": [
                Tab(label=label, url=reverse("style-body", args=[name]), current=name == body)
                for name, label in BODIES.items()
            ],
            "now": now,
            "rows": incident_rows(now, int(asked) if asked.isdigit() else 7),
            "statuses": STATUSES_SHOWN,
            "ranks": (1, 2, 3, 4, 5, None),
            "moments": {
                "seconds": now - timedelta(seconds=20),
                "minutes": now - timedelta(minutes=4),
                "hours": now - timedelta(hours=3),
                "days": now - timedelta(days=2),
                "weeks": now - timedelta(days=40),
                "start": now - timedelta(minutes=84),
                "soon": now + timedelta(minutes=12),
                "late": now - timedelta(minutes=3),
            },
            "spans": (timedelta(seconds=42), timedelta(minutes=24), timedelta(minutes=84), timedelta(hours=76), None),
            "steps": (
                Step(label="Declared", state="done", at=reached[0]),
                Step(label="Acknowledged", state="done", at=reached[1]),
                Step(label="Mitigated", state="current", at=reached[2]),
                Step(label="Resolved", state="ahead"),
                Step(label="Closed", state="ahead"),
            ),
            "filters": (
                Filter.from_query(
                    request.GET,
                    name="severity",
                    label="Severity",
                    options=[(f"sev{rank}", f"SEV{rank}") for rank in range(1, 6)],
                    counts={"sev1": 2, "sev2": 7, "sev3": 21, "sev4": 40, "sev5": 12},
                ),
                Filter.from_query(
                    request.GET,
                    name="status",
                    label="Status",
                    options=[(value, value.capitalize()) for value in STATUSES_SHOWN],
                ),
                Filter.from_query(
                    request.GET,
                    name="unit",
                    label="Unit",
                    options=[("payments", "Payments"), ("retail", "Retail"), ("cloud", "Cloud Platform")],
                    single=True,
                ),
            ),
            "tabs": (
                Tab(label="Open", url="?", current=True, count=6),
                Tab(label="Mine", url="?view=mine", count=2),
                Tab(label="Waiting for review", url="?view=review", count=0),
                Tab(label="All", url="?view=all"),
            ),
            "versions": (Version(text="Rolled back to 4.18.", at=now - timedelta(minutes=20), by="Luca Marino"),),
            "trend_good": Trend(direction="down", change="4 min", verdict="good", against="than the 30 days before"),
            "trend_bad": Trend(direction="up", change="12%", verdict="bad", against="than the 30 days before"),
            "trend_flat": Trend(direction="flat", change="", against="against the 30 days before"),
            "values": (31, 28, 30, 24, 26, None, 22, 19, 21, 17),
            "units_table": (
                ("Payments", 14, "6 min", "1 h 12 min", "3 h 40 min", 96, (9, 12, 11, 14, 10, 14)),
                ("Retail", 9, "8 min", "1 h 30 min", "5 h 2 min", 91, (14, 12, 9, 9, 10, 9)),
                ("Cloud Platform", 22, "4 min", "48 min", "2 h 10 min", 99, (30, 26, 28, 25, 21, 22)),
                ("Health", 3, "11 min", "2 h 4 min", "4 h", 62, (None, None, 1, 3, 2, 3)),
            ),
            "heat": HeatMap.from_counts(
                caption="Incidents by unit and week",
                columns=weeks,
                rows={
                    "Payments": (1, 0, 2, 4, 1, 0, 0, 3, 2, 1, 5, 2),
                    "Retail": (0, 1, 1, 0, 2, 2, 9, 4, 1, 0, 0, 1),
                    "Cloud Platform": (3, 2, 2, 5, 6, 4, 3, 2, 7, 3, 2, 4),
                    "Health": (None, None, None, 1, 0, 0, 1, 0, 0, 2, 0, 0),
                },
                urls={"Payments": [f"?week={week}" for week in weeks]},
            ),
            "line": Chart(
                kind="line",
                summary="Median time to resolve by unit: falling in Payments and Cloud Platform, level in Retail.",
                unit="min",
                labels=months,
                series=(
                    Series(name="Payments", values=(110, 104, 96, 90, 81, 72)),
                    Series(name="Retail", values=(88, 92, 86, 95, 91, 90)),
                    Series(name="Cloud Platform", values=(70, 66, None, 58, 50, 48)),
                ),
                target=60,
            ),
            "bars": Chart(
                kind="stacked",
                summary="Incidents a month by severity: between 38 and 61, most of them SEV3.",
                unit="",
                labels=months,
                series=(
                    Series(name="SEV1", tone="sev-1", values=(2, 1, 3, 1, 0, 2)),
                    Series(name="SEV2", tone="sev-2", values=(9, 7, 11, 8, 6, 7)),
                    Series(name="SEV3", tone="sev-3", values=(30, 24, 33, 28, 22, 21)),
                ),
            ),
            "form": form,
        },
    )


@require_safe
def style_palette(request: HttpRequest) -> JsonResponse:
    """What `/palette` answers, from the example rows."""
    query = request.GET.get("q", "").lower()
    found = [
        {"kind": "incident", "title": f"{row[1]} {row[2]}", "detail": row[3], "url": "/style/incident"}
        for row in ROWS
        if query in f"{row[1]} {row[2]}".lower()
    ]
    return JsonResponse({"results": found})


@require_safe
def style_error(request: HttpRequest, status: int) -> HttpResponse:
    """An error page as people see it."""
    if status not in STATUSES:
        raise Http404
    return error_page(request, status)
