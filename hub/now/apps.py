from django.apps import AppConfig


class NowConfig(AppConfig):
    name = "hub.now"
