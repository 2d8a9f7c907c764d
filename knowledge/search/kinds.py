"""The kinds of knowledge."""

from __future__ import annotations

from django.db import models


class Kind(models.TextChoices):
    """What a document is. The values are the columns that lead to the piece itself."""

    POSTMORTEM = "postmortem", "Post-mortem"
    RUNBOOK = "runbook", "Runbook"
    PROBLEM = "problem", "Known error"
    ARTICLE = "article", "Article"
