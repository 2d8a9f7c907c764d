"""Jobs of the search: the index follows what happens to reviews, their incidents, runbooks, problems and articles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hub.lib.identity import SYSTEM
from hub.lib.jobs import job, periodic_job
from knowledge.search import actions, elasticsearch
from knowledge.search.kinds import Kind


@job
def index_postmortem(*, postmortem_id: int, **others: Any) -> None:
    """Find the review as it is now, or find it no more."""
    actions.index_postmortem(actor=SYSTEM, postmortem_id=postmortem_id)


@job
def index_postmortem_of_incident(*, incident_id: int, **others: Any) -> None:
    """The same after a change of the incident's scope, which its review follows."""
    actions.index_postmortem_of(actor=SYSTEM, incident_id=incident_id)


@job
def index_runbook(*, runbook_id: int, **others: Any) -> None:
    """Find what is in force of the runbook now, or find it no more."""
    actions.index_records(actor=SYSTEM, kind=Kind.RUNBOOK, record_ids=[runbook_id])


@job
def index_problem(*, problem_id: int, **others: Any) -> None:
    """Find what is known of the problem now, or find it no more."""
    actions.index_records(actor=SYSTEM, kind=Kind.PROBLEM, record_ids=[problem_id])


@job
def index_article(*, article_id: int, **others: Any) -> None:
    """Find what the article says now, or find it no more."""
    actions.index_records(actor=SYSTEM, kind=Kind.ARTICLE, record_ids=[article_id])


@job
def tell_savers(*, document_ids: Sequence[int]) -> None:
    """Tell whoever keeps a search that these documents, which can be found now, match it."""
    actions.tell_savers(actor=SYSTEM, document_ids=document_ids)


@periodic_job("19 * * * *")
def catch_up(timestamp: int) -> None:
    """Bring in what a job missed, and what a new release has begun to index."""
    actions.catch_up(actor=SYSTEM)


@periodic_job("*/2 * * * *", one_at_a_time=True)
def renew(timestamp: int) -> None:
    """Index anew what an earlier release, or one with another model, has indexed: nobody has to think of it."""
    actions.renew(actor=SYSTEM)


@periodic_job("43 3 * * *", one_at_a_time=True)
def mend(timestamp: int) -> None:
    """Bring into Elasticsearch what it missed while it did not answer."""
    index = elasticsearch.configured()
    if index is not None:
        actions.mend(index, actor=SYSTEM)


@periodic_job("*/2 * * * *")
def expunge_deleted(timestamp: int) -> None:
    """Let what left a shelf of Elasticsearch leave its statistics, too: until then it bears on the order there."""
    index = elasticsearch.configured()
    if index is not None:
        index.expunge()
