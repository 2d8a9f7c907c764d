"""HTML as wikis export it, to Markdown. What can act or call home (scripts, frames, forms, images) stays behind."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import nh3
from bs4 import BeautifulSoup, Tag
from markdownify import ATX, MarkdownConverter

from knowledge.postmortems.intake import exports, storage
from knowledge.postmortems.intake.repeats import Said, Told, together

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
    "title",
}
"""What goes with all that stands in it: no part of the text."""

# Where wikis put a page's own text: Confluence, MediaWiki, DokuWiki, and what the language has for it.
_CONTENT: Final = ("#main-content", "#mw-content-text", ".wiki-content", "article", "main", "body")
_MEDIA: Final = ("img", "svg", "video", "audio", "iframe", "object", "embed", "canvas")
_LOOKS_LIKE_HTML: Final = re.compile(
    r"\s*<(?:!doctype\s+html|html|body|div|p|h[1-6]|article|section|table|ul|ol|ac:[a-z-]+)\b", re.I
)


@dataclass(frozen=True)
class Page:
    """A page of a wiki: its heading, what its head says about it, and its text as Markdown.

    Attributes:
        left_behind: what of its text has no place in Markdown, in sentences.
        why_not: for which it cannot be taken at all, in a sentence; empty otherwise.
        further: the lines on which texts begin that stand beside the one that was read.
    """

    title: str
    head: Told
    body: str
    left_behind: tuple[str, ...] = ()
    why_not: str = ""
    further: tuple[int, ...] = ()


def is_html(text: str) -> bool:
    """Whether a text is HTML and no Markdown that happens to have a tag in it."""
    return bool(_LOOKS_LIKE_HTML.match(text)) and "</" in text


def page_of(html: str) -> Page:
    """Read an exported page. Whatever is given, something is read."""
    soup = _read(html)
    head = together(
        Said(str(meta["name"]).lower(), str(meta["content"]), meta.sourceline)
        for meta in soup.find_all("meta")
        if meta.get("name") and meta.get("content")
    )
    if why_not := exports.why_no_review(soup):
        return Page("", head, "", why_not=why_not)
    dates = [str(each["datetime"]) for each in soup.select("time[datetime]") if not each.find_parent("li")]
    if when := next(iter(dates), "") or exports.date_of(soup):
        head.facts.setdefault("date", when)
    named = exports.title_of(soup)
    heading, title = soup.find("h1"), soup.find("title")
    if not named:
        named = next((found.get_text(" ", strip=True) for found in (heading, title) if found is not None), "")
        if isinstance(heading, Tag) and named:
            heading.decompose()
    kind = next((each for each in _CONTENT if soup.select_one(each) is not None), "")
    content = (soup.select_one(kind) if kind else None) or soup
    further = _beside(content, soup.select(f"{kind}, article, main, body")) if kind else ()
    comments = exports.tidy(content)
    media = len(content.find_all(_MEDIA))
    return Page(
        title=named,
        head=head,
        body=_markdown(content),
        left_behind=(
            media_left_behind(media),
            f"its comments, {comments:,} in all, are not imported." if comments else "",
        ),
        further=further,
    )


def media_left_behind(count: int) -> str:
    """That pictures and the like are not imported, in a sentence; nothing where there are none."""
    return f"its pictures and other media, {count:,} in all, are not imported." if count else ""


def _beside(content: Tag, texts: Sequence[Tag]) -> tuple[int, ...]:
    """The lines on which those of the texts begin that are no part of `content` or of each other, nor hold it."""
    around = {id(each) for each in (content, *content.parents)}
    parts = {id(content), *(id(each) for each in texts if id(each) not in around)}
    return tuple(
        each.sourceline or 1
        for each in texts
        if id(each) not in around and not any(id(parent) in parts for parent in each.parents)
    )


def markdown_of(html: str) -> str:
    """The text of `html` as Markdown."""
    content = _read(html)
    exports.tidy(content)
    return _markdown(content)


def _read(html: str) -> BeautifulSoup:
    return BeautifulSoup(storage.as_html(html) if storage.is_storage(html) else html, "html.parser")


def _markdown(content: Tag) -> str:
    safe = nh3.clean(
        str(content),
        tags=KEPT,
        clean_content_tags=EMPTIED,
        attributes={"a": {"href"}, "time": {"datetime"}},
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )
    converter = MarkdownConverter(heading_style=ATX, bullets="-", wrap=False, escape_underscores=False)
    return re.sub(r"\n{3,}", "\n\n", converter.convert(safe)).strip()
