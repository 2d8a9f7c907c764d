"""Alerts, their sources and rules for severity in GraphQL."""
