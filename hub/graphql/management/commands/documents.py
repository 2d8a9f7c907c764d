"""`manage.py documents`: which documents are trusted."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from hub.graphql import trusted
from hub.graphql.documents import prepare
from hub.graphql.schema import schema


class Command(BaseCommand):
    """Trust the documents of files, beside those that are trusted already, or instead of them.

    A file is one document (`.graphql`, `.gql`), or a manifest in JSON: Apollo's, or an object of texts by whatever
    names Relay, urql or graphql-codegen gave them. Each has to be valid; otherwise nothing is written.
    """

    help = "Trust the GraphQL documents of files, and print their digests; without files, print those that are trusted."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", metavar="FILE", nargs="*", type=Path, help="A document, or a manifest of them.")
        parser.add_argument("--replace", action="store_true", help="Trust these alone from now on.")

    def handle(self, *arguments: Any, files: list[Path], replace: bool, **options: Any) -> None:
        """Do it. A failure is one sentence on standard error and status 1, and changes nothing."""
        if not settings.TRUSTED_DOCUMENTS:
            raise CommandError("Say in HUB_TRUSTED_DOCUMENTS in which file the trusted documents are kept.")
        texts = {} if replace else dict(trusted.documents())
        added = {}
        for path in files:
            for name, text in _documents(path):
                self._check(f"{path}{f' ({name})' if name else ''}", text)
                added[trusted.digest_of(text)] = name or path.name
                texts[trusted.digest_of(text)] = text
        if files or replace:
            _write(Path(settings.TRUSTED_DOCUMENTS), texts)
        for digest in added or texts:
            self.stdout.write(f"{digest}  {added.get(digest) or _first_words(texts[digest])}")

    def _check(self, place: str, text: str) -> None:
        errors = prepare(schema, text).errors
        if errors:
            raise CommandError(f"{place} is no document of this hub: {errors[0].message}")


def _documents(path: Path) -> Iterator[tuple[str, str]]:
    """The documents of a file, each with the name that it has there, if any."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}.") from None
    if path.suffix != ".json":
        yield "", text
        return
    try:
        manifest = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise CommandError(f"{path} is not JSON: {error}.") from None
    found = _listed(manifest) if isinstance(manifest, dict) else []
    if not found or not all(isinstance(name, str) and isinstance(body, str) for name, body in found):
        raise CommandError(f"{path} is no manifest: neither Apollo's nor an object of documents by their names.")
    yield from found


def _listed(manifest: dict[str, Any]) -> list[tuple[Any, Any]]:
    operations = manifest.get("operations")
    if not isinstance(operations, list):
        return list(manifest.items())
    return [(each.get("name"), each.get("body")) for each in operations if isinstance(each, dict)]


def _write(path: Path, texts: dict[str, str]) -> None:
    """All or nothing: who reads meanwhile reads the former file."""
    draft = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(orjson.dumps(texts, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))
        draft.replace(path)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from None


def _first_words(text: str) -> str:
    return " ".join(text.split())[:60]
