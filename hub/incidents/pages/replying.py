"""The door through which a mail provider hands in what people reply to pages: the mail as it came, by POST."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from hub.incidents.actions.replying import receive_reply

LARGEST: Final = 2_000_000
"""Bytes. A reply that acknowledges is short; attachments are nothing that the hub keeps."""


@csrf_exempt
@require_POST
def receive(request: HttpRequest, secret: str) -> HttpResponse:
    """Take one mail, as RFC 5322 has it. `?recipient=` says for whom, if the provider knows it.

    What acknowledges nothing is answered with 200 too: a provider would hand it in again and again.
    """
    expected = settings.INBOUND_MAIL_SECRET
    if not expected or not constant_time_compare(secret, expected):
        return _told("There is nothing here.", 404)
    try:
        if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST:
            return _told(f"A mail has at most {LARGEST} bytes.", 413)
        mail = request.body
    except (RequestDataTooBig, ValueError):
        return _told(f"A mail has at most {LARGEST} bytes.", 413)
    return _told(receive_reply(mail=mail, recipients=request.GET.getlist("recipient")[:20]).value, 200)


def _told(words: str, status: int) -> HttpResponse:
    return HttpResponse(f"{words}\n", status=status, content_type="text/plain; charset=utf-8")


receive.manages_identity = True  # type: ignore[attr-defined]
