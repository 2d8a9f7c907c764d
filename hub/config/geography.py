"""Spares each process of the hub the search for geographic libraries that it has no use for."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

from django.core.exceptions import ImproperlyConfigured

GEOGRAPHY = "django.contrib.gis.geos"


class _NoGeography(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname == GEOGRAPHY:
            raise ImproperlyConfigured("The hub draws no maps, and looks for no GEOS or GDAL.")
        return None


def forgo_geography() -> None:
    """Let Django's geography say at once that its libraries are missing.

    strawberry-django asks for it twice, and each time some thirty names of libraries are tried with the help of a
    compiler where there is one: 0.8 of the 4 seconds in which a process starts.
    """
    if not any(isinstance(finder, _NoGeography) for finder in sys.meta_path):
        sys.meta_path.insert(0, _NoGeography())
