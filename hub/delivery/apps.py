from importlib import import_module

from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "hub.delivery"

    def ready(self) -> None:
        """Register the checks."""
        import_module("hub.delivery.checks")
