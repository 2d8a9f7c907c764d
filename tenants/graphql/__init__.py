"""Units, regions, people and terms in GraphQL."""
