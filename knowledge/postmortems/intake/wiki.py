"""HTML as wikis export it, to Markdown. What can act or call home (scripts, frames, forms, images) stays behind."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import nh3
from bs4 import BeautifulSoup, Tag
from markdownify import ATX, MarkdownConverter

KEPT: Final = {
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "blockquote", "ul", "ol", "li", "strong", "b", "em", "i"),
    *("s", "del", "code", "pre", "kbd", "samp", "tt", "a", "div", "span", "section", "article", "main", "body"),
    *("table", "thead", "tbody", "tr", "th", "td", "dl", "dt", "dd", "time", "figure", "figcaption"),
}
EMPTIED: Final = {
    "script",
    "style",
    "noscript",
    "template",
    "svg",
    "iframe",
    "object",
    "nav",
    "header",
    "footer",
    "form",
}
"""What goes with all that stands in it: no part of the text."""

# Where wikis put a page's own text: Confluence, MediaWiki, DokuWiki, and what the language has for it.
_CONTENT: Final = ("#main-content", "#mw-content-text", ".wiki-content", "article", "main", "body")
_LOOKS_LIKE_HTML: Final = re.compile(
    r"\s*<(?:!doctype\s+html|html|body|div|p|h[1-6]|article|section|table|ul|ol)\b", re.I
)


@dataclass(frozen=True)
class Page:
    """A page of a wiki: its heading, what its head says about it, and its text as Markdown."""

    title: str
    facts: dict[str, str]
    body: str


def is_html(text: str) -> bool:
    """Whether a text is HTML and no Markdown that happens to have a tag in it."""
    return bool(_LOOKS_LIKE_HTML.match(text)) and "</" in text


def page_of(html: str) -> Page:
    """Read an exported page. Whatever is given, something is read."""
    soup = BeautifulSoup(html, "html.parser")
    facts = {
        str(meta["name"]).lower(): str(meta["content"])
        for meta in soup.find_all("meta")
        if meta.get("name") and meta.get("content")
    }
    when = soup.find("time", datetime=True)
    if isinstance(when, Tag):
        facts.setdefault("date", str(when["datetime"]))
    heading, title = soup.find("h1"), soup.find("title")
    named = next((found.get_text(" ", strip=True) for found in (heading, title) if found is not None), "")
    content = next((found for each in _CONTENT if (found := soup.select_one(each)) is not None), soup)
    if isinstance(heading, Tag) and named:
        heading.decompose()
    return Page(title=named, facts=facts, body=markdown_of(str(content)))


def markdown_of(html: str) -> str:
    """The text of `html` as Markdown."""
    safe = nh3.clean(
        html,
        tags=KEPT,
        clean_content_tags=EMPTIED,
        attributes={"a": {"href"}, "time": {"datetime"}},
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )
    converter = MarkdownConverter(heading_style=ATX, bullets="-", wrap=False, escape_underscores=False)
    return re.sub(r"\n{3,}", "\n\n", converter.convert(safe)).strip()
