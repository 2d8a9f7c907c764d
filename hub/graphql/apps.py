from django.apps import AppConfig


class GraphqlConfig(AppConfig):
    name = "hub.graphql"
