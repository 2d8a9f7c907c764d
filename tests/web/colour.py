"""Colour arithmetic for the tests of the design tokens: OKLCH, WCAG contrast, and how colour-blind people see it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Theme = Literal["light", "dark"]
Vector = tuple[float, float, float]
Matrix = tuple[Vector, Vector, Vector]

OKLAB_TO_LMS: Matrix = (
    (1.0, 0.3963377774, 0.2158037573),
    (1.0, -0.1055613458, -0.0638541728),
    (1.0, -0.0894841775, -1.2914855480),
)
LMS_TO_RGB: Matrix = (
    (4.0767416621, -3.3077115913, 0.2309699292),
    (-1.2684380046, 2.6097574011, -0.3413193965),
    (-0.0041960863, -0.7034186147, 1.7076147010),
)
RGB_TO_LMS: Matrix = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
LMS_TO_OKLAB: Matrix = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)
# Machado, Oliveira and Fernandes (2009), full severity, on linear light.
BLINDNESS: dict[str, Matrix] = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def _apply(matrix: Matrix, vector: Vector) -> Vector:
    a, b, c = (sum(m * v for m, v in zip(row, vector, strict=True)) for row in matrix)
    return a, b, c


@dataclass(frozen=True)
class Colour:
    """A colour in linear sRGB light, each channel from 0 to 1."""

    rgb: Vector

    @classmethod
    def parse(cls, text: str) -> Colour:
        """From `oklch(51% 0.17 268)`.

        Raises:
            ValueError: the text is not of that form.
        """
        match = re.fullmatch(r"oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)", text.strip())
        if match is None:
            raise ValueError(f"not an opaque oklch() colour: {text!r}")
        lightness, chroma, hue = (float(part) for part in match.groups())
        angle = math.radians(hue)
        lab = (lightness / 100, chroma * math.cos(angle), chroma * math.sin(angle))
        long, medium, short = (value**3 for value in _apply(OKLAB_TO_LMS, lab))
        red, green, blue = (min(1.0, max(0.0, channel)) for channel in _apply(LMS_TO_RGB, (long, medium, short)))
        return cls((red, green, blue))

    @property
    def luminance(self) -> float:
        red, green, blue = self.rgb
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def contrast(self, other: Colour) -> float:
        """WCAG 2 contrast ratio, from 1 to 21."""
        low, high = sorted((self.luminance, other.luminance))
        return (high + 0.05) / (low + 0.05)

    def seen_with(self, blindness: str) -> Colour:
        red, green, blue = (min(1.0, max(0.0, value)) for value in _apply(BLINDNESS[blindness], self.rgb))
        return Colour((red, green, blue))

    def distance(self, other: Colour) -> float:
        """Perceived difference (Euclidean in OKLab); about 0.02 is just noticeable side by side."""
        return math.dist(self._oklab(), other._oklab())

    def _oklab(self) -> Vector:
        long, medium, short = (value ** (1 / 3) for value in _apply(RGB_TO_LMS, self.rgb))
        return _apply(LMS_TO_OKLAB, (long, medium, short))


def tokens(stylesheet: Path, theme: Theme) -> dict[str, Colour]:
    """The opaque colours of a stylesheet of tokens as one theme resolves them, by custom property name."""
    colours: dict[str, Colour] = {}
    pattern = r"(--[\w-]+):\s*(?:light-dark\((oklch\([^)]*\)), (oklch\([^)]*\))\)|(oklch\([^)]*\)));"
    for name, light, dark, both in re.findall(pattern, stylesheet.read_text()):
        text = both or (light if theme == "light" else dark)
        if "/" not in text:
            colours[name] = Colour.parse(text)
    return colours
