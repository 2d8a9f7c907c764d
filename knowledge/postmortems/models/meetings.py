from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from knowledge.postmortems.models.parts import PostmortemScoped
from knowledge.postmortems.models.postmortem import Postmortem


class MeetingState(models.TextChoices):
    PLANNED = "planned", "Planned"
    HELD = "held", "Held"
    CALLED_OFF = "called_off", "Called off"


class Answer(models.TextChoices):
    """What somebody says to an invitation."""

    WAITING = "waiting", "Has not answered"
    ACCEPTED = "accepted", "Comes"
    DECLINED = "declined", "Does not come"


class ReviewMeeting(PostmortemScoped):
    """People go through a review together. It is its unit's own, also where the enterprise reads the review.

    `sequence` counts what invitations have to say anew (RFC 5546, 2.1.4); a meeting that is over stays what it was,
    but for its record.
    """

    postmortem = models.ForeignKey(Postmortem, models.CASCADE, related_name="meetings")
    state = models.CharField(max_length=10, choices=MeetingState, default=MeetingState.PLANNED)
    starts_at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField(help_text="How long it takes")
    place = models.CharField(max_length=500, help_text="A room, or the address of a call")
    facilitator = models.ForeignKey("tenants.Person", models.PROTECT, related_name="+")
    sequence = models.PositiveIntegerField(default=0, help_text="Rises with each change that calendars must learn of")
    planned_at = models.DateTimeField()
    planned_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, blank=True, related_name="+")
    moved_at = models.DateTimeField(help_text="When its time was last settled")
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When it was recorded or called off")
    ended_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, blank=True, related_name="+")
    called_off_because = models.CharField(max_length=500, blank=True)
    note = models.TextField(blank=True, help_text="What was said, in Markdown")
    decisions = ArrayField(models.CharField(max_length=500), default=list, blank=True)

    class Meta:
        ordering = ("-starts_at", "-id")
        constraints = (
            models.UniqueConstraint(fields=["postmortem"], name="meeting_one_planned", condition=Q(state="planned")),
            models.UniqueConstraint(fields=["id", "postmortem"], name="meeting_of_postmortem"),
            models.CheckConstraint(name="meeting_takes_a_while", condition=Q(minutes__range=(5, 480))),
            models.CheckConstraint(name="meeting_is_somewhere", condition=~Q(place="")),
            models.CheckConstraint(
                name="meeting_state_has_its_time",
                condition=Q(state="planned", ended_at=None)
                | Q(state="held", ended_at__isnull=False)
                | (Q(state="called_off", ended_at__isnull=False) & ~Q(called_off_because="")),
            ),
        )
        indexes = (
            models.Index(fields=["postmortem", "-starts_at"], name="meeting_of_review"),
            models.Index(fields=["starts_at"], name="meeting_to_come", condition=Q(state="planned")),
        )

    def __str__(self) -> str:
        return f"review meeting {self.pk} of {self.postmortem_id}"

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def is_planned(self) -> bool:
        return self.state == MeetingState.PLANNED

    @property
    def is_address(self) -> bool:
        """Whether its place is the address of a call."""
        return self.place.startswith(("https://", "http://"))


class MeetingParticipant(PostmortemScoped):
    """Somebody is invited to a review meeting, answers, and came or did not."""

    postmortem = models.ForeignKey(Postmortem, models.CASCADE, related_name="+")
    meeting = models.ForeignKey(ReviewMeeting, models.CASCADE, related_name="participants")
    person = models.ForeignKey("tenants.Person", models.PROTECT, related_name="+")
    answer = models.CharField(max_length=8, choices=Answer, default=Answer.WAITING)
    answered_at = models.DateTimeField(null=True, blank=True)
    attended = models.BooleanField(null=True, help_text="Nothing before the meeting is recorded")

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=["meeting", "person"], name="participant_once"),
            models.CheckConstraint(
                name="participant_answered_has_its_time",
                condition=Q(answer="waiting", answered_at=None) | (~Q(answer="waiting") & Q(answered_at__isnull=False)),
            ),
        )

    def __str__(self) -> str:
        return f"{self.person_id} in {self.meeting_id}"
