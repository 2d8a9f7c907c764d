"""What a message says, once as plain text and once as HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from textwrap import fill
from typing import Any, Self

from django.conf import settings
from django.template.loader import render_to_string

from tenants.models import Person

_WIDTH = 76
_WIDEST_NAME = 30
LONGEST_SUBJECT = 300


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One message's content.

    Attributes:
        subject: one line; further white space is folded.
        reference: what it is about, in a word: PAY-142.
        path: where in the hub that is.
        lead: the first sentence: what this asks of the reader.
        headline: what it is about, in a line.
        facts: names and values, in the order of their weight; empty values are left out.
        sections: more names and values, each list below a heading of its own; names may be long.
        request: what to do now.
        because: why the reader was told.
        badge: a word before the headline, and its colour (`#rrggbb`, dark enough for white letters).
        acknowledge: where its reader says that they have it, without signing in; empty where nothing asks for that.
        calendar: an iCalendar object that goes with it by e-mail (`hub.delivery.invitations`); empty for none.
    """

    subject: str
    reference: str = ""
    path: str = "/"
    lead: str
    headline: str = ""
    facts: Sequence[tuple[str, str]] = ()
    sections: Sequence[tuple[str, Sequence[tuple[str, str]]]] = ()
    request: str = ""
    because: str = ""
    badge: tuple[str, str] | None = None
    acknowledge: str = ""
    calendar: str = ""

    @classmethod
    def of(cls, parts: Mapping[str, Any]) -> Self:
        """The letter that these are the `parts` of."""
        return cls(**parts)

    def parts(self) -> dict[str, Any]:
        """What it says, as data that JSON keeps; its calendar is kept beside it."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name != "calendar"}

    @property
    def subject_line(self) -> str:
        """The subject as a header can carry it."""
        line = " ".join(self.subject.split())
        return line if len(line) <= LONGEST_SUBJECT else f"{line[: LONGEST_SUBJECT - 1]}…"

    @property
    def link(self) -> str:
        """Where in the hub it is, as people reach it."""
        return f"{settings.PUBLIC_URL}{self.path}"

    @property
    def acknowledge_link(self) -> str:
        """Where its reader says that they have it."""
        return f"{settings.PUBLIC_URL}{self.acknowledge}"

    @property
    def reply_hint(self) -> str:
        """What a mail says besides, where replies come back to the hub."""
        return "\nOr reply “ack” to this mail." if settings.REPLY_ADDRESS else ""

    @property
    def known_facts(self) -> list[tuple[str, str]]:
        return [(name, value) for name, value in self.facts if value]

    def text(self) -> str:
        """The plain text."""
        headline = " ".join(filter(None, [f"[{self.badge[0]}]" if self.badge else "", self.reference, self.headline]))
        paragraphs = [
            fill(self.lead, _WIDTH),
            headline if self.headline else "",
            _in_text(self.known_facts),
            *(f"{heading}\n{_in_text(facts)}" for heading, facts in self.sections),
            fill(self.request, _WIDTH),
            self.link,
            f"Acknowledge without signing in:\n{self.acknowledge_link}{self.reply_hint}" if self.acknowledge else "",
            f"-- \n{fill(self.because, _WIDTH)}" if self.because else "",
        ]
        return "\n\n".join(filter(None, paragraphs)) + "\n"

    def html(self) -> str:
        """The HTML: one column without tables, readable with and without its styles, in light and in dark."""
        return render_to_string("delivery/letter.html", {"letter": self})


def _in_text(facts: Sequence[tuple[str, str]]) -> str:
    """Two columns; below each other where a long name would leave its value a narrow one."""
    width = max((len(name) for name, _ in facts), default=0)
    is_wide = width > _WIDEST_NAME
    return "\n".join(
        (f"{name}:\n" if is_wide else "")
        + fill(
            " ".join(value.split()),
            _WIDTH,
            initial_indent="  " if is_wide else f"{name + ':':<{width + 1}} ",
            subsequent_indent="  " if is_wide else " " * (width + 2),
            break_long_words=False,
            break_on_hyphens=False,
        )
        for name, value in facts
    )


def way_in_letter(person: Person, path: str) -> Letter:
    """What takes somebody who was added, or who has forgotten their password, to where they choose one."""
    is_new = not person.has_usable_password()
    return Letter(
        subject="You have an account in the incident hub" if is_new else "Choose a new password for the incident hub",
        path=path,
        lead=(
            f"{person.name}, you have an account in the incident hub. You sign in as {person.username}."
            if is_new
            else f"Somebody asked for a new password for {person.username} in the incident hub."
        ),
        request=f"Choose your password here. The address holds for {'three days' if is_new else 'an hour'}, and once.",
        because=(
            "An administrator of your unit added you."
            if is_new
            else "If it was not you, do nothing: your password stays as it is. Nobody else has this address."
        ),
    )


def discreet_letter(*, reference: str, path: str, acknowledge: str = "") -> Letter:
    """What leaves the hub about something restricted: its reference and the way there, and nothing else."""
    return Letter(
        subject=f"{reference} needs you",
        reference=reference,
        path=path,
        lead=f"{reference} needs you. It is restricted: what it is about stands in the hub alone.",
        request="Open it there to read more and to acknowledge.",
        acknowledge=acknowledge,
    )
