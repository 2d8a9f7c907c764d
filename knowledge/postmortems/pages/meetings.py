"""A review's meetings and its signatures: planned, answered, recorded; signed, refused, settled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods, require_POST

from hub.lib import clock
from hub.lib.errors import Invalid, NotFound
from hub.lib.identity import Actor
from hub.lib.numbers import whole_number
from hub.web.signing_in import acting_page
from knowledge.postmortems import access, actions, agenda, signing
from knowledge.postmortems import meetings as door
from knowledge.postmortems.models import Answer, MeetingParticipant, Postmortem, ReviewMeeting
from knowledge.postmortems.pages.writing import moment_of
from knowledge.postmortems.prose import render as render_prose
from tenants import access as tenants
from tenants.models import ReviewSigner

USUAL_MINUTES: Final = 60


@dataclass(frozen=True)
class Shown:
    """A meeting as the page shows it to somebody: what they said to it, and what they may do."""

    meeting: ReviewMeeting
    html: SafeString
    invited: tuple[MeetingParticipant, ...]
    mine: MeetingParticipant | None
    may_change: bool
    may_record: bool

    @property
    def coming(self) -> int:
        return sum(each.answer == Answer.ACCEPTED for each in self.invited)


@require_http_methods(["GET", "POST"])
@acting_page
def meetings(request: HttpRequest, actor: Actor, postmortem_id: int) -> HttpResponse:
    """A review's meetings and signatures; `?plan` has the form of a new one open, `?change` that of the planned one.

    Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`.
    """
    review = access.postmortem_for(actor, postmortem_id)
    if request.method == "POST":
        actions.plan_review_meeting(actor=actor, postmortem_id=review.pk, **_said(request, actor))
        return redirect(door.page_of(review.pk))
    if not access.reads_drafts(actor, review):
        raise NotFound("review meeting")
    may_plan = door.may_plan(actor, review)
    shown = [_shown(actor, each, may_plan) for each in door.meetings_of(actor, review)]
    planned = next((each for each in shown if each.meeting.is_planned), None)
    context: dict[str, Any] = {
        "postmortem": review,
        "shown": shown,
        "planned": planned,
        "topics": agenda.agenda(actor, review) if planned is not None or "plan" in request.GET else (),
        "may_plan": may_plan,
        "sign_off": signing.sign_off(actor, review),
        "said": [each for each in signing.signatures_of(actor, review) if not each.holds],
        "form": None,
    }
    if may_plan and planned is None and "plan" in request.GET:
        context["form"] = _form(actor, review, None)
    elif planned is not None and planned.may_change and "change" in request.GET:
        context["form"] = _form(actor, review, planned.meeting)
    return render(request, "postmortems/meetings.html", context)


@require_POST
@acting_page
def meeting(request: HttpRequest, actor: Actor, meeting_id: int) -> HttpResponse:
    """Change a meeting, call it off, answer its invitation or record it.

    Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`.
    """
    found = door.meeting_for(actor, meeting_id)
    said = request.POST
    match said.get("do"):
        case "change":
            actions.change_review_meeting(actor=actor, meeting_id=meeting_id, **_said(request, actor))
        case "call_off":
            actions.call_off_review_meeting(actor=actor, meeting_id=meeting_id, reason=said.get("reason", ""))
        case "accept":
            actions.answer_invitation(actor=actor, meeting_id=meeting_id, answer=Answer.ACCEPTED)
        case "decline":
            actions.answer_invitation(actor=actor, meeting_id=meeting_id, answer=Answer.DECLINED)
        case "record":
            came = [key for key in map(whole_number, said.getlist("attended")) if key]
            actions.record_review_meeting(
                actor=actor,
                meeting_id=meeting_id,
                attended_ids=[*came, *_named(actor, said.get("others", ""))],
                note=said.get("note", ""),
                decisions=said.get("decisions", "").splitlines(),
            )
        case _:
            raise Invalid("The form does not say what to do with the meeting.", path=["do"])
    return redirect(door.page_of(found.postmortem_id))


@require_POST
@acting_page
def sign(request: HttpRequest, actor: Actor, postmortem_id: int) -> HttpResponse:
    """Sign the review for a role, or refuse to. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    review = access.postmortem_for(actor, postmortem_id)
    said = request.POST
    version = whole_number(said.get("version", ""), digits=9)
    if said.get("role") not in ReviewSigner.values or version is None:
        raise Invalid("The form does not say for which role you sign which version.", path=["role"])
    stands: dict[str, Any] = {"postmortem_id": review.pk, "role": ReviewSigner(said["role"]), "version": version}
    if said.get("do") == "refuse":
        actions.refuse_signature(actor=actor, reason=said.get("reason", ""), **stands)
    else:
        actions.sign_postmortem(actor=actor, **stands)
    return redirect(f"{door.page_of(review.pk)}#signatures")


@require_POST
@acting_page
def settle(request: HttpRequest, actor: Actor, signature_id: int) -> HttpResponse:
    """Say how a refusal was settled. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    settled = actions.settle_refusal(actor=actor, signature_id=signature_id, answer=request.POST.get("answer", ""))
    return redirect(f"{door.page_of(settled.postmortem_id)}#signatures")


def _shown(actor: Actor, each: ReviewMeeting, may_plan: bool) -> Shown:
    invited = tuple(each.participants.all())
    return Shown(
        meeting=each,
        html=render_prose(each.note),
        invited=invited,
        mine=next((one for one in invited if one.person_id == actor.person_id), None),
        may_change=may_plan and each.is_planned,
        may_record=each.starts_at <= clock.now() and each.state != "called_off" and door.may_record(actor, each),
    )


def _form(actor: Actor, review: Postmortem, changing: ReviewMeeting | None) -> dict[str, Any]:
    """What the form of a meeting offers: who should come, and who is invited by now."""
    offered = {each.person.pk: (each.person, each.why) for each in door.proposed(actor, review)}
    invited: set[int] = set(offered)
    if changing is not None:
        invited = {each.person_id for each in changing.participants.all()}
        offered |= {
            each.person_id: (each.person, "is invited")
            for each in changing.participants.all()
            if each.person_id not in offered
        }
    facilitator = changing.facilitator if changing is not None else tenants.person_for(actor, actor.person_id or 0)
    return {
        "changing": changing,
        "offered": [
            {"person": person, "why": why, "is_invited": key in invited} for key, (person, why) in offered.items()
        ],
        "facilitator": facilitator.username,
        "minutes": changing.minutes if changing is not None else USUAL_MINUTES,
        "place": changing.place if changing is not None else "",
        "starts_at": timezone.localtime(changing.starts_at) if changing is not None else None,
        "candidates": access.candidates(actor, review),
    }


def _said(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    """What the form of a meeting says; its time is in the zone of the person."""
    said = request.POST
    minutes = whole_number(said.get("minutes", ""), digits=4)
    if minutes is None:
        raise Invalid("Say how many minutes it takes.", path=["minutes"])
    facilitator = said.get("facilitator", "").strip()
    if not facilitator:
        raise Invalid("Say who facilitates it.", path=["facilitatorId"])
    invited = [key for key in map(whole_number, said.getlist("invited")) if key]
    return {
        "starts_at": moment_of(request, "starts_at", "Say when it begins: a day and a time."),
        "minutes": minutes,
        "place": said.get("place", ""),
        "facilitator_id": _named(actor, facilitator, "facilitatorId")[0],
        "participant_ids": list(dict.fromkeys([*invited, *_named(actor, said.get("others", ""))])),
    }


def _named(actor: Actor, usernames: str, field: str = "participantIds") -> list[int]:
    """The ids of people by their usernames, with commas or spaces between them."""
    found = []
    for number, name in enumerate(usernames.replace(",", " ").split()):
        try:
            found.append(tenants.person_named(actor, name).pk)
        except NotFound as error:
            raise error.at(field, str(number)) from None
    return found
