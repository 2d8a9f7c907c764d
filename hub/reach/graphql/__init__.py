"""Phone trees in GraphQL."""
