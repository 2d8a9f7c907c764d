"""What of a review leaves its unit: asked for, approved by two sides, and read at an address of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hub.lib.errors import Invalid
from hub.lib.identity import Actor
from hub.web.secret_addresses import kept_secret
from hub.web.signing_in import acting_page
from knowledge.postmortems import access, actions
from knowledge.postmortems import disclosures as door
from knowledge.postmortems.models import Disclosure, DisclosureState, Recipients
from knowledge.postmortems.prose import render as render_prose
from knowledge.postmortems.redaction import Finding

SIDES: Final = {name: side for side, name in door.SIDES.items()}


@dataclass(frozen=True)
class Shown:
    """A disclosure as the page shows it to somebody: what they may do, and what still tells of people."""

    disclosure: Disclosure
    html: SafeString
    left: tuple[Finding, ...]
    address: str
    may_approve: tuple[str, ...]
    may_end: bool


@require_http_methods(["GET", "POST"])
@acting_page
def disclosures(request: HttpRequest, actor: Actor, postmortem_id: int) -> HttpResponse:
    """A review's disclosures, and asking for one. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    review = access.postmortem_for(actor, postmortem_id)
    if request.method == "POST":
        said = request.POST
        recipients = said.get("recipients", "")
        if recipients not in Recipients.values:
            raise Invalid("Say whom it is for.", path=["recipients"])
        requested = actions.request_disclosure(
            actor=actor,
            postmortem_id=review.pk,
            recipients=Recipients(recipients),
            purpose=said.get("purpose", ""),
            title=said.get("title", ""),
            text=said.get("text", ""),
        )
        return redirect(door.page_of(requested))
    may_request = door.may_request(actor, review) and review.is_published
    context: dict[str, Any] = {
        "postmortem": review,
        "shown": [_shown(request, actor, each) for each in door.disclosures_of(actor, review)],
        "may_request": may_request,
        "recipients": Recipients.choices,
        "proposal": door.proposal_for(actor, review) if may_request and "new" in request.GET else None,
    }
    return render(request, "postmortems/disclosures.html", context)


@require_POST
@acting_page
def change(request: HttpRequest, actor: Actor, disclosure_id: int) -> HttpResponse:
    """Approve, decline or withdraw a disclosure. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    said = request.POST
    reason = said.get("reason", "")
    match said.get("do"):
        case name if name in SIDES:
            done = actions.approve_disclosure(actor=actor, disclosure_id=disclosure_id, side=SIDES[name])
        case "decline":
            done = actions.decline_disclosure(actor=actor, disclosure_id=disclosure_id, reason=reason)
        case "withdraw":
            done = actions.withdraw_disclosure(actor=actor, disclosure_id=disclosure_id, reason=reason)
        case _:
            raise Invalid("The form does not say what to do with the disclosure.", path=["do"])
    return redirect(door.page_of(done))


@require_GET
def released(request: HttpRequest, address: str) -> HttpResponse:
    """The released text, to whoever has its address: read only, to print, and nothing else. Raises `NotFound`."""
    found = door.released_at(address)
    return kept_secret(render(request, "postmortems/released.html", {"found": found, "html": render_prose(found.text)}))


def _shown(request: HttpRequest, actor: Actor, each: Disclosure) -> Shown:
    is_released = each.state == DisclosureState.RELEASED
    waits = [
        name
        for name, side in SIDES.items()
        if getattr(each, f"{name}_by_id") is None and door.may_approve(actor, each, side)
    ]
    return Shown(
        disclosure=each,
        html=render_prose(each.text),
        left=tuple(door.left_in(actor, each)) if each.is_open else (),
        address=request.build_absolute_uri(door.address_of(each)) if is_released else "",
        may_approve=tuple(waits) if each.is_open else (),
        may_end=(each.is_open and door.may_decline(actor, each)) or (is_released and door.may_withdraw(actor, each)),
    )
