from __future__ import annotations

from django.db import models
from django.db.models import Q

from hub.incidents.models import EntryKind
from knowledge.postmortems.models.postmortem import WRITTEN, Postmortem


class PostmortemScoped(models.Model):
    """A row of a review: beside its parent it carries the parent's scope, kept equal by composite foreign keys."""

    unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, related_name="+")
    incident = models.ForeignKey("incidents.Incident", models.PROTECT, null=True, blank=True, related_name="+")
    restricted = models.BooleanField(default=False)
    shared = models.BooleanField(default=False)

    class Meta:
        abstract = True


class ContributingCause(PostmortemScoped):
    """A cause, in the taxonomy's terms, that made it possible, likelier or worse."""

    postmortem = models.ForeignKey(Postmortem, models.CASCADE, related_name="contributing_causes")
    term = models.ForeignKey("tenants.Term", models.PROTECT, related_name="+")

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=["postmortem", "term"], name="contributing_once"),)
        indexes = (models.Index(fields=["term", "postmortem"], name="contributing_of_term"),)

    def __str__(self) -> str:
        return f"{self.term_id} contributed to {self.postmortem_id}"


class PostmortemMoment(PostmortemScoped):
    """A moment of the review's own timeline: drafted from the incident's, then the authors' to mend or leave out."""

    postmortem = models.ForeignKey(Postmortem, models.CASCADE, related_name="moments")
    at = models.DateTimeField()
    kind = models.CharField(max_length=12, choices=EntryKind, default=EntryKind.NOTE)
    text = models.CharField(max_length=500)

    class Meta:
        ordering = ("at", "id")
        indexes = (models.Index(fields=["postmortem", "at", "id"], name="moment_in_order"),)
        constraints = (models.CheckConstraint(name="moment_has_a_text", condition=~Q(text="")),)

    def __str__(self) -> str:
        return self.text[:80]


class PostmortemRevision(PostmortemScoped):
    """What a section, or the title, said before the change that made `version`. Written by the database itself."""

    postmortem = models.ForeignKey(Postmortem, models.CASCADE, related_name="revisions")
    section = models.CharField(max_length=12, choices=[(name, name) for name in WRITTEN])
    body = models.TextField(blank=True)
    version = models.PositiveIntegerField()
    replaced_at = models.DateTimeField()
    replaced_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("version", "id")
        constraints = (
            models.UniqueConstraint(fields=["postmortem", "section", "version"], name="revision_once_a_version"),
        )

    def __str__(self) -> str:
        return f"{self.section} of {self.postmortem_id} before version {self.version}"
