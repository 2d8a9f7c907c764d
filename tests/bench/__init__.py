"""Measurements, each printed as a ratio to something everybody knows, taken in the same run."""
