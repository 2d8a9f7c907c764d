"""From a path to pieces: a file, or all files below a folder, each by its ending."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from knowledge.postmortems.intake.pieces import LeftOut, Piece, piece_of
from knowledge.postmortems.intake.wiki import page_of

LARGEST_FILE: Final = 16 * 1024 * 1024
"""Bytes of one Markdown or HTML file; JSON Lines are read line by line, each at most as long."""

Read = Iterator[Piece | LeftOut]


class Unreadable(Exception):
    """There is nothing to read at a path, in a sentence."""


def read(path: Path) -> Read:
    """All pieces at `path`, in the order of their names, and what is left out.

    An id that came before is left out. Raises `Unreadable` where there is no file, or none of a kind that is known.
    """
    seen: dict[str, str] = {}
    for name, file in _files(path):
        for found in READERS[file.suffix.lower()](file, name):
            if isinstance(found, Piece):
                if found.id in seen:
                    yield LeftOut(found.where, f"its id “{found.id}” stands at {seen[found.id]} already.")
                    continue
                seen[found.id] = found.where
            yield found


def _files(path: Path) -> list[tuple[str, Path]]:
    kinds = ", ".join(sorted(READERS))
    try:
        if path.is_file():
            if path.suffix.lower() not in READERS:
                raise Unreadable(f"{path} is of no kind that can be imported: {kinds}.")
            return [(path.name, path)]
        if not path.is_dir():
            raise Unreadable(f"There is no file or folder {path}.")
        found = sorted(each for each in path.rglob("*") if each.suffix.lower() in READERS and each.is_file())
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror}.") from None
    if not found:
        raise Unreadable(f"In {path} is nothing that can be imported: {kinds}.")
    return [(each.relative_to(path).as_posix(), each) for each in found]


def _json_lines(file: Path, name: str) -> Read:
    try:
        with file.open("rb") as lines:
            number = 0
            while line := lines.readline(LARGEST_FILE + 1):
                number += 1
                where = f"{name}, line {number}"
                if len(line) > LARGEST_FILE:
                    yield LeftOut(
                        where, f"it is longer than {LARGEST_FILE:,} bytes, and so is not read; nor is what follows."
                    )
                    return
                if line.strip():
                    yield _json_piece(line, where)
    except OSError as error:
        yield LeftOut(name, f"it cannot be read: {error.strerror}.")


def _json_piece(line: bytes, where: str) -> Piece | LeftOut:
    try:
        facts = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        return LeftOut(where, f"it is not JSON in UTF-8 ({error}).")
    return piece_of(facts, where) if isinstance(facts, dict) else LeftOut(where, "it is no JSON object.")


def _markdown(file: Path, name: str) -> Read:
    text = _text_of(file, name)
    if isinstance(text, LeftOut):
        yield text
        return
    facts: Any = {}
    front, body = _front_matter(text)
    try:
        facts = yaml.safe_load(front) or {}
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        yield LeftOut(name, f"its front matter is not YAML ({' '.join(str(error).split())}).")
        return
    if not isinstance(facts, Mapping):
        yield LeftOut(name, "its front matter names nothing.")
        return
    heading, rest = _first_heading(body)
    named = {
        "id": _stem(name),
        "title": heading or Path(name).stem,
        **{k: v for k, v in facts.items() if v is not None},
    }
    yield piece_of({**named, "body": rest if named["title"] == heading else body}, name)


def _html(file: Path, name: str) -> Read:
    text = _text_of(file, name)
    if isinstance(text, LeftOut):
        yield text
        return
    page = page_of(text)
    facts = {
        "id": page.facts.get("id") or page.facts.get("ajs-page-id") or _stem(name),
        "title": page.title or Path(name).stem,
        "body": page.body,
        "date": page.facts.get("date"),
        "service": page.facts.get("service"),
        "causes": page.facts.get("causes"),
        "tags": page.facts.get("tags") or page.facts.get("keywords"),
    }
    yield piece_of({key: value for key, value in facts.items() if value is not None}, name)


READERS: Final[Mapping[str, Callable[[Path, str], Read]]] = {
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".md": _markdown,
    ".markdown": _markdown,
    ".html": _html,
    ".htm": _html,
}


def _text_of(file: Path, name: str) -> str | LeftOut:
    try:
        if file.stat().st_size > LARGEST_FILE:
            return LeftOut(name, f"it is larger than {LARGEST_FILE:,} bytes.")
        return file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        return LeftOut(name, f"it cannot be read: {error.strerror}.")
    except UnicodeDecodeError:
        return LeftOut(name, "it is not in UTF-8.")


def _front_matter(text: str) -> tuple[str, str]:
    """What stands between the two lines of dashes that a file may begin with, and the rest."""
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[0].strip() == "---":
        for number, line in enumerate(lines[1:], start=1):
            if line.strip() in ("---", "..."):
                return "\n".join(lines[1:number]), "\n".join(lines[number + 1 :])
    return "", "\n".join(lines)


def _first_heading(body: str) -> tuple[str, str]:
    """The heading that a text begins with, if it does, and the text without it."""
    first, _, rest = body.lstrip().partition("\n")
    return (first.lstrip("# ").strip(" #"), rest) if first.startswith("# ") else ("", body)


def _stem(name: str) -> str:
    return name.rpartition(".")[0]
