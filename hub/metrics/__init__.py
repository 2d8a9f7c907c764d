"""Figures for the overview, read by SQL under row-level security. Writes nothing but what it
tells of restricted incidents, once a quarter."""
