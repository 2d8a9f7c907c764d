"""Services in GraphQL."""
