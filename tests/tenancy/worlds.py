"""What is hidden in a world: rows of every kind that somebody may not see, each with a canary in its words.

A world is the demonstration organisation. Its twin has the same rows and, beside them, those that `hide` writes. What
is hidden is drawn: how many, of which unit, in which state, with which grants.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from hub.alerts.models import AlertSource, AlertSourceKey
from hub.lib import clock
from tenants.models import BusinessUnit, Person
from tests.conftest import seeding
from tests.tenancy import lessons, private, reached, rooms
from tests.tenancy.hidden import Hidden, secret
from tests.tenancy.readers import Actors
from tests.tenancy.words import fill


def hide(random: Random, *, unit: BusinessUnit, restricted: bool, actors: Actors, blind: Person | None) -> Hidden:
    """Write what is hidden from `blind`: an incident with all that can belong to one, and what its unit keeps private.

    Args:
        unit: whose it is; one that `blind` does not view, unless `restricted`.
        restricted: whether it is hidden by need to know, and not by its unit alone.
    """
    with seeding():
        hidden = Hidden()
        incident = rooms.write_incident(random, unit, restricted, blind)
        hidden.note("Incident", incident)
        hidden.references.append(incident.reference)
        rooms.write_grants(random, incident, actors, hidden, blind)
        rooms.write_room(random, incident, hidden)
        rooms.write_alerts(incident, hidden)
        lessons.write_review(random, incident, hidden, blind)
        lessons.write_problems(random, incident, hidden)
        lessons.write_runbooks(random, incident, hidden)
        lessons.write_articles(random, incident, hidden)
        reached.write_messages(incident, hidden, blind, random)
        rooms.write_bridge(incident, hidden)
        rooms.write_fields(random, incident, hidden)
        reached.write_escalation(random, incident, hidden)
        reached.write_phone_tree(random, incident, hidden)
        reached.write_proposal(random, incident, hidden)
        if not restricted:
            private.write_unit(random, unit, hidden)
        fill(random, hidden)
        return hidden


def source_for_worlds() -> AlertSource:
    """A source that both worlds have, with keys of every kind: that one exists is no secret."""
    now = clock.now()
    ended = now - timedelta(hours=1)
    with seeding():
        source = _source("world source", now)
        former = _source("world former source", now, revoked_at=ended)
        closed = _source("world closed source", now)
        Person.objects.filter(pk=closed.account_id).update(is_active=False)
        for name, of, until in (
            ("", source, None),
            ("ended", source, ended),
            ("former", former, None),
            ("closed", closed, None),
        ):
            AlertSourceKey.objects.create(
                source=of,
                unit_id=of.unit_id,
                digest=secret(f"source {name}"),
                hint="zqx0",
                created_at=now,
                ends_at=until,
            )
        return source


def _source(name: str, now: datetime, **more: Any) -> AlertSource:
    account = Person.objects.create(username=name.replace(" ", "."), name=name.capitalize(), is_service=True)
    return AlertSource.objects.create(
        unit=BusinessUnit.objects.get(slug="cloud"),
        kind="alertmanager",
        name=name,
        account=account,
        service_labels=["service"],
        created_at=now,
        **more,
    )
