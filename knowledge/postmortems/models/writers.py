from __future__ import annotations

from django.db import models

from knowledge.postmortems.models.parts import PostmortemScoped
from knowledge.postmortems.models.postmortem import WRITTEN, Postmortem


class Writer(PostmortemScoped):
    """Somebody writes in a section at this moment. It holds for some seconds, and what is older is swept away.

    A row, so that the policies that hide the review hide who writes in it, in whichever process either of them is.
    """

    postmortem = models.ForeignKey(Postmortem, models.CASCADE, related_name="writers")
    person = models.ForeignKey("tenants.Person", models.CASCADE, related_name="+")
    section = models.CharField(max_length=12, choices=[(name, name) for name in WRITTEN])
    at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=["postmortem", "person"], name="writer_once"),)

    def __str__(self) -> str:
        return f"{self.person_id} in {self.section} of {self.postmortem_id}"
