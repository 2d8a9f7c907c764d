"""Checks that every escalation moves, apart from what moves them, and says so outside.

While all is well an address outside the hub is called every minute (`HUB_HEARTBEAT_URL`); it raises the alarm when the
calls stay away, whatever they stay away for: a worker that is gone, a database that is gone, or steps that are late.
"""

from __future__ import annotations

import logging
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings

from hub.delivery.models import Message, MessageStatus
from hub.escalation import access, ticking
from hub.escalation.actions import start_runs
from hub.escalation.models import Policy, Run
from hub.incidents.models import Incident, Status
from hub.lib import clock
from hub.lib.errors import HubError
from hub.lib.identity import SYSTEM, acting_as

logger = logging.getLogger(__name__)

LATE: Final = timedelta(minutes=1)
"""How long after its time a step may come, or a page be tried, before that is a fault."""
BEHIND: Final = timedelta(days=1)
"""How far back incidents are looked at that should have runs."""
LOOKED_AT: Final = 200
"""How many of them at once."""
_PATIENCE: Final = 10.0


@dataclass(frozen=True)
class Findings:
    """What does not move: runs, pages, and incidents without the runs that their policy says."""

    runs: int
    pages: int
    incidents: tuple[int, ...]

    @property
    def is_well(self) -> bool:
        return not (self.runs or self.pages or self.incidents)

    def __str__(self) -> str:
        return (
            f"{self.runs} escalations and {self.pages} pages are late by more than {LATE.seconds} s;"
            f" {len(self.incidents)} incidents had no escalation"
        )


def audit() -> Findings:
    """Look, begin what is missing, and call the heartbeat's address if nothing was found."""
    findings = look()
    for incident_id in findings.incidents:
        try:
            start_runs(actor=SYSTEM, incident_id=incident_id)
        except HubError:
            logger.exception("The escalation of incident %s cannot begin", incident_id)
    if findings.is_well:
        beat()
    else:
        logger.error("%s", findings)
    return findings


def look() -> Findings:
    """What does not move now."""
    with acting_as(SYSTEM):
        time = ticking.read()
        runs = Run.objects.filter(ended_at=None, next_at__lt=time.now - LATE).count()
        waiting = Message.objects.filter(is_page=True, status=MessageStatus.QUEUED, due_at__lt=time.now - LATE)
        pages = waiting.filter(leased_until=None).count() + waiting.filter(leased_until__lt=time.now - LATE).count()
        now = clock.now()
        without = Incident.objects.filter(
            status=Status.DECLARED,
            is_quiet=False,
            escalations=None,
            declared_at__gt=now - BEHIND,
        ).select_related("unit")
        found = [each for each in without.order_by("pk")[:LOOKED_AT] if time.of(each.declared_at) <= time.now - LATE]
        policies = access.policies_of(SYSTEM, found)
        # Where no policy stands for a restricted one, those who are admitted are paged all the same.
        missing = tuple(
            each.pk
            for each in found
            if _is_missed(policies.get(each.pk), each) or (each.restricted and each.pk not in policies)
        )
        return Findings(runs, pages, missing)


def _is_missed(policy: Policy | None, incident: Incident) -> bool:
    """Whether the policy, as it was when the incident was declared, asks for a run."""
    if policy is None or policy.acknowledged_within is None:
        return False
    return policy.changed_at < incident.declared_at


def beat() -> None:
    """Say outside that all is well. That nobody listens there is logged, and no fault of the hub's."""
    address: str = settings.HEARTBEAT_URL
    if address == "":
        return
    try:
        with urllib.request.urlopen(urllib.request.Request(address, method="POST"), timeout=_PATIENCE):
            return
    except (urllib.error.URLError, OSError, ValueError) as error:
        logger.warning("The heartbeat's address does not answer: %s", type(error).__name__)
