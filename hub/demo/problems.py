"""The demonstration's problems: known errors with workarounds, some being looked into, and some that are over."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import reduce
from operator import or_
from typing import Final

from django.db.models import Q

from hub.demo.organisation import Organisation
from hub.demo.reading import read_content
from hub.incidents.models import Incident
from hub.lib import clock
from knowledge.problems.models import Problem, ProblemIncident

MOST_INCIDENTS: Final = 6
OVER: Final = ("resolved", "dropped")


def load_problems(organisation: Organisation) -> None:
    """Write them with the incidents that each is behind, past the actions."""
    numbers: Counter[str] = Counter()
    now = clock.now()
    for age, each in enumerate(read_content("problems.yaml")["problems"]):
        numbers[each["unit"]] += 1
        opened = now - timedelta(days=40 + 17 * age)
        is_over = each["state"] in OVER
        problem = Problem.objects.create(
            unit=organisation.units[each["unit"]],
            number=numbers[each["unit"]],
            shared=each.get("shared", False),
            title=each["title"],
            symptoms=each["symptoms"],
            root_cause=each.get("root_cause", ""),
            workaround=each.get("workaround", ""),
            service=organisation.services.get(each.get("service", "")),
            cause=organisation.causes.get(each.get("cause", "")),
            failure_mode=organisation.failure_modes.get(each.get("failure_mode", "")),
            owner=organisation.people[each["owner"]],
            state=each["state"],
            outcome=each.get("outcome", ""),
            opened_at=opened,
            opened_by=organisation.people[each["owner"]],
            known_at=opened + timedelta(days=6) if each.get("workaround") else None,
            ended_at=opened + timedelta(days=30) if is_over else None,
            edited_at=opened + timedelta(days=30 if is_over else 6),
        )
        _link(problem, each["titles"])


def _link(problem: Problem, titles: list[str]) -> None:
    if not titles:
        return
    alike = reduce(or_, (Q(title__icontains=words) for words in titles))
    found = Incident.objects.filter(alike, service=problem.service, restricted=False, status="closed")
    ProblemIncident.objects.bulk_create(
        ProblemIncident(
            problem=problem,
            problem_unit_id=problem.unit_id,
            shared=problem.shared,
            incident=incident,
            unit_id=incident.unit_id,
            linked_at=problem.edited_at,
            linked_by=problem.owner,
        )
        for incident in found.order_by("-declared_at")[:MOST_INCIDENTS]
    )
