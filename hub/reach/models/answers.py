from __future__ import annotations

from django.db import models


class WrongCode(models.Model):
    """A code that nobody was given, so that guesses are limited. Only `app.answered_code` has these rows."""

    guesser = models.CharField(max_length=64, help_text="A digest of whose guess it was")
    at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        indexes = (models.Index(fields=["guesser", "at"], name="reach_wrong_codes"),)

    def __str__(self) -> str:
        return f"{self.guesser[:8]} at {self.at:%H:%M:%S}"
