"""Escalation in GraphQL."""
