"""The pages of runbooks."""
