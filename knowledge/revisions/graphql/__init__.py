"""What the GraphQL types of revised texts have in common."""
