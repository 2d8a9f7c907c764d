"""How large a document and its variables may be, measured before validation, whose rules are slow on large ones."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    Lexer,
    Node,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    Source,
    StringValueNode,
    TokenKind,
    Visitor,
    visit,
)

from hub.lib.api.errors import refused

MOST_TOKENS: Final = 2_000
MOST_ALIASES: Final = 30
MOST_FIELDS: Final = 1_000
BROADEST: Final = 200
MOST_DIRECTIVES: Final = 50
DEEPEST: Final = 15
DEEPEST_INPUT: Final = 20
DEEPEST_BRACKETS: Final = 100
"""Of whatever kind: more than any selection and value within their own limits needs, and less than the parser's."""
LONGEST_INPUT_LIST: Final = 1_000
LONGEST_NUMBER: Final = 100

_NUMBERS: Final = frozenset({TokenKind.INT, TokenKind.FLOAT})
_NESTING: Final = {
    TokenKind.BRACE_L: 1,
    TokenKind.BRACKET_L: 1,
    TokenKind.PAREN_L: 1,
    TokenKind.BRACE_R: -1,
    TokenKind.BRACKET_R: -1,
    TokenKind.PAREN_R: -1,
}
_ESCAPED_NUL: Final = re.compile(r"\\u(?:0000|\{0+\})")


def unfit_text(text: str) -> GraphQLError | None:
    """What is wrong with a document before it is parsed: too many tokens, brackets too deep, a number too long.

    Raises GraphQLSyntaxError where the text holds no tokens.
    """
    lexer = Lexer(Source(text))
    depth = deepest = longest = 0
    for _ in range(MOST_TOKENS + 1):
        token = lexer.advance()
        if token.kind is TokenKind.EOF:
            return _unfit(deepest, longest)
        if token.kind in _NUMBERS:
            longest = max(longest, len(token.value or ""))
        depth += _NESTING.get(token.kind, 0)
        deepest = max(deepest, depth)
    # Counting stops here, however long the rest is.
    message = f"The document has more than {MOST_TOKENS} tokens."
    return refused("TOO_MANY_TOKENS", message, limit=MOST_TOKENS, found=MOST_TOKENS + 1)


def _unfit(deepest: int, longest: int) -> GraphQLError | None:
    if deepest > DEEPEST_BRACKETS:
        message = f"The document's brackets are nested {deepest} levels deep; {DEEPEST_BRACKETS} is the most."
        return refused("TOO_DEEP", message, limit=DEEPEST_BRACKETS, found=deepest)
    if longest > LONGEST_NUMBER:
        message = f"A number of the document has {longest} digits; {LONGEST_NUMBER} is the most."
        return refused("GRAPHQL_VALIDATION_FAILED", message)
    return None


@dataclass
class _Size:
    """What a selection holds once its fragments are put in.

    Attributes:
        level: how many fields stand side by side at its top.
        breadth: the most fields that stand side by side anywhere in it.
    """

    depth: int = 0
    level: int = 0
    breadth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0

    def add(self, other: _Size, *, below: int = 0) -> None:
        self.depth = max(self.depth, other.depth + below)
        if not below:
            self.level = min(self.level + other.level, 10 * MOST_FIELDS)
        self.breadth = max(self.breadth, other.breadth)
        # Fragments in fragments double a count each time; past the limit its size no longer matters.
        self.fields = min(self.fields + other.fields, 10 * MOST_FIELDS)
        self.aliases = min(self.aliases + other.aliases, 10 * MOST_FIELDS)
        self.directives = min(self.directives + other.directives, 10 * MOST_FIELDS)


class _Measure:
    def __init__(self, document: DocumentNode) -> None:
        self.fragments = {
            each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        }
        self.known: dict[str, _Size] = {}

    def of(self, selections: SelectionSetNode | None) -> _Size:
        size = _Size()
        for selection in selections.selections if selections else ():
            size.directives += len(selection.directives or ())
            if isinstance(selection, FieldNode):
                size.fields += 1
                size.level += 1
                size.aliases += selection.alias is not None
                size.add(self.of(selection.selection_set), below=1)
            elif isinstance(selection, FragmentSpreadNode):
                size.add(self._fragment(selection))
            else:
                size.add(self.of(_selections_of(selection)))
        size.breadth = max(size.breadth, size.level)
        return size

    def _fragment(self, spread: FragmentSpreadNode) -> _Size:
        name = spread.name.value
        if name not in self.known:
            # A fragment that reaches itself counts as empty here; validation refuses it.
            self.known[name] = _Size()
            fragment = self.fragments.get(name)
            if fragment is not None:
                self.known[name] = self.of(fragment.selection_set)
        return self.known[name]


def _selections_of(selection: SelectionNode) -> SelectionSetNode | None:
    return getattr(selection, "selection_set", None)


def too_large(document: DocumentNode) -> list[GraphQLError]:
    """An error for each limit that a value or an operation of the document exceeds."""
    measure = _Measure(document)
    values = _Values()
    visit(document, values)
    errors = []
    if values.deepest > DEEPEST_INPUT:
        message = f"A value of the document is nested {values.deepest} levels deep; {DEEPEST_INPUT} is the most."
        figures = {"limit": DEEPEST_INPUT, "found": values.deepest}
        errors.append(refused("TOO_DEEP", message, nodes=values.at, **figures))
    for operation in document.definitions:
        if not isinstance(operation, OperationDefinitionNode):
            continue
        size = measure.of(operation.selection_set)
        for code, found, limit, words in (
            ("TOO_DEEP", size.depth, DEEPEST, "levels of fields"),
            ("TOO_MANY_ALIASES", size.aliases, MOST_ALIASES, "aliases"),
            ("TOO_BROAD", size.breadth, BROADEST, "fields side by side"),
            ("TOO_MANY_FIELDS", size.fields, MOST_FIELDS, "fields"),
            ("TOO_MANY_DIRECTIVES", size.directives, MOST_DIRECTIVES, "directives"),
        ):
            if found > limit:
                message = f"The operation has {found} {words}; {limit} is the most."
                errors.append(refused(code, message, nodes=operation, limit=limit, found=found))
    return errors


class _Values(Visitor):
    """Measures how deep the document's own values are nested, as `unfit_variables` measures what variables hold.

    Attributes:
        at: the innermost object or list of the deepest one.
    """

    def __init__(self) -> None:
        super().__init__()
        self.at: Node | None = None
        # The argument, and the value in it.
        self.deepest = self.depth = 2

    def enter_object_value(self, node: Node, *_: Any) -> None:
        self.depth += 1
        if self.depth > self.deepest:
            self.deepest, self.at = self.depth, node

    def leave_object_value(self, *_: Any) -> None:
        self.depth -= 1

    enter_list_value = enter_object_value
    leave_list_value = leave_object_value


class _Nul(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: StringValueNode | None = None

    def enter_string_value(self, node: StringValueNode, *_: Any) -> None:
        if "\x00" in node.value:
            self.found = node


def nul_in_document(text: str, document: DocumentNode) -> GraphQLError | None:
    """PostgreSQL's texts cannot hold the character U+0000."""
    if not _ESCAPED_NUL.search(text):
        return None
    visitor = _Nul()
    visit(document, visitor)
    return _nul(visitor.found) if visitor.found else None


def unfit_variables(variables: dict[str, Any] | None) -> GraphQLError | None:
    """The first fault of the variables that no type of the schema would find, if there is one."""
    level: list[Any] = [variables or {}]
    for _ in range(DEEPEST_INPUT):
        below: list[Any] = []
        for value in level:
            if isinstance(value, list) and len(value) > LONGEST_INPUT_LIST:
                return refused(
                    "BAD_USER_INPUT",
                    f"A list of the variables has {len(value)} values; {LONGEST_INPUT_LIST} is the most.",
                    limit=LONGEST_INPUT_LIST,
                    found=len(value),
                )
            if isinstance(value, str) and not _is_text(value):
                return _nul(None)
            below.extend(_within(value))
        if not below:
            return None
        level = below
    return refused(
        "TOO_DEEP",
        f"The variables are nested more than {DEEPEST_INPUT} levels deep.",
        limit=DEEPEST_INPUT,
        found=DEEPEST_INPUT + 1,
    )


def is_deeper(value: Any, most: int) -> bool:
    """Whether objects and lists are nested in one another more than `most` levels deep."""
    level = [value]
    for _ in range(most):
        level = [each for one in level for each in _within(one) if isinstance(each, dict | list)]
        if not level:
            return False
    return True


def _within(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return (*value.keys(), *value.values())
    return value if isinstance(value, list) else ()


def _is_text(value: str) -> bool:
    return "\x00" not in value and not any("\ud800" <= character <= "\udfff" for character in value)


def _nul(node: StringValueNode | None) -> GraphQLError:
    return refused("BAD_USER_INPUT", "A text cannot hold the character U+0000, nor half a character.", nodes=node)
