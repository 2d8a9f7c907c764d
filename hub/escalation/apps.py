from django.apps import AppConfig


class EscalationConfig(AppConfig):
    name = "hub.escalation"
