"""Figures for the overview, read by SQL under row-level security. Writes nothing."""
