"""What Confluence and Google Docs write into the pages that they export, put into HTML that says the same. Pure."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qs, urlsplit

from bs4 import BeautifulSoup, Tag

_LISTS_PAGES: Final = "Space Details:"
"""The heading of the page with which a space's export begins."""
_SPACE: Final = re.compile(r"^[^:]{1,80} : (?=\S)")
_WRITTEN: Final = re.compile(r"\bon (\w{3,9} \d{1,2}, \d{4})\s*$")
_REDIRECTS: Final = frozenset({"www.google.com", "google.com"})
_TO_ELSEWHERE: Final = ("http://", "https://", "mailto:")
_ABOUT_THE_PAGE: Final = ".toc-macro, .plugin_pagetree, .page-metadata, .confluence-information-macro-icon"


def why_no_review(soup: BeautifulSoup) -> str:
    """Why a page is none that somebody wrote, in a sentence; empty for one that is."""
    heading = soup.select_one("#title-text")
    listed = heading is not None and heading.get_text(strip=True) == _LISTS_PAGES
    return "it lists the pages of a space, and is no review." if listed else ""


def title_of(soup: BeautifulSoup) -> str:
    """The title where such an export keeps it; empty in other pages."""
    if document := soup.select_one("body.doc-content p.title, p.title[id]"):
        return document.extract().get_text(" ", strip=True)
    if page := soup.select_one("#title-text"):
        return _SPACE.sub("", page.get_text(" ", strip=True))
    return ""


def date_of(soup: BeautifulSoup) -> str:
    """When a page was written last, as Confluence says it above the text; empty in other pages."""
    said = soup.select_one(".page-metadata")
    found = _WRITTEN.search(said.get_text(" ", strip=True)) if said else None
    return found[1] if found else ""


def tidy(content: Tag) -> int:
    """Put the page's text right, in place. Returns how many comments it had, which go."""
    for each in content.select(_ABOUT_THE_PAGE):
        each.decompose()
    for picture in content.select("img.emoticon"):
        picture.replace_with(str(picture.get("data-emoji-fallback") or picture.get("alt") or ""))
    for task in content.select("ul.inline-task-list > li"):
        task.insert(0, "[x] " if "checked" in (task.get("class") or ()) else "[ ] ")
    for panel in content.select(".confluence-information-macro, .panel:not(.code)"):
        panel.name = "blockquote"
        for title in panel.select("p.title, .panelHeader"):
            title.name = "strong"
            title.wrap(BeautifulSoup("", "html.parser").new_tag("p"))
    comments = _without_comments(content)
    for link in content.find_all("a", href=True):
        leads = _beyond_redirect(str(link["href"]).strip())
        if leads.lower().startswith(_TO_ELSEWHERE):
            link["href"] = leads
        else:  # to a place of the page or the wiki, which stay behind
            link.unwrap()
    for cell in content.find_all(["td", "th"]):
        for text in cell.find_all(string=lambda said: said is not None and "|" in said):
            text.replace_with(str(text).replace("|", r"\|"))
    return comments


def _without_comments(content: Tag) -> int:
    """Take Google's comments away, which stand below a document with a mark at what they are about."""
    notes = content.select('a[id^="cmnt"]:not([id^="cmnt_ref"])')
    for mark in content.select('a[id^="cmnt_ref"]'):
        (mark.find_parent("sup") or mark).decompose()
    for note in notes:
        if not note.decomposed:
            (note.find_parent("div") or note).decompose()
    return len(notes)


def _beyond_redirect(href: str) -> str:
    """Where a link leads that Google sends through a page of its own."""
    try:
        parts = urlsplit(href)
    except ValueError:
        return ""
    if parts.hostname in _REDIRECTS and parts.path == "/url":
        return (parse_qs(parts.query).get("q") or [href])[0]
    return href
