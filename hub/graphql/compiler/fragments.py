"""Which fragments a part of a document leads to."""

from __future__ import annotations

from collections.abc import Mapping

from graphql import FragmentDefinitionNode, FragmentSpreadNode, Node, Visitor, visit


def fragments_below(part: Node, fragments: Mapping[str, FragmentDefinitionNode]) -> list[FragmentDefinitionNode]:
    """Those that it spreads, and those that these spread, each once.

    Args:
        fragments: all of the document's, by name.
    """
    spreads = _Spreads()
    visit(part, spreads)
    # Those that fragments lead to join the list while it is gone through.
    for name in spreads.names:
        visit(fragments[name], spreads)
    return [fragments[name] for name in spreads.names]


class _Spreads(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> None:
        if node.name.value not in self.names:
            self.names.append(node.name.value)
