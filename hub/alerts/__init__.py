"""Ingestion, fingerprints, deduplication and the way from an alert to an incident. Does not own the incident."""
