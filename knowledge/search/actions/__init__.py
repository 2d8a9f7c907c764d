"""The only writers of the index and of saved searches."""

from knowledge.search.actions.indexing import (
    Drift,
    build_beside,
    catch_up,
    compare,
    index_all,
    index_postmortem,
    index_postmortem_of,
    index_records,
    mend,
    rebuild,
    renew,
)
from knowledge.search.actions.saving import edit_saved_search, remove_saved_search, save_search
from knowledge.search.actions.telling import tell_savers

__all__ = [
    "Drift",
    "build_beside",
    "catch_up",
    "compare",
    "edit_saved_search",
    "index_all",
    "index_postmortem",
    "index_postmortem_of",
    "index_records",
    "mend",
    "rebuild",
    "remove_saved_search",
    "renew",
    "save_search",
    "tell_savers",
]
