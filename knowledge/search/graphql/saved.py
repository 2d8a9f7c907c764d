"""Searches that people keep, as types."""

import strawberry_django
from strawberry import ID, auto, relay

from hub.lib.api import row_data
from knowledge.search import models
from knowledge.search.graphql.choices import Kind


def _kinds(root: models.SavedSearch) -> list[Kind]:
    return [Kind(kind) for kind in root.kinds]


def _ids(type_name: str, keys: list[int]) -> list[ID]:
    return [ID(str(relay.GlobalID(type_name, str(key)))) for key in keys]


def _units(root: models.SavedSearch) -> list[ID]:
    return _ids("BusinessUnit", root.units)


def _services(root: models.SavedSearch) -> list[ID]:
    return _ids("Service", root.services)


def _causes(root: models.SavedSearch) -> list[ID]:
    return _ids("Term", root.causes)


@strawberry_django.type(
    models.SavedSearch, name="SavedSearch", description="A search that you keep. Nobody else sees it."
)
class SavedSearchType(relay.Node):
    name: auto = strawberry_django.field(description="What you call it.")
    query: auto = strawberry_django.field(description="What is searched for; may be empty.")
    kinds: list[Kind] = row_data(_kinds, only=["kinds"], description="Kinds it is narrowed to; without any, all.")
    unit_ids: list[ID] = row_data(_units, only=["units"], description="Units it is narrowed to.")
    service_ids: list[ID] = row_data(_services, only=["services"], description="Services it is narrowed to.")
    cause_ids: list[ID] = row_data(_causes, only=["causes"], description="Causes it is narrowed to.")
    tags: auto = strawberry_django.field(description="Tags it is narrowed to, in small letters.")
    published_from: auto = strawberry_django.field(description="Published at this moment or later.")
    published_until: auto = strawberry_django.field(description="Published before this moment.")
    tells: auto = strawberry_django.field(description="Whether you are told, once, of what is published and matches.")
    created_at: auto = strawberry_django.field(description="Since when you keep it.")
