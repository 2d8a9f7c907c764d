"""The bridge in GraphQL."""
