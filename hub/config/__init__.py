"""Composes the project: settings, ASGI application, URLs, jobs and the table of reactions."""
