"""Python's gql package: HUB_URL=http://127.0.0.1:8000/graphql/ HUB_TOKEN=… python python_gql.py"""

import json
import os

from gql import Client, gql
from gql.transport.httpx import HTTPXTransport

INCIDENTS = gql("query ($first: Int!) { incidents(first: $first) { edges { node { reference title } } } }")

transport = HTTPXTransport(os.environ["HUB_URL"], headers={"Authorization": f"Bearer {os.environ['HUB_TOKEN']}"})
INCIDENTS.variable_values = {"first": 2}
print(json.dumps({"data": Client(transport=transport).execute(INCIDENTS)}))
