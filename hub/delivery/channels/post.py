"""Sends a parcel by the channel that it names."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from queue import Empty, SimpleQueue
from typing import Any, Final

from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType, PersistentStoreMode
from apprise.plugins.email.base import NotifyEmail
from django.conf import settings

from hub.delivery.channels.email import SENDER, SILENCE, Mail
from hub.delivery.channels.outcome import Outcome, Parcel
from hub.delivery.channels.webhook import hook_at, names_of, post
from hub.delivery.models import Channel, ReceiptState
from hub.lib.standby import Standby

logger = logging.getLogger(__name__)

_MAIL_SCHEMES = ("mailto", "mailtos")
_SHORTEST_SECRET = 5
_PROVIDERS: Final = Standby("provider")
_MARKUP: Final = re.compile(r"[\\`*_\[\]~<>|]")
"""What Markdown reads as more than itself within a line."""


def send(parcel: Parcel, *, patience: timedelta) -> Outcome:
    """`hand_over`, and after `patience` at the latest what silence means."""
    answers: SimpleQueue[Outcome] = SimpleQueue()
    _PROVIDERS.do(lambda: answers.put(hand_over(parcel)))
    try:
        return answers.get(timeout=patience.total_seconds())
    except Empty:
        return silence(parcel, patience=patience)


def hand_over(parcel: Parcel) -> Outcome:
    """Hand the parcel to its provider, and say how that went. Raises nothing.

    It takes as long as the provider does: whoever has others to care for calls it in a thread of its own.
    """
    try:
        return _send_mail(parcel) if parcel.channel == Channel.EMAIL else _send_to_service(parcel)
    except Exception:
        logger.exception("A provider's library has failed")
        return Outcome(ReceiptState.DELAYED, "It could not be handed over.")


def silence(parcel: Parcel, *, patience: timedelta) -> Outcome:
    """What it means that the parcel's provider has not answered after `patience`."""
    if parcel.channel == Channel.EMAIL:
        return SILENCE
    return Outcome(
        ReceiptState.DELAYED, f"{_service_name(parcel)} did not accept it: no answer in {patience.total_seconds():g} s."
    )


def mail_problem() -> str:
    """Why no e-mail can be sent, in one sentence; empty when it can."""
    return _problem_with(settings.SMTP_URL)


@lru_cache(maxsize=16)
def _problem_with(address: str) -> str:
    if not address:
        return "No mail server is configured (HUB_SMTP_URL)."
    options = _mail_options(address)
    if options is None:
        return "HUB_SMTP_URL is not an apprise mail address such as mailtos://user:password@host:port?from=hub@host."
    try:
        NotifyEmail(**options, asset=_asset())  # type: ignore[no-untyped-call]
    except TypeError:
        return "HUB_SMTP_URL names no sender: add ?from= with an e-mail address."
    return ""


def _send_mail(parcel: Parcel) -> Outcome:
    options = _mail_options(settings.SMTP_URL)
    if options is None:
        return Outcome(ReceiptState.REFUSED, mail_problem())
    try:
        mail = Mail(parcel, _asset(), options)
    except ValueError:
        return Outcome(ReceiptState.REFUSED, "The e-mail address is not one.")
    return mail.hand_over()


def _send_to_service(parcel: Parcel) -> Outcome:
    hook = hook_at(parcel.address)
    outcome = post(hook, parcel, agent=SENDER) if hook is not None else None
    return outcome or _send_by_apprise(parcel)


def _send_by_apprise(parcel: Parcel) -> Outcome:
    service = Apprise.instantiate(parcel.address, asset=_asset(), suppress_exceptions=True)
    if service is None:
        return Outcome(ReceiptState.REFUSED, "The address is not one that apprise knows.")
    headers = getattr(service, "headers", None)
    if isinstance(headers, dict):
        # A webhook of somebody's own: they can tell a copy, as mail servers can, by the name that every attempt has.
        headers |= names_of(parcel)
    sender = Apprise(asset=_asset())
    sender.add(service)
    is_markdown = service.notify_format == NotifyFormat.MARKDOWN
    with sender.notify(
        title=_in_markdown(parcel.subject) if is_markdown else parcel.subject,
        body=_in_markdown(parcel.text) if is_markdown else parcel.text,
        body_format=NotifyFormat.MARKDOWN if is_markdown else NotifyFormat.TEXT,
        notify_type=NotifyType.WARNING if parcel.is_urgent else NotifyType.INFO,
    ) as result:
        if result:
            return Outcome(ReceiptState.SENT)
        said = [entry.message for entry in result.logs() if entry.level in ("WARNING", "ERROR")]
    reason = f"{service.service_name} did not accept it"
    return Outcome(
        ReceiptState.DELAYED, f"{reason}: {_without_secrets(said[-1], parcel.address)}" if said else f"{reason}."
    )


def _service_name(parcel: Parcel) -> str:
    service = Apprise.instantiate(parcel.address, asset=_asset(), suppress_exceptions=True)
    return str(service.service_name) if service is not None else "The service"


def _in_markdown(text: str) -> str:
    """The text for services that read Markdown. apprise would mask every character, also those of addresses: the link
    to acknowledge led nowhere then."""
    words = re.split(r"(https?://\S+)", text)
    return "".join(word if number % 2 else _MARKUP.sub(r"\\\g<0>", word) for number, word in enumerate(words))


def _asset() -> AppriseAsset:
    """How apprise behaves here: one try a call, nothing on disk, no templates in what people write."""
    return AppriseAsset(
        app_id=SENDER,
        app_desc=SENDER,
        app_url=settings.PUBLIC_URL,
        storage_mode=PersistentStoreMode.MEMORY,
        allow_templates=False,
        secure_logging=True,
        service_timeout=0,
        pgp_autogen=False,
        pem_autogen=False,
    )


@lru_cache(maxsize=16)
def _mail_options(address: str) -> Mapping[str, Any] | None:
    """What the hub's mail address says; None where it is missing or no mail address."""
    if address.partition("://")[0].lower() not in _MAIL_SCHEMES:
        return None
    options: dict[str, Any] | None = NotifyEmail.parse_url(address)  # type: ignore[no-untyped-call]
    return options


def _without_secrets(text: str, address: str) -> str:
    """`text` without any part of the address that might be one."""
    for part in sorted(re.split(r"[/:@?&=+#,]+", address), key=len, reverse=True):
        if len(part) >= _SHORTEST_SECRET:
            text = text.replace(part, "…")
    return text
