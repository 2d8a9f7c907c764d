"""The small map around a service: what needs it, what it needs, and where else something is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q
from fast_sugiyama import from_edges

from hub.catalog.models import Dependency, Service
from hub.incidents import access
from hub.incidents.models import OVER
from hub.lib.identity import Actor

WIDTH, HEIGHT = 132, 30
GAP_X, GAP_Y = 14, 26
MOST_NEIGHBOURS = 6
"""On each side: more would not be read on a phone, and the catalog shows them all."""


@dataclass(frozen=True)
class Node:
    """A box: the left upper corner, the label, and whether the service is affected or at risk."""

    x: float
    y: float
    label: str
    state: str

    @property
    def middle(self) -> float:
        return self.x + WIDTH / 2

    @property
    def baseline(self) -> float:
        return self.y + HEIGHT / 2


@dataclass(frozen=True)
class Graph:
    """Boxes and lines of an inline SVG, and the same in words."""

    nodes: tuple[Node, ...]
    lines: tuple[str, ...]
    width: float
    height: float
    words: str
    box_width: int = WIDTH
    box_height: int = HEIGHT


def dependency_graph(actor: Actor, service: Service) -> Graph:
    """The service with its direct dependents above and its dependencies below, laid out in layers."""
    above = _neighbours(Dependency.objects.filter(needs=service).values_list("service_id", flat=True))
    below = _neighbours(Dependency.objects.filter(service=service).values_list("needs_id", flat=True))
    names = {each.pk: each.name for each in [service, *above, *below]}
    edges = [(each.pk, service.pk) for each in above] + [(service.pk, each.pk) for each in below]
    affected = set(
        access.incidents(actor)
        .filter(service_id__in=names)
        .filter(~Q(status__in=OVER))
        .values_list("service_id", flat=True)
    )
    at_risk = {each.pk for each in above} if service.pk in affected else set()
    places = _places(service.pk, edges)
    nodes = tuple(
        Node(x, y, names[key], "affected" if key in affected else "at-risk" if key in at_risk else "")
        for key, (x, y) in places.items()
    )
    lines = tuple(
        f"M{places[a][0] + WIDTH / 2:.0f} {places[a][1] + HEIGHT:.0f}"
        f"C{places[a][0] + WIDTH / 2:.0f} {places[a][1] + HEIGHT + GAP_Y / 2:.0f}"
        f" {places[b][0] + WIDTH / 2:.0f} {places[b][1] - GAP_Y / 2:.0f}"
        f" {places[b][0] + WIDTH / 2:.0f} {places[b][1]:.0f}"
        for a, b in edges
    )
    return Graph(
        nodes=nodes,
        lines=lines,
        width=max(node.x for node in nodes) + WIDTH + 2,
        height=max(node.y for node in nodes) + HEIGHT + 2,
        words=_words(service, above, below),
    )


def _neighbours(ids: Iterable[int]) -> list[Service]:
    return list(Service.objects.filter(pk__in=ids).order_by("criticality", "name")[:MOST_NEIGHBOURS])


def _places(alone: int, edges: list[tuple[int, int]]) -> dict[int, tuple[float, float]]:
    """Left upper corners, layer under layer, each layer centred on the widest."""
    if not edges:
        return {alone: (1.0, 1.0)}
    raw: dict[int, tuple[float, float]] = from_edges(edges).to_dict()  # type: ignore[no-untyped-call]
    layers = sorted({y for _, y in raw.values()}, reverse=_upside_down(raw, edges))
    rows = [sorted((key for key in raw if raw[key][1] == y), key=lambda key: raw[key][0]) for y in layers]
    widest = max(len(row) for row in rows) * (WIDTH + GAP_X) - GAP_X
    return {
        key: (
            1 + (widest - (len(row) * (WIDTH + GAP_X) - GAP_X)) / 2 + place * (WIDTH + GAP_X),
            1 + depth * (HEIGHT + GAP_Y),
        )
        for depth, row in enumerate(rows)
        for place, key in enumerate(row)
    }


def _upside_down(raw: dict[int, tuple[float, float]], edges: list[tuple[int, int]]) -> bool:
    """Whether the layout puts a dependent at a higher y than what it needs."""
    above, below = edges[0]
    return raw[above][1] > raw[below][1]


def _words(service: Service, above: list[Service], below: list[Service]) -> str:
    needed = ", ".join(each.name for each in below) or "nothing else"
    needing = ", ".join(each.name for each in above) or "Nothing else"
    return f"{service.name} needs {needed}. {needing} needs {service.name}."
