from django.apps import AppConfig


class RecurrenceConfig(AppConfig):
    name = "knowledge.recurrence"
