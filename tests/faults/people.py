"""The people who act on the hub meanwhile: through its API, again and again where it does not answer."""

from __future__ import annotations

import json
import random
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any, Final

from tests.faults.plans import PLANS, Asked

DECLARE: Final = """mutation ($title: String!, $service: ID!) {
  declareIncident(input: {title: $title, serviceId: $service, severity: SEV3}) {
    __typename ... on Incident { id } } }"""
ACKNOWLEDGE: Final = """mutation ($id: ID!) {
  acknowledgeIncident(input: {incidentId: $id}) { __typename ... on MutationErrors { errors { code message } } } }"""
ESCALATE: Final = """mutation ($id: ID!) {
  escalateIncident(input: {incidentId: $id, reason: "It takes too long"}) {
    __typename ... on MutationErrors { errors { code message } } } }"""
CALL: Final = """mutation ($id: ID!, $tree: ID!) {
  activatePhoneTree(input: {incidentId: $id, treeId: $tree}) {
    __typename ... on MutationErrors { errors { code message } } } }"""
_ANSWER: Final = 10.0
"""Seconds that somebody waits for an answer."""


class NoAnswer(Exception):
    """Nobody knows whether it was done."""


@dataclass
class People:
    """Declares incidents, acknowledges some, escalates others, calls a phone tree for the rest, until it is stopped.

    Keeps what it asked for.
    """

    address: str
    token: str
    services: dict[str, str]
    tree: str
    dice: random.Random
    pause: float
    asked: list[Asked] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Begin, in threads of their own."""
        for work in (self._declare_all, self._act_all):
            thread = threading.Thread(target=work, name=work.__name__, daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """End it; returns when the last answer is known."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _declare_all(self) -> None:
        number = 0
        while not self._stop.wait(self.dice.uniform(0.5, 1.5) * self.pause):
            number += 1
            self._declare(number)

    def _declare(self, number: int) -> None:
        plan = self.dice.choice(PLANS)
        for attempt in range(100):
            # An attempt without an answer may have been heard: each is an incident of its own, if it is one.
            title, sent = f"Fault {number}.{attempt}", time.monotonic()
            try:
                answer = self._ask(DECLARE, title=title, service=self.services[plan.service])
            except NoAnswer:
                self.asked.append(Asked(title, plan, (sent, time.monotonic() + 1.0)))
                if self._stop.wait(0.5):
                    return
                continue
            declared = Asked(title, plan, (sent, time.monotonic()), id=answer["declareIncident"]["id"])
            self.asked.append(declared)
            return

    def _act_all(self) -> None:
        while not self._stop.wait(self.dice.uniform(0.5, 1.5) * self.pause * 3):
            mine = [each for each in self.asked if each.id and not (each.acknowledged or each.escalated or each.called)]
            if not mine:
                continue
            asked = self.dice.choice(mine[-40:])
            (document,) = self.dice.choices((ACKNOWLEDGE, ESCALATE, CALL), (6, 2, 2))
            sent = time.monotonic()
            while not self._do(document, asked.id) and not self._stop.wait(0.5):
                pass
            moment = (sent, time.monotonic() + 1.0 if self._stop.is_set() else time.monotonic())
            if document == ACKNOWLEDGE:
                asked.acknowledged = moment
            elif document == ESCALATE:
                asked.escalated = moment
            else:
                asked.called = moment

    def _do(self, document: str, incident: str) -> bool:
        """Whether it is done: also by an attempt before that was heard, though no answer came."""
        try:
            more = {"tree": self.tree} if document == CALL else {}
            (answer,) = self._ask(document, id=incident, **more).values()
        except NoAnswer:
            return False
        return bool(answer["__typename"] != "MutationErrors" or answer["errors"][0]["code"] == "CONFLICT")

    def _ask(self, document: str, **variables: str) -> dict[str, Any]:
        body = json.dumps({"query": document, "variables": variables}).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        request = urllib.request.Request(f"{self.address}/graphql/", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=_ANSWER) as response:
                answer = json.loads(response.read())
        except (OSError, ValueError) as error:
            raise NoAnswer(str(error)) from error
        if answer.get("data") is None:
            raise NoAnswer(str(answer))
        found: dict[str, Any] = answer["data"]
        return found
