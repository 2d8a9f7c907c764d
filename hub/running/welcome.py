"""What a newcomer reads once the hub answers."""

from __future__ import annotations

import os
import sys

LOGINS = (
    ("coordinator", "the enterprise: every unit, side by side"),
    ("lead.emea", "a region: the units that work in Europe, the Middle East and Africa"),
    ("commander.payments", "a unit's incident commander: runs incidents of Payments"),
    ("responder.payments", "on call for Payments"),
    ("observer.retail", "reads along in Retail, changes nothing"),
    ("outsider.logistics", "someone from elsewhere: sees only Logistics"),
    ("admin.payments", "keeps people, services and rules of Payments (/admin/)"),
)
"""Demonstration logins, and whom each stands for."""


def welcome(address: str, password: str | None) -> str:
    """The text: the address and, with the demonstration's password, its logins and three things to try."""
    lines = ["", f"The hub is ready:  {address}", ""]
    if password is not None:
        width = max(len(name) for name, _ in LOGINS)
        lines += [f"Sign in as one of these; the password is  {password}", ""]
        lines += [f"  {name:<{width}}  {whom}" for name, whom in LOGINS]
        lines += [
            "",
            "Three things to try",
            "",
            "  1. Sign in as commander.payments, declare an incident, and open its page in a second browser as",
            "     responder.payments: what one does, the other sees at once. outsider.logistics sees none of it.",
            "  2. Send an alert of your own: this prints the address to send it to",
            f"       {_command()} source payments alertmanager trial",
            "  3. Sign in as coordinator, look at the overview, and search the knowledge for “expired certificate”.",
            "",
        ]
    lines += ["Ctrl-C stops everything; the data stays.", ""]
    return "\n".join(lines)


def _command() -> str:
    python = os.path.relpath(sys.executable)
    return f"{sys.executable if python.startswith('..') else python} manage.py"
