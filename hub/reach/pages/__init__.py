"""Pages of the reach area."""
