"""How I am reached: my contact methods in their order, what proves them, and when they are quiet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from hub.delivery import access, actions
from hub.delivery.models import ContactKind, ContactMethod
from hub.lib.errors import HubError, Invalid
from hub.lib.identity import Actor
from hub.lib.numbers import whole_number
from hub.web.signing_in import acting_page
from tenants import access as tenants

QUIET_NIGHT = [[day * 24 * 60 + 22 * 60, (day + 1) * 24 * 60 + 7 * 60] for day in range(7)]
"""Every night from 22:00 to 07:00, the quiet hours that the page offers; others by the API."""


class AddForm(forms.Form):
    """A new way to be reached."""

    kind = forms.ChoiceField(label="By", choices=ContactKind.choices)
    address = forms.CharField(
        label="Address",
        max_length=500,
        help_text="An e-mail address, or an apprise address: slack://… or mmosts://… for chat, twilio://… for"
        " SMS and the same with ?method=call for a call that is read out, jsons://… for a webhook.",
    )
    name = forms.CharField(label="What you call it", max_length=60, required=False)
    wait = forms.IntegerField(label="Minutes of silence until the next one", min_value=1, max_value=60, initial=5)


@require_http_methods(["GET", "POST"])
@acting_page
def methods(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The actor's methods, and what they do about them. Raises `NotFound`."""
    form, refusal = AddForm(), ""
    if request.method == "POST":
        try:
            do = request.POST.get("do", "")
            if do == "add":
                form = AddForm(request.POST)
                if form.is_valid():
                    data = form.cleaned_data
                    actions.add_contact_method(
                        actor=actor,
                        kind=ContactKind(data["kind"]),
                        address=data["address"],
                        name=data["name"],
                        wait=data["wait"],
                    )
                    return redirect("contact-methods")
            elif do == "phone":
                actions.set_phone_number(actor=actor, number=request.POST.get("number", ""))
                return redirect("contact-methods")
            else:
                _do(request, actor, do)
                return redirect("contact-methods")
        except HubError as error:
            refusal = error.message
    me = tenants.person_for(actor, actor.person_id or 0)
    phone = access.phone_numbers(actor, [me.pk]).get(me.pk, "")
    context = {
        "me": me,
        "phone": phone,
        "rows": list(map(_row, access.own_methods(actor))),
        "form": form,
        "refusal": refusal,
    }
    return render(request, "delivery/methods.html", context, status=422 if request.method == "POST" else 200)


def _do(request: HttpRequest, actor: Actor, do: str) -> None:
    method_id = whole_number(request.POST.get("id", "")) or 0
    method = access.own_method_for(actor, method_id)
    acts: dict[str, Callable[[], Any]] = {
        "verify": lambda: actions.verify_contact_method(
            actor=actor, method_id=method_id, code=request.POST.get("code", "")
        ),
        "again": lambda: actions.send_code_again(actor=actor, method_id=method_id),
        "up": lambda: actions.change_contact_method(
            actor=actor, method_id=method_id, position=_place(actor, method) - 1
        ),
        "quiet": lambda: actions.change_contact_method(
            actor=actor, method_id=method_id, quiet_hours=[] if method.quiet_hours else QUIET_NIGHT
        ),
        "remove": lambda: actions.remove_contact_method(actor=actor, method_id=method_id),
    }
    if do not in acts:
        raise Invalid("Nothing like that can be done here.")
    acts[do]()


def _place(actor: Actor, method: ContactMethod) -> int:
    return [each.pk for each in access.own_methods(actor)].index(method.pk) + 1


def _row(method: ContactMethod) -> dict[str, Any]:
    """What is shown of a method: of an address with secrets, its scheme alone."""
    shown = method.address
    if method.kind == ContactKind.ADDRESS:
        shown = f"{method.address.partition('://')[0]}://…"
    return {
        "method": method,
        "address": shown,
        "is_night": [list(pair) for pair in method.quiet_hours] == QUIET_NIGHT,
        "breaks": ", ".join(each.upper() for each in method.breaks_quiet),
        "severities": ", ".join(each.upper() for each in method.severities),
    }
