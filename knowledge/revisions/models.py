"""What every kind of revised texts is in the database: a text, what it says and said, and what holds for both."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from hub.lib import clock


class State(StrEnum):
    """Where a revision stands. Each kind has these as the choices of its revisions, with words of its own."""

    PROPOSED = "proposed"
    CURRENT = "current"
    SUPERSEDED = "superseded"
    DECLINED = "declined"


OF_A_TEXT: Final[tuple[models.BaseConstraint, ...]] = (
    models.UniqueConstraint(fields=["unit", "number"], name="%(class)s_number"),
    # What revisions' composite foreign keys refer to.
    models.UniqueConstraint(fields=["id", "unit", "shared"], name="%(class)s_scope"),
    models.UniqueConstraint(F("unit"), Lower("title"), name="%(class)s_once", condition=Q(retired_at__isnull=True)),
    models.CheckConstraint(name="%(class)s_has_a_title", condition=~Q(title="")),
    models.CheckConstraint(
        name="%(class)s_retired_says_why", condition=Q(retired_at__isnull=True) | ~Q(retired_because="")
    ),
)
"""What holds for every text; its kind says more of what is current."""


class RevisedText(models.Model):
    """A text of a unit that says what its current revision says.

    Its unit reads all of its revisions; of a `shared` one the whole enterprise reads what is or was current.
    """

    shared = models.BooleanField(default=False, help_text="Whether the whole enterprise reads it")
    title = models.CharField(max_length=200)
    failure_mode = models.ForeignKey("tenants.Term", models.PROTECT, null=True, blank=True, related_name="+")
    checked_at = models.DateTimeField(null=True, blank=True, help_text="When it was last approved or confirmed")
    check_due_at = models.DateTimeField(null=True, blank=True, help_text="From when on it is stale")
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_because = models.CharField(max_length=500, blank=True)
    written_at = models.DateTimeField()
    written_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, blank=True, related_name="+")
    version = models.PositiveIntegerField(default=1)
    edited_at = models.DateTimeField()

    # Each kind's own, since what they are called by others and in words differs.
    unit: Any
    unit_id: int
    number: Any
    service: Any
    owner: Any
    check_days: Any
    owner_id: int | None
    current: Any
    current_id: int | None
    revisions: Any

    class Meta:
        abstract = True
        ordering = ("title", "id")
        constraints = OF_A_TEXT
        indexes = (
            models.Index("unit", "title", name="%(class)s_of_unit"),
            models.Index("failure_mode", name="%(class)s_of_failure_mode"),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def is_in_use(self) -> bool:
        """Whether a revision was approved, and it is not retired."""
        return self.current_id is not None and self.retired_at is None

    @property
    def is_stale(self) -> bool:
        """Whether it is in use and nobody has looked for too long whether it still holds."""
        return self.is_in_use and self.check_due_at is not None and self.check_due_at < clock.now()


CURRENT_IS_CHECKED = Q(current__isnull=True) | Q(checked_at__isnull=False, check_due_at__isnull=False)
"""What is in use was looked at, and is to be looked at again."""

SHARED_IS_CURRENT = Q(shared=False) | Q(current__isnull=False)
"""What the enterprise reads was approved."""


class TextRevision(models.Model):
    """What a text says, or is proposed to say: never changed once it was decided."""

    unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    reason = models.CharField(max_length=500, help_text="What it changes and why")
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, blank=True, related_name="+")
    decision = models.CharField(max_length=500, blank=True, help_text="What the decider said")

    # Each kind's own, since their words differ: the text's `shared`, where it stands, and the review it comes from.
    shared: Any
    state: Any
    unit_id: int
    proposed_by_id: int | None
    decided_by_id: int | None
    postmortem: Any
    postmortem_id: int | None
    get_state_display: Any

    class Meta:
        abstract = True
        ordering = ("-number", "-id")


DECIDED_HAS_ITS_TIME = Q(state="proposed", decided_at__isnull=True) | (
    ~Q(state="proposed") & Q(decided_at__isnull=False)
)

APPROVED_BY_ANOTHER = (
    ~Q(state__in=["current", "superseded"])
    | Q(proposed_by__isnull=True)
    | Q(decided_by__isnull=True)
    | ~Q(decided_by=F("proposed_by"))
)
"""Nobody approves what they wrote."""
