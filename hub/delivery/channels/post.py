"""Sends a parcel by the channel that it names."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, Final

from apprise import Apprise, AppriseAsset, AppriseResult, NotifyFormat, NotifyType, PersistentStoreMode
from apprise.plugins.email.base import NotifyEmail
from django.conf import settings

from hub.delivery.channels.email import SENDER, Mail
from hub.delivery.channels.outcome import Outcome, Parcel
from hub.delivery.models import Channel, ReceiptState
from hub.lib.standby import Standby

logger = logging.getLogger(__name__)

_MAIL_SCHEMES = ("mailto", "mailtos")
_SHORTEST_SECRET = 5
_PROVIDERS: Final = Standby("provider")
_MARKUP: Final = re.compile(r"[\\`*_\[\]~<>|]")
"""What Markdown reads as more than itself within a line."""


def send(parcel: Parcel, *, patience: timedelta) -> Outcome:
    """Hand the parcel to its provider, and say after `patience` at the latest how that went. Raises nothing."""
    if parcel.channel == Channel.EMAIL:
        return _send_mail(parcel, patience)
    return _send_to_service(parcel, patience)


def mail_problem() -> str:
    """Why no e-mail can be sent, in one sentence; empty when it can."""
    if not settings.SMTP_URL:
        return "No mail server is configured (HUB_SMTP_URL)."
    options = _mail_options()
    if options is None:
        return "HUB_SMTP_URL is not an apprise mail address such as mailtos://user:password@host:port?from=hub@host."
    try:
        NotifyEmail(**options, asset=_asset())  # type: ignore[no-untyped-call]
    except TypeError:
        return "HUB_SMTP_URL names no sender: add ?from= with an e-mail address."
    return ""


def _send_mail(parcel: Parcel, patience: timedelta) -> Outcome:
    options = _mail_options()
    if options is None:
        return Outcome(ReceiptState.REFUSED, mail_problem())
    try:
        mail = Mail(parcel, _asset(), options)
    except ValueError:
        return Outcome(ReceiptState.REFUSED, "The e-mail address is not one.")
    _notify(mail, parcel, patience)
    return mail.outcome


def _send_to_service(parcel: Parcel, patience: timedelta) -> Outcome:
    service = Apprise.instantiate(parcel.address, asset=_asset(), suppress_exceptions=True)
    if service is None:
        return Outcome(ReceiptState.REFUSED, "The address is not one that apprise knows.")
    name = str(service.service_name)
    headers = getattr(service, "headers", None)
    if isinstance(headers, dict):
        # A webhook of somebody's own: they can tell a copy, as mail servers can, by the name that every attempt has.
        headers |= {"Idempotency-Key": str(parcel.key), "X-Hub-Attempt": str(parcel.attempt)}
    reason = f"{name} did not accept it"
    answer = _notify(service, parcel, patience)
    if answer is None:
        return Outcome(ReceiptState.DELAYED, f"{reason}: no answer in {patience.total_seconds():g} s.")
    with answer as result:
        if result:
            return Outcome(ReceiptState.SENT)
        said = [entry.message for entry in result.logs() if entry.level in ("WARNING", "ERROR")]
    return Outcome(
        ReceiptState.DELAYED, f"{reason}: {_without_secrets(said[-1], parcel.address)}" if said else f"{reason}."
    )


def _notify(service: Any, parcel: Parcel, patience: timedelta) -> AppriseResult | None:
    """What the service answered; None if nothing by then.

    In a thread of its own: those that apprise has are few, and shared by all. Providers that hang would hold them, and
    nobody else's be asked; here it holds its own until its connection is given up.
    """
    sender = Apprise(asset=_asset())
    sender.add(service)
    is_markdown = service.notify_format == NotifyFormat.MARKDOWN
    notify = partial(
        sender.notify,
        title=_in_markdown(parcel.subject) if is_markdown else parcel.subject,
        body=_in_markdown(parcel.text) if is_markdown else parcel.text,
        body_format=NotifyFormat.MARKDOWN if is_markdown else NotifyFormat.TEXT,
        notify_type=NotifyType.WARNING if parcel.is_urgent else NotifyType.INFO,
    )
    answers: SimpleQueue[AppriseResult | None] = SimpleQueue()
    _PROVIDERS.do(partial(_ask, notify, answers))
    try:
        return answers.get(timeout=patience.total_seconds())
    except Empty:
        return None


def _ask(notify: Callable[[], AppriseResult], answers: SimpleQueue[AppriseResult | None]) -> None:
    try:
        answers.put(notify())
    except Exception:
        logger.exception("A provider's library has failed")
        answers.put(None)


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


def _mail_options() -> dict[str, Any] | None:
    """What the hub's mail address says; None where it is missing or no mail address."""
    if settings.SMTP_URL.partition("://")[0].lower() not in _MAIL_SCHEMES:
        return None
    options: dict[str, Any] | None = NotifyEmail.parse_url(settings.SMTP_URL)  # type: ignore[no-untyped-call]
    return options


def _without_secrets(text: str, address: str) -> str:
    """`text` without any part of the address that might be one."""
    for part in sorted(re.split(r"[/:@?&=+#,]+", address), key=len, reverse=True):
        if len(part) >= _SHORTEST_SECRET:
            text = text.replace(part, "…")
    return text
