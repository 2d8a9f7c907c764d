"""Mutations of the search: each calls one action."""

from typing import Annotated

import strawberry
from strawberry import ID

from hub.lib.api import HubInfo, MutationErrors, actor_of, as_type, mutation, node_key
from knowledge.search import actions
from knowledge.search.graphql.choices import Kind
from knowledge.search.graphql.saved import SavedSearchType
from knowledge.search.graphql.types import KnowledgeFilters, filters_of


@strawberry.input(description="A search to keep: some words, or something to narrow it to, or both.")
class SaveSearchInput:
    name: str = strawberry.field(description="What you call it; at most 80 characters.")
    query: str = strawberry.field(default="", description="What is searched for, as `knowledge` takes it.")
    kinds: list[Kind] | None = strawberry.field(default=None, description="Kinds to narrow it to.")
    filters: KnowledgeFilters | None = strawberry.field(default=None, description="To what else it is narrowed.")
    tells: bool = strawberry.field(
        default=True,
        description="Whether you are told of what is published, has all its words, and you may read.",
    )


@strawberry.input(description="Changes of a search that you keep. What is left out stays.")
class EditSavedSearchInput:
    saved_search_id: ID = strawberry.field(description="The search.")
    name: str | None = strawberry.field(default=None, description="What you call it.")
    tells: bool | None = strawberry.field(default=None, description="Whether you are told of what matches.")


@strawberry.input(description="A search to keep no longer.")
class RemoveSavedSearchInput:
    saved_search_id: ID = strawberry.field(description="The search.")


def _key(global_id: ID) -> int:
    return node_key(global_id, "SavedSearch", "saved search", "savedSearchId")


@strawberry.type
class SearchMutation:
    @mutation(
        description="Keep a search under a name. You are told, once, of what is published from now on and matches."
    )
    def save_search(
        self, info: HubInfo, input: SaveSearchInput
    ) -> Annotated[SavedSearchType | MutationErrors, strawberry.union("SaveSearchPayload")]:
        saved = actions.save_search(
            actor=actor_of(info),
            name=input.name,
            query=input.query,
            filters=filters_of(input.filters, input.kinds),
            tells=input.tells,
        )
        return as_type(SavedSearchType, saved)

    @mutation(description="Call a search that you keep otherwise, or choose whether you are told.")
    def edit_saved_search(
        self, info: HubInfo, input: EditSavedSearchInput
    ) -> Annotated[SavedSearchType | MutationErrors, strawberry.union("EditSavedSearchPayload")]:
        saved = actions.edit_saved_search(
            actor=actor_of(info), saved_search_id=_key(input.saved_search_id), name=input.name, tells=input.tells
        )
        return as_type(SavedSearchType, saved)

    @mutation(description="Keep a search no longer. Answers with what it was.")
    def remove_saved_search(
        self, info: HubInfo, input: RemoveSavedSearchInput
    ) -> Annotated[SavedSearchType | MutationErrors, strawberry.union("RemoveSavedSearchPayload")]:
        removed = actions.remove_saved_search(actor=actor_of(info), saved_search_id=_key(input.saved_search_id))
        return as_type(SavedSearchType, removed)
