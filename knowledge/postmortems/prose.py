"""Markdown, as people write it in reviews, to HTML that is safe to show.

Two walls: the parser passes no HTML through, and the sanitizer admits only what a text needs. Neither scripts, styles
nor images come out, since a review is read under a policy that forbids them all from elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

TAGS: Final = {
    *("p", "br", "hr", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "li", "strong", "em", "s", "code", "pre", "a"),
    *("div", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES: Final = {
    "a": {"href", "title"},
    "ol": {"start"},
    "div": {"tabindex", "role", "aria-label"},
}
CLASSES: Final = {"th": {"num", "center"}, "td": {"num", "center"}, "div": {"table-wrap"}}
SCHEMES: Final = {"http", "https", "mailto"}

ALIGNMENT: Final = {"text-align:right": "num", "text-align:center": "center"}
LOWEST_HEADING: Final = 6


def render(text: str) -> SafeString:
    """The HTML of a section. Headings start below the section's own, and tables scroll in themselves."""
    html = _parser.render(text)
    safe = nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        allowed_classes=CLASSES,
        url_schemes=SCHEMES,
        link_rel="nofollow noopener noreferrer",
    )
    return mark_safe(safe)


class _Renderer(RendererHTML):
    """Markdown-it's own, but for what the page needs otherwise."""

    def heading_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return f"<{_lowered(tokens[idx])}>"

    def heading_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return f"</{_lowered(tokens[idx])}>\n"

    def table_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return '<div class="table-wrap" tabindex="0" role="group" aria-label="Table"><table>\n'

    def table_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return "</table></div>\n"

    def th_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return _cell(tokens[idx])

    def td_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return _cell(tokens[idx])

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return nh3.clean_text(tokens[idx].content)


def _lowered(token: Token) -> str:
    # The page's title is h1 and the section's h2.
    return f"h{min(LOWEST_HEADING, int(token.tag[1]) + 2)}"


def _cell(token: Token) -> str:
    # Markdown aligns columns by inline styles, which the content security policy forbids.
    alignment = ALIGNMENT.get(str(token.attrs.get("style", "")))
    return f'<{token.tag} class="{alignment}">' if alignment else f"<{token.tag}>"


_OPTIONS: Final[dict[str, Any]] = {"html": False, "linkify": False, "typographer": False}
_parser: Final = MarkdownIt("commonmark", _OPTIONS, renderer_cls=_Renderer).enable(["table", "strikethrough"])
