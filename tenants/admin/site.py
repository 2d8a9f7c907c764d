"""The tenant admin's site."""

from __future__ import annotations

from unfold.sites import UnfoldAdminSite


class TenantAdminSite(UnfoldAdminSite):  # type: ignore[misc]  # unfold ships no types
    """Unfold's site, open to whoever administers something."""
