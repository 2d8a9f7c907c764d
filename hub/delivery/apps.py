from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "hub.delivery"
