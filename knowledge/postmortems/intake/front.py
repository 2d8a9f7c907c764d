"""What a Markdown file says of itself beside its text: in YAML between dashes, in TOML between plus signs, in its name,
and in the lines of properties that Notion puts below the heading. Pure.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Hashable, Iterator, Mapping
from typing import Any, Final

import yaml

from knowledge.postmortems.intake import repeats
from knowledge.postmortems.intake.repeats import Told

_FENCES: Final[Mapping[str, tuple[str, ...]]] = {"---": ("---", "..."), "+++": ("+++",)}
_NESTED: Final = ("taxonomies",)
"""Tables of TOML whose keys count as the file's own: Zola keeps tags there."""
_DATED: Final = re.compile(r"(?:.*/)?(\d{4}-\d{2}-\d{2})-[^/]+$")
_OF_NOTION: Final = re.compile(r".*[ -][0-9a-f]{32}$")
_PROPERTY: Final = re.compile(r"([A-Z][\w ]{0,40}): (\S.*)")
_TAKEN: Final = frozenset({"date", "tags", "service", "cause", "causes"})
_CODE_BEGINS: Final = re.compile(r"\{(?:%|\{<) *highlight +(\w+)[^}]*(?:%|>\})\}")
_CODE_ENDS: Final = re.compile(r"\{(?:%|\{<) */?(?:end)?highlight *(?:%|>\})\}")


def split(text: str) -> tuple[str, str, str]:
    """The line that fences a file's front matter ("" without any), what stands between two of it, and the rest."""
    lines = text.replace("\r\n", "\n").split("\n")
    fence = lines[0].strip()
    for number, line in enumerate(lines[1:], start=1) if fence in _FENCES else ():
        if line.strip() in _FENCES[fence]:
            return fence, "\n".join(lines[1:number]), "\n".join(lines[number + 1 :])
    return "", "", "\n".join(lines)


def told_by(fence: str, front: str) -> Told:
    """What front matter says; with the sentence for which its file is left out, if there is one."""
    try:
        told = _of_toml(front) if fence == "+++" else repeats.of_yaml(front, below=1)
    except tomllib.TOMLDecodeError as error:
        return Told({}, why_not=f"its front matter is not TOML ({error}).")
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return Told({}, why_not=f"its front matter is not YAML ({' '.join(str(error).split())}).")
    if told is None:
        return Told({}, why_not="its front matter names nothing.")
    if told.facts.get("draft") is True or told.facts.get("published") is False:
        return Told({}, why_not="its front matter says that it is not published.")
    for known in ("draft", "published"):
        told.facts.pop(known, None)
    return told


def _of_toml(front: str) -> Told:
    facts: dict[Hashable, Any] = {}
    for key, value in tomllib.loads(front).items():
        facts |= value if key in _NESTED and isinstance(value, dict) else {key: value}
    return Told(facts)


def date_in_name(stem: str) -> str:
    """The day with which the names of a blog's posts begin: `2025-03-04-dns-outage`; empty for another name."""
    dated = _DATED.match(stem)
    return dated[1] if dated else ""


def properties(stem: str, body: str) -> dict[Hashable, Any]:
    """What a page of Notion says in the lines below its heading, as far as the hub has a place for it.

    Args:
        stem: the file's name, by which its export is known: it ends with the page's id.
        body: what follows the heading; the lines stay there.
    """
    if not _OF_NOTION.match(stem):
        return {}
    return {key: value for key, value in _said(body) if key in _TAKEN}


def _said(body: str) -> Iterator[tuple[str, str]]:
    for line in body.strip().split("\n"):
        found = _PROPERTY.fullmatch(line.strip())
        if found is None:
            return
        yield found[1].lower(), found[2]


def plain_markdown(body: str) -> str:
    """Markdown without what only Notion, Jekyll and Hugo know: asides become quotes, highlighting becomes code."""
    lines: list[str] = []
    is_aside, is_code = False, False
    for line in body.split("\n"):
        bare = line.strip()
        is_code ^= bare.startswith("```")
        if is_code or bare not in ("<aside>", "</aside>"):
            begins = _CODE_BEGINS.fullmatch(bare)
            said = f"```{begins[1]}" if begins else "```" if _CODE_ENDS.fullmatch(bare) else line
            lines.append(f"> {said}".rstrip() if is_aside else said)
        else:
            is_aside = bare == "<aside>"
    return "\n".join(lines)
