"""Replies by mail that acknowledge: the address that a page is answered at, and what a mail there says. Pure.

The address carries which message it was and whose, under the hub's signature, in letters that mail systems may turn
into small ones: no more than 48, so that with a short name before them they fit where 64 may stand (RFC 5321,
4.5.3.1.1).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from email.message import EmailMessage
from enum import StrEnum
from hmac import compare_digest
from typing import Final
from uuid import UUID

from django.conf import settings
from django.utils.crypto import salted_hmac
from django.utils.html import strip_tags

_SALT: Final = "hub.delivery.replies"
_SIGNED: Final = 10
_WORDS: Final = frozenset({"", "ack", "acknowledge", "acknowledged"})
_TOLD_IN: Final = ("X-Original-To", "Delivered-To", "Envelope-To", "X-Forwarded-To", "To", "Cc")
_TOKEN: Final = re.compile(r"\+([a-z2-7]{48})@", re.IGNORECASE)
_QUOTED: Final = re.compile(
    r"\A\s*(?:On|Am|Le|El|Il|Op|Em)\b.{5,400}?\b(?:wrote|schrieb|a écrit|escribió|ha scritto|schreef|escreveu)\b"
    r"[^\n]{0,120}:?\s*$",
    re.DOTALL | re.MULTILINE,
)
_BELOW: Final = re.compile(
    r"^(?:>|-- ?$|_{10,}|-{3,} ?(?:Original Message|Ursprüngliche Nachricht)|(?:From|Von|De|Da|Van): |"
    r"Sent from my |Von meinem .* gesendet|Get Outlook for )"
)
_AUTOMATIC: Final = re.compile(
    r"^(?:auto(?:matic)?[ -]?(?:reply|response)|automatische antwort|out of (?:the )?office|abwesenheit|"
    r"abwesend|réponse automatique|undeliver|delivery status)",
    re.IGNORECASE,
)


class Said(StrEnum):
    """What a reply says."""

    ACKNOWLEDGED = "acknowledged"
    SOMETHING_ELSE = "something else"
    BY_ITSELF = "an automatic answer"


def address_of(key: UUID, person_id: int) -> str:
    """Where the person's reply to the message with this key goes; empty where the hub takes no replies."""
    name, at, domain = settings.REPLY_ADDRESS.partition("@")
    if not at:
        return ""
    token = base64.b32encode(key.bytes + person_id.to_bytes(4, "big") + _signature(key, person_id))
    return f"{name}+{token.decode().lower()}@{domain}"


def read(address: str) -> tuple[UUID, int] | None:
    """The key of the message and the person that an address is for; None for any other and for a forged one."""
    found = _TOKEN.search(address)
    if found is None:
        return None
    raw = base64.b32decode(found[1].upper())
    key, person_id = UUID(bytes=raw[:16]), int.from_bytes(raw[16:20], "big")
    return (key, person_id) if compare_digest(raw[20:], _signature(key, person_id)) else None


def meant_in(mail: EmailMessage, recipients: Iterable[str] = ()) -> tuple[UUID, int] | None:
    """The message and the person that a mail answers, by whom it was handed in for (`recipients`) and its headers."""
    told = [*recipients, *(str(value) for name in _TOLD_IN for value in mail.get_all(name, []))]
    return next(filter(None, map(read, told)), None)


def said_in(mail: EmailMessage) -> Said:
    """What the mail says above what it quotes: an acknowledgement is “ack”, “acknowledge” or nothing.

    What was written by a program acknowledges nothing (RFC 3834, 2 and 5): an absence, a receipt, a mailing list.
    """
    if _is_by_itself(mail):
        return Said.BY_ITSELF
    line = next((line for line in _own_lines(mail) if line), "")
    return Said.ACKNOWLEDGED if line.casefold().strip(" .!“”\"'") in _WORDS else Said.SOMETHING_ELSE


def _is_by_itself(mail: EmailMessage) -> bool:
    submitted = str(mail.get("Auto-Submitted", "no")).partition(";")[0].strip().casefold()
    precedence = str(mail.get("Precedence", "")).strip().casefold()
    return (
        submitted != "no"
        or precedence in ("auto_reply", "bulk", "junk", "list")
        or any(name in mail for name in ("X-Autoreply", "X-Autorespond", "List-Id"))
        or str(mail.get("Return-Path", "")).strip() == "<>"
        or mail.get_content_type() == "multipart/report"
        or _AUTOMATIC.match(str(mail.get("Subject", "")).strip()) is not None
    )


def _own_lines(mail: EmailMessage) -> Iterator[str]:
    body = mail.get_body(("plain", "html"))
    if body is None:
        return
    text = str(body.get_content()).replace("\xa0", " ")
    if body.get_content_subtype() == "html":
        text = strip_tags(re.sub(r"(?i)<(?:br|/p|/div|/blockquote)[^>]*>", "\n", text.partition("<blockquote")[0]))
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if _BELOW.match(line.strip() + (" " if line.strip() == "--" else "")) or _QUOTED.match(
            "\n".join(lines[number : number + 4])
        ):
            return
        yield line.strip()


def _signature(key: UUID, person_id: int) -> bytes:
    return salted_hmac(_SALT, f"{key.hex}:{person_id}", algorithm="sha256").digest()[:_SIGNED]
