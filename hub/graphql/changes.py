"""What has changed in the schema since it was last released, and what deprecating promises.

A field, argument or value goes in three steps: it is deprecated, for a reason that says what to use instead and until
which day it stays, half a year at least; it stays until that day; it goes, with an entry in the changelog.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    find_breaking_changes,
    find_dangerous_changes,
)

PROMISE: Final = re.compile(r"^.{10,}[.] It stays until (?P<day>\d{4}-\d{2}-\d{2})[.]$", re.DOTALL)
"""The form of a deprecation's reason."""

HEAD: Final = "## Not released yet\n"
NOTHING: Final = "Nothing.\n"


def coordinates(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    """Everything that a client can name (`Type.field(argument:)`), each with its deprecation's reason, if any."""
    for named in schema.type_map.values():
        if named.name.startswith("__"):
            continue
        yield named.name, None
        if isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
            for name, field in named.fields.items():
                yield f"{named.name}.{name}", field.deprecation_reason
                for argument, given in field.args.items():
                    yield f"{named.name}.{name}({argument}:)", given.deprecation_reason
        elif isinstance(named, GraphQLInputObjectType):
            for name, value in named.fields.items():
                yield f"{named.name}.{name}", value.deprecation_reason
        elif isinstance(named, GraphQLEnumType):
            for name, member in named.values.items():
                yield f"{named.name}.{name}", member.deprecation_reason


def broken_promises(schema: GraphQLSchema) -> list[str]:
    """Deprecations that do not say what to use instead and until when they stay, by their coordinates."""
    return [name for name, reason in coordinates(schema) if reason is not None and not _is_promise(reason)]


def _is_promise(reason: str) -> bool:
    match = PROMISE.match(reason)
    try:
        return match is not None and bool(date.fromisoformat(match["day"]))
    except ValueError:
        return False


def listed(released: str, current: str) -> str:
    """The changelog's section for what is not released yet: what changed between two printed schemas."""
    before, after = build_schema(released), build_schema(current)
    former, present = dict(coordinates(before)), dict(coordinates(after))
    added = [name for name in present if name not in former]
    parts = [
        ("Breaking", [change.description for change in find_breaking_changes(before, after)]),
        ("Dangerous", [change.description for change in find_dangerous_changes(before, after)]),
        ("Deprecated", [f"`{name}`: {why}" for name, why in present.items() if why and not former.get(name)]),
        ("Added", [f"`{name}`" for name in added if _parent(name) not in added]),
    ]
    text = [f"\n**{title}**\n\n" + "".join(f"- {line}\n" for line in sorted(lines)) for title, lines in parts if lines]
    return HEAD + ("".join(text) or f"\n{NOTHING}")


def _parent(name: str) -> str:
    """What a coordinate stands in; a type stands in itself."""
    return name.rpartition("(")[0] if "(" in name else name.rpartition(".")[0]


def with_section(changelog: str, section: str) -> str:
    """The changelog with this section for what is not released yet."""
    start = changelog.index(HEAD)
    end = changelog.find("\n## ", start + len(HEAD))
    rest = changelog[end:] if end >= 0 else ""
    return f"{changelog[:start]}{section}{rest}"
