"""The hub from inside: for every page that names something, the addresses of what its reader sees.

What is hidden is asked for by `addresses`, and answers alike since it is not there. Here the reader stands in a room of
theirs, in whose unit something is hidden: beside it, behind it, linked to it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from itertools import product
from random import Random
from typing import Any, Final, TypeAlias

from django.apps import apps
from django.contrib import admin
from django.db.models import Case, F, IntegerField, Value, When
from django.urls import reverse

from hub.delivery import answering
from hub.delivery.models import Message
from hub.lib import clock
from hub.lib.identity import Actor, acting_as
from hub.oncall.models import CalendarLink
from hub.reach.models import TreeRun
from knowledge.articles.models import TrainingDuty
from tenants.models import Person
from tests.tenancy.addresses import CALENDAR_KEY, PAGES, base_of, entries, of_model
from tests.tenancy.paths import OBJECT, Request

NEWEST: Final = 40
Finds: TypeAlias = Callable[["Inside"], list[Any]]
"""Finds what a part of an address may be, the best first."""


@dataclass(frozen=True)
class Inside:
    """A reader, and the unit in which they look first.

    Attributes:
        random: which of what they see to look at; the first of it without.
        most: how many addresses to make of a pattern.
    """

    actor: Actor
    unit_id: int | None = None
    random: Random | None = None
    most: int = 1

    def rows(self, label: str, column: str = "pk") -> list[Any]:
        """Some of the newest rows of a table that the reader sees, those of the unit first."""
        model = apps.get_model(label)
        found = model._default_manager.all()
        if any(each.name == "unit" for each in model._meta.get_fields()):
            first = Case(When(unit=self.unit_id, then=Value(0)), default=Value(1), output_field=IntegerField())
            found = found.order_by(first, F("pk").desc())
        else:
            found = found.order_by("-pk")
        with acting_as(self.actor):
            seen = list(found.values_list(column, flat=True)[:NEWEST])
        return seen[: self.most] if self.random is None else self.random.sample(seen, min(self.most, len(seen)))


def settle(reader: Person) -> None:
    """What nobody has in the demonstration, and the reader has in both worlds: a calendar's address, and a message.

    Written as whoever writes past the policies.
    """
    now = clock.now()
    CalendarLink.objects.create(
        owner=reader, digest=hashlib.sha256(CALENDAR_KEY.encode()).digest(), hint="world", created_at=now
    )
    Message.objects.create(
        dedupe_key="world", person=reader, subject="World", text="World", is_page=True, created_at=now, due_at=now
    )


def _of(label: str, column: str = "pk") -> Finds:
    return lambda inside: inside.rows(label, column)


def _always(*values: Any) -> Finds:
    return lambda inside: list(values)


def _mine(inside: Inside) -> list[Any]:
    """What is asked of the reader themselves."""
    with acting_as(inside.actor):
        found = TrainingDuty.objects.filter(person=inside.actor.person_id or 0).order_by("pk")
        return list(found.values_list("pk", flat=True)[: inside.most])


def _links(inside: Inside) -> list[Any]:
    """What stands in the addresses by which the reader acknowledges what they were told."""
    person_id = inside.actor.person_id or 0
    with acting_as(inside.actor):
        found = Message.objects.filter(person=person_id).order_by("-pk")
        keys = list(found.values_list("key", flat=True)[: inside.most])
    return [answering.path_of(key, person_id).rsplit("/", 1)[1] for key in keys]


PARTS: Final[dict[str, Finds]] = {
    "reference": _of("incidents.Incident", "reference"),
    "slug": _of("tenants.BusinessUnit", "slug"),
    "schedule_id": _of("oncall.Schedule"),
    "policy_id": _of("escalation.Policy"),
    "tree_id": _of("reach.PhoneTree"),
    "drill_id": _of("reach.Drill"),
    "window_id": _of("incidents.MaintenanceWindow"),
    "postmortem_id": _of("postmortems.Postmortem"),
    "problem_id": _of("problems.Problem"),
    "runbook_id": _of("runbooks.Runbook"),
    "article_id": _of("articles.Article"),
    "training_id": _of("articles.Training"),
    "duty_id": _mine,
    "name": _always("lessons"),
    "key": _always(CALENDAR_KEY),
    "code": _always("482913507"),
    "token": _links,
}
"""What each part of an address names, by the name that patterns give it."""


def _runs(inside: Inside) -> list[tuple[Any, ...]]:
    """Phone trees at work for incidents that the reader sees, each with its incident's reference."""
    with acting_as(inside.actor):
        found = TreeRun.objects.filter(incident__isnull=False).order_by("-pk")
        return list(found.values_list("incident__reference", "pk")[: inside.most])


TOGETHER: Final[dict[str, Callable[[Inside], list[tuple[Any, ...]]]]] = {
    "phone-tree-run": _runs,
    "service": lambda inside: [(slug,) for slug in inside.rows("catalog.Service", "slug")],
}
"""Pages whose address names things that belong together, or others than its parts' names say, and what stands in it."""


def pages(inside: Inside, wanted: Container[str] = PAGES) -> Iterator[tuple[str, str]]:
    """The name and an address of every wanted page that names something, for what the reader sees."""
    for _, entry in entries():
        parts = entry.pattern.converters
        if not parts or entry.name not in PAGES or entry.name not in wanted:
            continue
        together = TOGETHER.get(entry.name)
        for values in together(inside) if together else product(*(PARTS[part](inside) for part in parts)):
            yield entry.name, reverse(entry.name, kwargs=dict(zip(parts, values, strict=True)))


def administration(inside: Inside) -> Iterator[tuple[str, str]]:
    """The same of the tenant admin, which has its pages by its registry."""
    for model in admin.site._registry:
        for page, names_one in of_model(model):
            what = page.rstrip("/").rpartition("/")[2]
            if names_one and what != OBJECT:
                for key in inside.rows(model._meta.label):
                    yield f"{what} {model._meta.label_lower}", f"/{base_of(model)}{key}/{what}/"


def requests(inside: Inside, *, with_admin: bool) -> list[Request]:
    """All of them."""
    named = [*pages(inside), *((f"admin {name}", path) for name, path in administration(inside) if with_admin)]
    return [Request(f"inside {name}", path) for name, path in named]
