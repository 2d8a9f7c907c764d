"""The examples of clients, as people run them: each asks a running hub for two incidents."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import Endpoint
from tests.services.availability import require
from tests.services.node import CLIENTS, install_packages, run

EXAMPLES = CLIENTS / "examples"
README = CLIENTS.parents[1] / "README.md"


@pytest.fixture(scope="module")
def environment(endpoint: Endpoint) -> dict[str, str]:
    return {"HUB_URL": endpoint.url, "HUB_TOKEN": endpoint.token("observer.payments")}


def names_two_incidents(printed: str) -> bool:
    answer: Any = json.loads(printed)
    nodes = [edge["node"] for edge in answer["data"]["incidents"]["edges"]]
    return len(nodes) == 2 and all(node["reference"].startswith("PAY-") and node["title"] for node in nodes)


def test_curl(environment: dict[str, str]) -> None:
    require("curl")

    assert names_two_incidents(run(["sh", "curl.sh"], EXAMPLES, environment))


def test_the_readmes_command(environment: dict[str, str]) -> None:
    """As it stands there, but for the address."""
    require("curl")
    command = re.search(r"^curl .*?'$", README.read_text(), re.DOTALL | re.MULTILINE)
    assert command is not None
    there = command[0].replace("http://127.0.0.1:8000/graphql/", environment["HUB_URL"])

    answer = json.loads(run(["sh", "-c", there], EXAMPLES, {"TOKEN": environment["HUB_TOKEN"]}))

    assert len(answer["data"]["incidents"]["edges"]) == 3


def test_python(environment: dict[str, str]) -> None:
    assert names_two_incidents(run([sys.executable, "-W", "ignore", "python_gql.py"], EXAMPLES, environment))


def test_apollo_client(environment: dict[str, str]) -> None:
    node = require("node")
    install_packages()

    assert names_two_incidents(run([node, "apollo.mjs"], EXAMPLES, environment))


def test_relay_compiles_what_its_specifications_promise_and_fetches_it(environment: dict[str, str]) -> None:
    node = require("node")
    install_packages()
    relay = EXAMPLES / "relay"
    shutil.rmtree(relay / "__generated__", ignore_errors=True)
    (relay / "__generated__").mkdir()

    run([node, "../../node_modules/relay-compiler/cli.js"], relay)

    assert (relay / "__generated__" / "documentsMoreQuery.graphql.js").exists()
    assert (relay / "__generated__" / "documentsIncidentQuery.graphql.js").exists()
    assert names_two_incidents(run([node, "incidents.mjs"], relay, environment))


def test_go(environment: dict[str, str], tmp_path: Path) -> None:
    go = require("go")
    # Without a network: the example needs no module but Go's own.
    offline = {"GOPROXY": "off", "GOFLAGS": "-mod=mod", "GO111MODULE": "auto"}

    assert names_two_incidents(run([go, "run", "main.go"], EXAMPLES / "go", {**environment, **offline}))
