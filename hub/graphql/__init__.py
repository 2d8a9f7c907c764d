"""Composes every area's part into one schema: limits, context, endpoint, and the printed schema.graphql."""
