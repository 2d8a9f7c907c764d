"""The pages of the on-call area."""
