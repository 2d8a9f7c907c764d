"""Pages of the delivery area."""
