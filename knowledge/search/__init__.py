"""One interface over published knowledge, with PostgreSQL or Elasticsearch behind it."""
