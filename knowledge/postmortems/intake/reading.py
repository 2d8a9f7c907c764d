"""From a path to pieces: a file, or all files below a folder, each by its ending."""

from __future__ import annotations

import codecs
import dataclasses
import json
import os
import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from knowledge.postmortems.intake import repeats
from knowledge.postmortems.intake.front import date_in_name, plain_markdown, properties, split, told_by
from knowledge.postmortems.intake.pieces import KEYS, LeftOut, Piece, piece_of, remarked
from knowledge.postmortems.intake.wiki import media_left_behind, page_of

LARGEST_FILE: Final = 16 * 1024 * 1024
"""Bytes of one Markdown or HTML file; JSON Lines are read line by line, each at most as long."""
MOST_NAMED: Final = 20
"""Files of other kinds that are named one by one, of a folder."""
ARCHIVES: Final = (".zip", ".tar", ".tgz", ".gz", ".7z")
_PICTURE: Final = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_USUAL: Final = "utf-8-sig"
_PAGES: Final = (".html", ".htm")
_HEAD: Final = 4096
"""Bytes in which a page says its encoding."""
_CHARSET: Final = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)


class Source(NamedTuple):
    """A file to read.

    Attributes:
        name: its path below the folder that is imported.
    """

    name: str
    path: Path

    @property
    def where(self) -> str:
        """Its name as people are told it."""
        return shown(self.name)


Read = Iterator[Piece | LeftOut]


class Unreadable(Exception):
    """There is nothing to read at a path, in a sentence."""


def read(path: Path) -> Read:
    """All pieces at `path`, in the order of their names, and what is left out.

    Links in a folder are not followed. An id that came before is left out. Raises `Unreadable` where there is no file,
    or none of a kind that is known.
    """
    seen: dict[str, str] = {}
    for each in _files(path):
        for found in (each,) if isinstance(each, LeftOut) else READERS[each.path.suffix.lower()](each):
            if isinstance(found, Piece):
                if found.id in seen:
                    yield LeftOut(found.where, f"its id “{found.id}” stands at {seen[found.id]} already.")
                    continue
                seen[found.id] = found.where
            yield found


def _files(path: Path) -> list[Source | LeftOut]:
    try:
        if path.is_file():
            if path.suffix.lower() not in READERS:
                raise Unreadable(f"{path} is {_kind(path)}")
            return [Source(path.name, path)]
        if not path.is_dir():
            raise Unreadable(f"There is no file or folder {path}.")
        with os.scandir(path):
            pass  # raises for a folder that may not be read, which a walk passes over
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror}.") from None
    found = list(_below(path))
    if not found:
        raise Unreadable(f"In {path} is nothing that can be imported: {_kinds()}.")
    return found


def _below(root: Path) -> Iterator[Source | LeftOut]:
    """What a folder holds, at any depth: first the files to read, then the rest."""
    sources: list[Source] = []
    rest: list[LeftOut] = []

    def leave(place: str | Path, why: str) -> None:
        name = os.path.relpath(place, root)
        rest.append(LeftOut(shown(root.name if name == os.curdir else name), why))

    def cannot(error: OSError) -> None:
        leave(error.filename, f"this folder cannot be read: {error.strerror}.")

    for folder, folders, files in os.walk(root, onerror=cannot):
        folders.sort()
        others: list[Path] = []
        for place in (Path(folder, name) for name in sorted([*folders, *files])):
            try:
                if place.is_symlink():
                    leave(place, _link(place, root))
                elif place.is_dir():
                    continue
                elif place.suffix.lower() not in READERS:
                    others.append(place)
                elif place.is_file():
                    sources.append(Source(os.path.relpath(place, root), place))
                else:
                    leave(place, "it is no file with a text, but a pipe, a device or the like.")
            except OSError as error:
                leave(place, f"it cannot be read: {error.strerror}.")
        for place in others[:MOST_NAMED]:
            leave(place, f"it is {_kind(place)}")
        if len(others) > MOST_NAMED:
            leave(folder, f"{len(others) - MOST_NAMED:,} more of its files are of no kind that can be imported.")
    yield from sorted(sources, key=lambda each: each.path)
    yield from rest


def _link(place: Path, root: Path) -> str:
    """Why a link is not followed."""
    try:
        leads = place.resolve(strict=True)
    except (OSError, RuntimeError):
        return "it is a link that leads nowhere."
    top = root.resolve()
    if leads == top or top in leads.parents:
        return f"it is a link to {shown(os.path.relpath(leads, top))}, and is not followed."
    return "it is a link that leads out of the folder, and is not followed."


def _kind(place: Path) -> str:
    """What a file is that is not read, for the rest of a sentence."""
    if place.suffix.lower() in ARCHIVES:
        return "an archive; unpack it and import the folder."
    return f"of no kind that can be imported: {_kinds()}."


def _kinds() -> str:
    return ", ".join(sorted(READERS))


def shown(name: str) -> str:
    """A file's name as it can be printed: names need be no text, and may hold what moves a terminal's cursor."""
    text = name.encode("utf-8", "replace").decode()
    return "".join(each if each.isprintable() else "\ufffd" for each in text)


def _json_lines(file: Source) -> Read:
    told: set[str] = set()
    try:
        with file.path.open("rb") as lines:
            number = 0
            while line := lines.readline(LARGEST_FILE + 1):
                number += 1
                where = f"{file.where}, line {number}"
                if len(line) > LARGEST_FILE:
                    yield LeftOut(
                        where, f"it is longer than {LARGEST_FILE:,} bytes, and so is not read; nor is what follows."
                    )
                    return
                if line.strip():
                    yield _json_piece(line, where, told)
    except OSError as error:
        yield LeftOut(file.where, f"it cannot be read: {error.strerror}.")


def _json_piece(line: bytes, where: str, told: set[str]) -> Piece | LeftOut:
    """The piece of one line.

    Args:
        told: keys of the file that nothing is known of and that were said already; those of this line are added.
    """
    try:
        said = json.loads(line.decode("utf-8-sig"), object_pairs_hook=repeats.Pairs)
    except (ValueError, RecursionError) as error:
        return LeftOut(where, f"it is not JSON in UTF-8 ({error}).")
    if not isinstance(said, repeats.Pairs):
        return LeftOut(where, "it is no JSON object.")
    together = repeats.together(said.said)
    if together.why_not:
        return LeftOut(where, together.why_not)
    unknown = [str(key) for key in together.facts if key not in KEYS and key not in told]
    told.update(unknown)
    also = " Nor are they on the lines below." if len(unknown) > 1 else " Nor is it on the lines below."
    return remarked(_piece(together, where), _not_taken(unknown) + also if unknown else "")


def _piece(told: repeats.Told, where: str) -> Piece | LeftOut:
    """The piece that was told, with what is to be said of repeated keys."""
    piece = piece_of({str(key): value for key, value in told.facts.items()}, where)
    for remark in told.remarks:
        piece = remarked(piece, remark)
    return piece


def _not_taken(keys: Sequence[object]) -> str:
    """That nothing is known of these keys, in a sentence; nothing where there are none."""
    if not keys:
        return ""
    named = ", ".join(f"`{shown(str(key))[:40]}`" for key in keys[:MOST_NAMED])
    more = f" and {len(keys) - MOST_NAMED:,} more" if len(keys) > MOST_NAMED else ""
    verb, them = ("is", "it") if len(keys) == 1 else ("are", "them")
    return f"its {named}{more} {verb} not imported: the hub has no place for {them}."


def _markdown(file: Source) -> Read:
    text = _text_of(file)
    if isinstance(text, LeftOut):
        yield text
        return
    fence, front, body = split(text)
    told = told_by(fence, front)
    if told.why_not:
        yield LeftOut(file.where, told.why_not)
        return
    stem = _stem(file.name)
    heading, rest = _first_heading(body)
    named: dict[Hashable, Any] = {
        "id": stem,
        "title": heading or file.path.stem,
        "date": date_in_name(stem),
        **properties(stem, rest),
        **{key: value for key, value in told.facts.items() if value is not None},
    }
    named["body"] = plain_markdown(rest if named["title"] == heading else body)
    piece = _piece(dataclasses.replace(told, facts=named), file.where)
    piece = remarked(piece, media_left_behind(len(_PICTURE.findall(body))))
    yield remarked(piece, _not_taken([key for key in told.facts if key not in KEYS or key == "body"]))


def _html(file: Source) -> Read:
    text = _text_of(file)
    if isinstance(text, LeftOut):
        yield text
        return
    page = page_of(text)
    if page.head.why_not:
        yield LeftOut(file.where, page.head.why_not)
        return
    if page.why_not:
        yield LeftOut(file.where, page.why_not)
        return
    head = page.head.facts
    facts: dict[Hashable, Any] = {
        "id": head.get("id") or head.get("ajs-page-id") or _stem(file.name),
        "title": page.title or file.path.stem,
        "body": page.body,
        "date": head.get("date"),
        "service": head.get("service"),
        "causes": head.get("causes"),
        "tags": head.get("tags") or head.get("keywords"),
    }
    facts = {key: value for key, value in facts.items() if value is not None}
    piece = _piece(dataclasses.replace(page.head, facts=facts), file.where)
    for why in page.left_behind:
        piece = remarked(piece, why)
    yield piece
    for line in page.further:
        yield LeftOut(f"{file.where}, line {line}", "another article begins here; one file is one review, the first.")


READERS: Final[Mapping[str, Callable[[Source], Read]]] = {
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".md": _markdown,
    ".markdown": _markdown,
    ".html": _html,
    ".htm": _html,
}


def _text_of(file: Source) -> str | LeftOut:
    try:
        if file.path.stat().st_size > LARGEST_FILE:
            return LeftOut(file.where, f"it is larger than {LARGEST_FILE:,} bytes.")
        content = file.path.read_bytes()
    except OSError as error:
        return LeftOut(file.where, f"it cannot be read: {error.strerror}.")
    declared = _CHARSET.search(content[:_HEAD]) if file.path.suffix.lower() in _PAGES else None
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        charset = "utf-16"
    else:
        charset = declared[1].decode() if declared else _USUAL
    # A page that can be read as far as this word is in no UTF-16, whatever the word says.
    try:
        return content.decode(_USUAL if declared and charset.lower().startswith("utf") else charset)
    except LookupError:
        return LeftOut(file.where, f"it says that it is in {charset}, which is no encoding that is known.")
    except ValueError:
        return LeftOut(file.where, f"it is not in {'UTF-8' if charset == _USUAL else charset}.")


def _first_heading(body: str) -> tuple[str, str]:
    """The heading that a text begins with, if it does, and the text without it."""
    first, _, rest = body.lstrip().partition("\n")
    return (first.lstrip("# ").strip(" #"), rest) if first.startswith("# ") else ("", body)


def _stem(name: str) -> str:
    return name.rpartition(".")[0]
