"""A compiled statement shows nothing that its reader may not see, and holds nothing that its writer has put in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.graphql.compiler.plans import Plans
from hub.graphql.compiler.reasons import NotCompiled
from hub.graphql.documents import Asked, prepare
from hub.graphql.schema import schema
from hub.incidents.models import Incident, IncidentPersonGrant
from hub.lib.identity import Actor
from tenants.models import Person
from tests.conftest import seeding
from tests.graphql.compiler.both import as_the_hub_answers
from tests.graphql.compiler.generating import Known, operations
from tests.graphql.compiler.test_equal_answers import OPERATIONS, everything
from tests.graphql.test_fuzzing import documents
from tests.graphql.worlds import full_world

__all__ = ["full_world"]

CANARY = "xylograph"
MARK = "zymurgy'; --"

WITHOUT_GRANT = ("coordinator", "commander.payments", "outsider.logistics", "lead.emea")


@pytest.fixture
def hidden(full_world: None) -> Incident:
    """An incident of Payments with a review and alerts, that is restricted now; only `security` has a grant."""
    with seeding():
        incident = Incident.objects.filter(unit__slug="payments", restricted=False).latest("declared_at")
        Incident.objects.filter(pk=incident.pk).update(restricted=True, title=CANARY, summary=CANARY)
        security = Person.objects.get(username="security")
        sight = Permission.objects.get(codename="view_restricted", content_type__app_label="incidents")
        IncidentPersonGrant.objects.create(content_object=incident, user=security, permission=sight)
        return incident


@pytest.mark.django_db
def test_a_restricted_incident_is_in_no_answer_to_those_without_a_grant(
    actor: Callable[[str], Actor], hidden: Incident
) -> None:
    named = f'{{ incident(reference: "{hidden.reference}") {{ title }} }}'
    listed = '{ incidents(filters: {text: "xylo"}) { totalCount edges { node { title } } } }'
    asked = [named, listed, *OPERATIONS, *everything()]

    answers = {username: [as_the_hub_answers(actor(username), each) for each in asked] for username in WITHOUT_GRANT}
    granted = [as_the_hub_answers(actor("security"), each) for each in (named, listed)]

    for username, those in answers.items():
        assert [body for body, _ in those if CANARY.encode() in body] == [], username
        assert {reason for _, reason in those[: 2 + len(OPERATIONS)]} == {None}, username
    assert all(CANARY.encode() in body and reason is None for body, reason in granted)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(operation=operations(Known([MARK], {"Incident": [MARK]}, {})))
@pytest.mark.django_db
def test_no_value_stands_in_a_statement(operation: object) -> None:
    asked = Asked(operation.text, None, operation.variables)  # type: ignore[attr-defined]

    try:
        statement = Plans().ready(schema, asked).plan.statement
    except NotCompiled:
        return

    assert "zymurgy" not in statement


@settings(max_examples=80, deadline=None)
@given(
    text=documents | st.sampled_from(["{ nothing }", "{ incidents { edges { node { secret } } } }", "{ a: viewer }"])
)
@pytest.mark.django_db
def test_what_is_not_valid_is_never_compiled(text: str) -> None:
    prepared = prepare(schema, text)
    if prepared.document is not None and not prepared.errors:
        return

    plans = Plans()
    with pytest.raises(NotCompiled):
        plans.ready(schema, Asked(text))

    assert len(plans) == 0
