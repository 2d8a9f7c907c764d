"""What Chart.js is told of a plot, as JSON: all but what only a browser can work out (`charts.js`).

Colours are named by their tokens, which the browser looks up in the reader's theme. Lines differ in their dashes and
points, bars in their hatching, so that no series needs its colour.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from hub.web.components import Chart, Series

DASHES: Final = ((), (7, 4), (2, 3), (10, 3, 2, 3), (4, 2))
POINTS: Final = ("circle", "triangle", "rect", "rectRot", "crossRot")
PLOT_COLOURS: Final = 5

FONT: Final[Mapping[str, Any]] = {"family": "Inter, system-ui, sans-serif", "size": 12}
MANY_LABELS: Final = 20
"""So many labels leave no room for a point at each."""


def configuration(chart: Chart) -> dict[str, Any]:
    """The chart's data and options for Chart.js, with its unit beside them."""
    datasets = [_dataset(chart, series, place) for place, series in enumerate(chart.series)]
    if chart.target is not None:
        datasets.append(_target(chart.target, len(chart.labels)))
    return {
        "type": "line" if chart.kind == "line" else "bar",
        "unit": chart.unit,
        "data": {"labels": chart.labels, "datasets": datasets},
        "options": {
            "animation": False,
            "maintainAspectRatio": False,
            "interaction": {"mode": "index", "intersect": False},
            "scales": _scales(is_stacked=chart.kind == "stacked"),
            "plugins": _plugins(is_line=chart.kind == "line", has_legend=len(datasets) > 1),
        },
    }


def _dataset(chart: Chart, series: Series, place: int) -> dict[str, Any]:
    tone = f"--{series.tone or f'plot-{place % PLOT_COLOURS + 1}'}"
    is_line = chart.kind == "line"
    return {
        "label": series.name,
        "data": series.values,
        "borderColor": tone,
        "backgroundColor": tone,
        # The first bars are plain; the browser draws the hatching of the others.
        "hatch": 0 if is_line else place,
        "borderDash": DASHES[place % len(DASHES)] if is_line else (),
        "borderWidth": 2 if is_line else 0,
        "borderRadius": 3,
        "maxBarThickness": 36,
        "pointStyle": POINTS[place % len(POINTS)],
        "pointRadius": 0 if len(chart.labels) > MANY_LABELS else 3,
        "pointHoverRadius": 5,
        "tension": 0.25,
    }


def _target(value: float, length: int) -> dict[str, Any]:
    return {
        "type": "line",
        "label": "Target",
        "data": [value] * length,
        "borderColor": "--ink-3",
        "backgroundColor": "--ink-3",
        "borderDash": (2, 4),
        "borderWidth": 1.5,
        "pointRadius": 0,
    }


def _scales(*, is_stacked: bool) -> dict[str, Any]:
    ticks = {"color": "--ink-3", "font": FONT}
    return {
        "x": {
            "stacked": is_stacked,
            "grid": {"display": False},
            "border": {"color": "--line"},
            "ticks": {**ticks, "maxRotation": 0, "autoSkipPadding": 12},
        },
        "y": {
            "stacked": is_stacked,
            "beginAtZero": True,
            "grid": {"color": "--line"},
            "border": {"display": False},
            "ticks": {**ticks, "maxTicksLimit": 6},
        },
    }


def _plugins(*, is_line: bool, has_legend: bool) -> dict[str, Any]:
    labels = {
        "color": "--ink",
        "font": FONT,
        "usePointStyle": is_line,
        "pointStyle": "line",
        "pointStyleWidth": 28,
        "boxWidth": 14,
        "boxHeight": 10,
        "padding": 16,
    }
    return {
        "legend": {"display": has_legend, "position": "bottom", "align": "start", "labels": labels},
        "tooltip": {
            "backgroundColor": "--ink",
            "titleColor": "--surface",
            "bodyColor": "--surface",
            "footerColor": "--surface",
            "titleFont": FONT,
            "bodyFont": FONT,
            "padding": 10,
            "cornerRadius": 6,
        },
    }
