"""The design tokens keep their promises: contrast in both themes, and a severity scale that needs no hue."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

import hub.web
from tests.web.colour import BLINDNESS, Theme, tokens

STYLESHEET = Path(hub.web.__file__).parent / "static/web/css/tokens.css"
THEMES: tuple[Theme, ...] = ("light", "dark")

GROUNDS = ("--paper", "--surface", "--raised", "--sunken", "--hover")
TEXTS = ("--ink", "--ink-2", "--ink-3", "--accent", "--danger", "--warn", "--good", "--info")
TINTED = {
    "--accent-tint": ("--accent", "--ink", "--ink-2", "--ink-3"),
    "--danger-tint": ("--danger", "--ink", "--ink-2"),
    "--warn-tint": ("--warn", "--ink", "--ink-2"),
    "--good-tint": ("--good", "--ink", "--ink-2"),
    "--info-tint": ("--info", "--ink", "--ink-2"),
    "--chosen": ("--ink", "--ink-2"),
    "--mark": ("--ink",),
    "--accent-fill": ("--on-fill",),
    "--danger-fill": ("--on-fill",),
}
# What is no text but carries meaning: WCAG asks for 3 to 1.
SEVERITIES = ("--sev-1", "--sev-2", "--sev-3", "--sev-4", "--sev-5")
SIGNS = (*SEVERITIES, "--edge", "--plot-1", "--plot-2", "--plot-3", "--plot-4", "--plot-5")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("text", TEXTS)
def test_text_has_aa_contrast_on_every_ground(theme: Theme, ground: str, text: str) -> None:
    colours = tokens(STYLESHEET, theme)

    assert colours[text].contrast(colours[ground]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("ground", "text"), [(ground, text) for ground, texts in TINTED.items() for text in texts])
def test_text_has_aa_contrast_on_tints_and_fills(theme: Theme, ground: str, text: str) -> None:
    colours = tokens(STYLESHEET, theme)

    assert colours[text].contrast(colours[ground]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("sign", SIGNS)
def test_signs_stand_out_from_paper_and_surface(theme: Theme, sign: str) -> None:
    colours = tokens(STYLESHEET, theme)

    assert colours[sign].contrast(colours["--paper"]) >= 3
    assert colours[sign].contrast(colours["--surface"]) >= 3


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("blindness", BLINDNESS)
def test_colour_blind_people_tell_severities_apart(theme: Theme, blindness: str) -> None:
    colours = tokens(STYLESHEET, theme)
    seen = {name: colours[name].seen_with(blindness) for name in SEVERITIES}

    too_close = [(a, b) for a, b in combinations(SEVERITIES, 2) if seen[a].distance(seen[b]) < 0.08]

    assert too_close == []
