"""Starts and stops the hub's processes and its embedded database; owns no model."""
