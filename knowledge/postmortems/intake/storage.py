"""What Confluence keeps of a page, and gives out over its API, put into HTML that says the same. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from typing import Final

from bs4 import BeautifulSoup, Tag

_CODE: Final = frozenset({"code", "noformat"})
_ASIDE: Final = frozenset({"info", "note", "warning", "tip", "panel", "expand"})
_VERBATIM: Final = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)


def is_storage(text: str) -> bool:
    """Whether a text has tags of that format."""
    return "<ac:" in text or "<ri:" in text


def as_html(text: str) -> str:
    """The same in HTML: what has no likeness there keeps its words."""
    soup = BeautifulSoup(_VERBATIM.sub(lambda verbatim: html.escape(verbatim[1]), text), "html.parser")
    for name, put in _PUT.items():
        # The inner ones first: a macro may stand in another's text.
        for each in reversed(soup.find_all(name)):
            put(soup, each)
    return str(soup)


def _macro(soup: BeautifulSoup, macro: Tag) -> None:
    name = str(macro.get("ac:name"))
    said = {str(each.get("ac:name")): each.extract().get_text() for each in macro.find_all("ac:parameter")}
    if name == "status":
        macro.replace_with(said.get("title", ""))
        return
    title = soup.new_tag("p")
    title.append(soup.new_tag("strong", string=said.get("title", "")))
    if name in _CODE:
        macro.insert_before(title if said.get("title") else "")
        macro.replace_with(soup.new_tag("pre", string=macro.get_text()))
        return
    if said.get("title") and name in _ASIDE:
        macro.insert(0, title)
    macro.name = "blockquote" if name in _ASIDE else "div"


def _link(soup: BeautifulSoup, link: Tag) -> None:
    page = link.find("ri:page")
    named = str(page.get("ri:content-title", "")) if isinstance(page, Tag) else ""
    link.replace_with(link.get_text() or named)


def _task(soup: BeautifulSoup, task: Tag) -> None:
    state, body = task.find("ac:task-status"), task.find("ac:task-body")
    mark = "[x]" if isinstance(state, Tag) and state.get_text(strip=True) == "complete" else "[ ]"
    task.replace_with(soup.new_tag("li", string=f"{mark} {body.get_text(' ', strip=True) if body else ''}"))


def _tasks(soup: BeautifulSoup, tasks: Tag) -> None:
    tasks.name = "ul"


def _emoticon(soup: BeautifulSoup, emoticon: Tag) -> None:
    emoticon.replace_with(str(emoticon.get("ac:emoji-fallback") or f"({emoticon.get('ac:name')})"))


def _picture(soup: BeautifulSoup, picture: Tag) -> None:
    picture.replace_with(soup.new_tag("img"))


def _time(soup: BeautifulSoup, time: Tag) -> None:
    if not time.get_text(strip=True):
        time.string = str(time.get("datetime", ""))


_PUT: Final[Mapping[str, Callable[[BeautifulSoup, Tag], None]]] = {
    "ac:structured-macro": _macro,
    "ac:macro": _macro,
    "ac:link": _link,
    "ac:task": _task,
    "ac:task-list": _tasks,
    "ac:emoticon": _emoticon,
    "ac:image": _picture,
    "time": _time,
}
