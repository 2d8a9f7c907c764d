from django.apps import AppConfig


class RevisionsConfig(AppConfig):
    name = "knowledge.revisions"
