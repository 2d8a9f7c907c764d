from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from knowledge.postmortems.models.parts import PostmortemScoped
from knowledge.postmortems.models.postmortem import Postmortem


class Method(models.TextChoices):
    """How an analysis asks. Five Whys asks one question after another; Apollo asks for several causes of each effect.

    Apollo's rule (D. L. Gano, "Apollo Root Cause Analysis"): every effect has at least two causes, an action that
    happened and a condition that was there already, and every cause is an effect in its turn.
    """

    FIVE_WHYS = "five_whys", "Five Whys"
    APOLLO = "apollo", "Cause and effect"


class CauseRole(models.TextChoices):
    """What a cause is to its effect."""

    WHY = "why", "Why"
    ACTION = "action", "Action"
    CONDITION = "condition", "Condition"


class EvidenceKind(models.TextChoices):
    OBSERVATION = "observation", "Observation"
    METRIC = "metric", "Metric"
    LOG = "log", "Log"
    DOCUMENT = "document", "Document"
    STATEMENT = "statement", "Statement"
    TEST = "test", "Test"


class GapKind(models.TextChoices):
    DETECTION = "detection", "Detection"
    RECOVERY = "recovery", "Recovery"


class Analysis(PostmortemScoped):
    """One way of asking why it happened, as a graph of effects that begins with the primary one."""

    postmortem = models.ForeignKey(Postmortem, models.CASCADE, related_name="analyses")
    method = models.CharField(max_length=10, choices=Method)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("id",)
        verbose_name_plural = "analyses"
        constraints = (
            # What composite foreign keys of effects and links refer to.
            models.UniqueConstraint(fields=["id", "postmortem"], name="analysis_of_postmortem"),
            models.UniqueConstraint(fields=["id", "method"], name="analysis_method"),
        )

    def __str__(self) -> str:
        return f"{self.get_method_display()} of {self.postmortem_id}"


class Effect(PostmortemScoped):
    """Something that happened or was there, and has causes of its own: those named, or those still asked for.

    `is_open` is kept by the database: no causes are named (for Apollo: an action and a condition), and nobody said
    why the branch ends here. A published review has no open effect, which the database holds as well.
    """

    postmortem = models.ForeignKey(Postmortem, models.CASCADE, related_name="effects")
    analysis = models.ForeignKey(Analysis, models.CASCADE, related_name="effects")
    text = models.CharField(max_length=300)
    is_primary = models.BooleanField(default=False, help_text="What the analysis is about: where it begins")
    ended_because = models.CharField(max_length=300, blank=True, help_text="Why nobody asks further here")
    is_open = models.BooleanField(default=True, editable=False)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=["id", "analysis"], name="effect_of_analysis"),
            models.UniqueConstraint(fields=["id", "postmortem"], name="effect_of_postmortem"),
            models.UniqueConstraint(fields=["analysis"], name="effect_primary_once", condition=Q(is_primary=True)),
            models.CheckConstraint(name="effect_has_a_text", condition=~Q(text="")),
        )
        indexes = (models.Index(fields=["postmortem"], name="effect_open", condition=Q(is_open=True)),)

    def __str__(self) -> str:
        return self.text


class CausalLink(PostmortemScoped):
    """An effect has a cause, which is an effect of the same analysis. All links of an analysis have no cycle."""

    postmortem = models.ForeignKey(Postmortem, models.CASCADE, related_name="+")
    analysis = models.ForeignKey(Analysis, models.CASCADE, related_name="links")
    method = models.CharField(
        max_length=10, choices=Method, help_text="The analysis's, which says what roles there are"
    )
    effect = models.ForeignKey(Effect, models.CASCADE, related_name="causes")
    cause = models.ForeignKey(Effect, models.CASCADE, related_name="effects")
    role = models.CharField(max_length=10, choices=CauseRole)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=["effect", "cause"], name="link_once"),
            models.CheckConstraint(name="link_of_two_effects", condition=~Q(effect=F("cause"))),
            models.CheckConstraint(
                name="link_role_of_its_method",
                condition=Q(method="five_whys", role="why") | Q(method="apollo", role__in=["action", "condition"]),
            ),
            # A chain: each why has one answer, and each answer one why.
            models.UniqueConstraint(fields=["effect"], name="link_one_why_down", condition=Q(role="why")),
            models.UniqueConstraint(fields=["cause"], name="link_one_why_up", condition=Q(role="why")),
        )

    def __str__(self) -> str:
        return f"{self.effect_id} because of {self.cause_id}"


class Evidence(PostmortemScoped):
    """How it is known that an effect was so."""

    postmortem = models.ForeignKey(Postmortem, models.CASCADE, related_name="+")
    effect = models.ForeignKey(Effect, models.CASCADE, related_name="evidence")
    kind = models.CharField(max_length=12, choices=EvidenceKind, default=EvidenceKind.OBSERVATION)
    text = models.CharField(max_length=500)
    url = models.URLField(max_length=500, blank=True)

    class Meta:
        ordering = ("id",)
        verbose_name_plural = "evidence"
        constraints = (models.CheckConstraint(name="evidence_has_a_text", condition=~Q(text="")),)

    def __str__(self) -> str:
        return self.text


class Gap(PostmortemScoped):
    """What should have noticed it earlier, or should have ended it sooner, and was not there."""

    postmortem = models.ForeignKey(Postmortem, models.CASCADE, related_name="gaps")
    kind = models.CharField(max_length=10, choices=GapKind)
    text = models.CharField(max_length=500)
    minutes = models.PositiveIntegerField(null=True, blank=True, help_text="How long it took because of that")

    class Meta:
        ordering = ("kind", "id")
        constraints = (models.CheckConstraint(name="gap_has_a_text", condition=~Q(text="")),)

    def __str__(self) -> str:
        return self.text
