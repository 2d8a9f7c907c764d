from django.apps import AppConfig


class OncallConfig(AppConfig):
    name = "hub.oncall"
    verbose_name = "On call"
