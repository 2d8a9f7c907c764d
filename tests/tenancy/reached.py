"""Who is reached about a hidden incident: messages, escalation, phone trees, and what is proposed above it."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from hub.delivery.invitations import Invitation, calendar_of
from hub.delivery.letters import Letter
from hub.delivery.models import Channel, Message, Receipt, ReceiptState
from hub.escalation.chains import Chain, Step, to_json
from hub.escalation.models import (
    Outcome,
    Page,
    Policy,
    PolicyStep,
    Run,
    RunStep,
    ServicePolicy,
    StepTarget,
    TargetKind,
    Trigger,
)
from hub.incidents.models import (
    EscalationProposal,
    Incident,
)
from hub.lib import clock
from hub.reach.models import Call, PhoneTree, TreePlace, TreeRun
from tenants.models import (
    Person,
)
from tests.tenancy.hidden import Hidden, somebody, word
from tests.tenancy.rooms import scope_of


def write_messages(incident: Incident, hidden: Hidden, blind: Person | None, random: Random) -> None:
    person = blind if blind is not None and incident.restricted else somebody(random)
    if not incident.restricted:
        person = Person.objects.get(username="world.narrow")
    message = Message.objects.create(
        dedupe_key=word(random) + str(incident.pk),
        person=person,
        reference=incident.reference,
        subject=word(random),
        text=word(random),
        letter=Letter(subject=word(random), lead=word(random), headline=word(random)).parts(),
        calendar=_invitation(random, incident),
        is_page=True,
        created_at=incident.declared_at,
        due_at=incident.declared_at,
        **scope_of(incident),
    )
    hidden.note("Message", message)
    receipt = Receipt.objects.create(
        message=message,
        person=person,
        channel=Channel.IN_APP,
        number=0,
        state=ReceiptState.DELIVERED,
        at=incident.declared_at,
        **scope_of(incident),
    )
    hidden.note("Receipt", receipt)
    # A page at night: one that no figure of somebody's nights may count, or one of somebody whose turns few see.
    at_night = Message.objects.create(
        dedupe_key=f"{word(random)} {incident.pk}",
        person=Person.objects.get(username="world.away") if incident.restricted else person,
        reference=incident.reference,
        subject=word(random),
        text=word(random),
        calendar=_invitation(random, incident),
        is_page=True,
        created_at=(clock.now() - timedelta(days=1)).replace(hour=23, minute=30),
        due_at=incident.declared_at,
        **scope_of(incident),
    )
    hidden.note("Message", at_night)


def _invitation(random: Random, incident: Incident) -> str:
    """A meeting about it, as calendars are told."""
    return calendar_of(
        Invitation(
            uid=f"{incident.pk}@example.org",
            sequence=0,
            stamp=incident.declared_at,
            starts_at=incident.declared_at,
            ends_at=incident.declared_at,
            summary=word(random),
            description=word(random),
            place=word(random),
            url="https://example.org/",
            organizer="Somebody",
        )
    )


def write_phone_tree(random: Random, incident: Incident, hidden: Hidden) -> None:
    """Whom a phone tree calls for the incident."""
    tree = PhoneTree.objects.create(unit=incident.unit, name=word(random), changed_at=incident.declared_at)
    if not incident.restricted:
        hidden.note("PhoneTree", tree)
        place = TreePlace.objects.create(tree=tree, unit=incident.unit, person=somebody(random), position=1)
        hidden.note("PhoneTreePlace", place)
    else:
        PhoneTree.objects.filter(pk=tree.pk).update(name=f"Tree {tree.pk}", retired_at=incident.declared_at)
    run = TreeRun.objects.create(
        tree=tree, name=word(random), wait=timedelta(minutes=5), began_at=incident.declared_at, **scope_of(incident)
    )
    hidden.note("PhoneTreeRun", run)
    message = Message.objects.get(pk=hidden.ids["Message"][0])
    call = Call.objects.create(
        run=run,
        person=message.person,
        position=1,
        code_digest=word(random),
        called_at=incident.declared_at,
        **scope_of(incident),
    )
    hidden.note("PhoneTreeCall", call)


def write_escalation(random: Random, incident: Incident, hidden: Hidden) -> None:
    """What pages whom for the incident; and, where its unit is hidden, the policy by which it is done."""
    at = incident.declared_at
    policy = None
    if not incident.restricted:
        scope = {"unit_id": incident.unit_id}
        policy = Policy.objects.create(name=word(random), changed_at=at, **scope)
        hidden.note("EscalationPolicy", policy)
        step = PolicyStep.objects.create(policy=policy, position=1, **scope)
        hidden.note("EscalationStep", step)
        target = StepTarget.objects.create(step=step, kind=TargetKind.PERSON, person=somebody(random), **scope)
        hidden.note("EscalationTarget", target)
        if incident.service is not None:
            ServicePolicy.objects.update_or_create(service=incident.service, defaults={"policy": policy, **scope})
    run = Run.objects.create(
        policy=policy,
        trigger=Trigger.NOT_ACKNOWLEDGED,
        chain=to_json(_chain(word(random))),
        position=1,
        began_at=at,
        counts_from=at,
        next_at=at,
        for_admitted=incident.restricted,
        **scope_of(incident),
    )
    hidden.note("EscalationRun", run)
    taken = RunStep.objects.create(
        run=run, round=0, position=0, outcome=Outcome.PAGED, note=word(random), due_at=at, at=at, **scope_of(incident)
    )
    message = Message.objects.get(pk=hidden.ids["Message"][0])
    page = Page.objects.create(
        taken=taken,
        run=run,
        person=message.person,
        kind=TargetKind.ADMITTED if incident.restricted else TargetKind.PERSON,
        because=word(random),
        message=message,
        **scope_of(incident),
    )
    hidden.note("EscalationRunStep", taken)
    hidden.note("EscalationPage", page)


def _chain(policy: str) -> Chain:
    """One step that was taken, and another that reaches nobody."""
    step = Step(timedelta(), ())
    return Chain(policy, {}, (step, step), repeats=0, repeat_after=timedelta())


def write_proposal(random: Random, incident: Incident, hidden: Hidden) -> None:
    """That its unit's criteria are met by it, for whoever commands there."""
    if incident.restricted:
        return
    proposal = EscalationProposal.objects.create(
        unit_id=incident.unit_id,
        trigger=incident,
        incident_ids=[incident.pk],
        criterion="severity",
        reason=word(random),
        answer=word(random),
        proposed_at=incident.declared_at,
    )
    hidden.note("EscalationProposal", proposal)
