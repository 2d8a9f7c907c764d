"""The incident hub: one Django project, one PostgreSQL database, business units as tenants."""
