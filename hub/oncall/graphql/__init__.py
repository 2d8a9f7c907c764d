"""Schedules in GraphQL."""
