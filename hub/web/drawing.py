"""Inline SVG that the server draws: shapes of severities and statuses, icons, sparklines."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import files
from io import BytesIO
from xml.etree import ElementTree
from zipfile import ZipFile

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from lucide import IconDoesNotExist

# Each rank has an outline of its own, so that the scale reads without its colours: an octagon with a stroke through
# it, a triangle, a diamond, a disc, a ring.
SEVERITY_SHAPES = {
    1: (
        '<path fill-rule="evenodd" d="M4.7 0h6.6L16 4.7v6.6L11.3 16H4.7L0 11.3V4.7zM6.9 3v6h2.2V3zm0 7.7V13h2.2'
        'v-2.3z"/>'
    ),
    2: '<path d="M8 1 15.8 14.6H.2z"/>',
    3: '<path d="M8 .8 15.2 8 8 15.2.8 8z"/>',
    4: '<circle cx="8" cy="8" r="5.5"/>',
    5: '<circle cx="8" cy="8" r="5" fill="none" stroke="currentColor" stroke-width="2.5"/>',
}
UNRANKED_SHAPE = (
    '<circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="2.4 2.3"/>'
)

# A ring that fills as the work advances.
_RING = '<circle cx="8" cy="8" r="6.5" fill="none" stroke="currentColor" stroke-width="2"/>'
STATUS_SHAPES = {
    "declared": f'{_RING}<circle cx="8" cy="8" r="2.2"/>',
    "acknowledged": f'{_RING}<path d="M8 4.5a3.5 3.5 0 0 1 0 7z"/>',
    "mitigated": f'{_RING}<path d="M8 4.5A3.5 3.5 0 1 1 4.5 8H8z"/>',
    "resolved": (
        '<path fill-rule="evenodd" d="M8 .5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15zm3.9 5.6-1.2-1.2L7 8.7 5.3 7 '
        '4.1 8.2 7 11z"/>'
    ),
    "closed": '<path fill-rule="evenodd" d="M8 .5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15zM4.5 7h7v2h-7z"/>',
}


def shape(content: str) -> SafeString:
    """A shape in the text's colour, as tall as a line of text; the word beside it speaks for it."""
    return mark_safe(f'<svg class="shape" viewBox="0 0 16 16" fill="currentColor" aria-hidden="true">{content}</svg>')


@lru_cache(maxsize=256)
def icon(name: str, size: int) -> SafeString:
    """A Lucide icon as inline SVG, decorative.

    Raises:
        lucide.IconDoesNotExist: no icon has this name.
    """
    try:
        svg = ElementTree.fromstring(_icons().read(f"{name}.svg"))
    except KeyError:
        raise IconDoesNotExist(f"There is no icon {name!r}.") from None
    for node in svg.iter():
        node.tag = node.tag.removeprefix("{http://www.w3.org/2000/svg}")
    drawn = "".join(ElementTree.tostring(child, encoding="unicode") for child in svg)
    return mark_safe(
        f'<svg class="icon" width="{size}" height="{size}" viewBox="0 0 24 24" aria-hidden="true">'
        f"{' '.join(drawn.split()).replace(' />', '/>')}</svg>"
    )


@cache
def _icons() -> ZipFile:
    """All of Lucide's. The package reads the list of all anew for each, which takes longer than the rest of a page."""
    return ZipFile(BytesIO(files("lucide").joinpath("lucide.zip").read_bytes()))


def sparkline(values: Sequence[float | None], *, label: str, width: int = 96, height: int = 24) -> SafeString:
    """A line without axes; gaps stay gaps, and the last value has a dot.

    Args:
        values: in order of time; None where nothing was measured.
        label: what the line shows, in words.
        width, height: in pixels.
    """
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return format_html('<span class="sparkline-none">{}</span>', "too little data")
    low, high = min(known), max(known)
    inset = 3.0
    step = (width - 2 * inset) / (len(values) - 1)
    scale = (height - 2 * inset) / ((high - low) or 1)

    path: list[str] = []
    pen_down = False
    x = y = 0.0
    for index, value in enumerate(values):
        if value is None:
            pen_down = False
            continue
        x = inset + index * step
        y = height / 2 if high == low else height - inset - (value - low) * scale
        path.append(f"{'L' if pen_down else 'M'}{x:.1f} {y:.1f}")
        pen_down = True
    return format_html(
        '<svg class="sparkline" width="{}" height="{}" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        '<path d="{}"/><circle cx="{}" cy="{}" r="2"/></svg>',
        width,
        height,
        width,
        height,
        label,
        " ".join(path),
        f"{x:.1f}",
        f"{y:.1f}",
    )
