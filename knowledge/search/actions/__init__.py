"""The only writers of the index and of saved searches."""

from knowledge.search.actions.indexing import (
    Drift,
    catch_up,
    compare,
    index_all,
    index_postmortem,
    index_postmortem_of,
    index_records,
    rebuild,
)
from knowledge.search.actions.saving import edit_saved_search, remove_saved_search, save_search
from knowledge.search.actions.telling import tell_savers

__all__ = [
    "Drift",
    "catch_up",
    "compare",
    "edit_saved_search",
    "index_all",
    "index_postmortem",
    "index_postmortem_of",
    "index_records",
    "rebuild",
    "remove_saved_search",
    "save_search",
    "tell_savers",
]
