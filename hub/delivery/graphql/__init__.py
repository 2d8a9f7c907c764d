"""Messages and their receipts in GraphQL."""
