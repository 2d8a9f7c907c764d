"""What `manage.py check`, and every process at its start, says about the hub's mail address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Warning, register

from hub.delivery.channels import mail_problem


@register("delivery")
def mail_address_can_be_used(app_configs: Sequence[AppConfig] | None, **more: Any) -> list[CheckMessage]:
    """An address that cannot work; having none is a choice."""
    problem = mail_problem() if settings.SMTP_URL else ""
    return [Warning(f"{problem} Messages stand in the inbox only.", id="delivery.W001")] if problem else []
