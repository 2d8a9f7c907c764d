from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from tenants.models.people import Person
from tenants.models.units import BusinessUnit


class TermKind(models.TextChoices):
    SEVERITY = "severity", "Severity"
    INCIDENT_TYPE = "incident_type", "Incident type"
    CAUSE = "cause", "Cause"
    FAILURE_MODE = "failure_mode", "Failure mode"
    DOMAIN = "domain", "Domain"
    IMPACT = "impact", "Impact"


class TermRelation(models.TextChoices):
    EQUAL = "equal", "Means the same"
    NARROWER = "narrower", "Is a part of it"
    BROADER = "broader", "Covers more than it"
    OVERLAPPING = "overlapping", "Overlaps it"


class Term(models.Model):
    """A word of the taxonomy: global when it has no unit, otherwise that unit's own."""

    kind = models.CharField(max_length=20, choices=TermKind)
    key = models.SlugField(max_length=60)
    name = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    unit = models.ForeignKey(BusinessUnit, models.CASCADE, null=True, blank=True, related_name="terms")
    rank = models.SmallIntegerField(default=0, help_text="Orders terms of a kind; for severities, 1 is the gravest")
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("kind", "rank", "name")
        constraints = (
            models.UniqueConstraint(fields=["unit", "kind", "key"], nulls_distinct=False, name="term_once_a_unit"),
            # What a unit's mappings refer to, so that none maps another unit's term.
            models.UniqueConstraint(fields=["id", "unit"], name="term_of_unit"),
        )

    def __str__(self) -> str:
        """What the reader calls it, where it was read for one (`tenants.access.called`); its own name otherwise."""
        return self.__dict__.get("label") or self.name

    @property
    def is_global(self) -> bool:
        return self.unit_id is None


class TaxonomyVersion(models.Model):
    """A published state of the global terms; `TermEdition` keeps what each term said in it."""

    number = models.PositiveIntegerField(unique=True)
    summary = models.CharField(max_length=300)
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("-number",)

    def __str__(self) -> str:
        return f"Taxonomy {self.number}"


class TermEdition(models.Model):
    """What a global term said from a version on, until a later edition."""

    term = models.ForeignKey(Term, models.CASCADE, related_name="editions")
    version = models.ForeignKey(TaxonomyVersion, models.PROTECT, related_name="editions")
    name = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    rank = models.SmallIntegerField(default=0)
    is_retired = models.BooleanField(default=False)

    class Meta:
        ordering = ("-version", "term")
        constraints = (models.UniqueConstraint(fields=["term", "version"], name="edition_once_a_version"),)

    def __str__(self) -> str:
        return f"{self.name} in {self.version_id}"


class ProposedChange(models.TextChoices):
    ADD = "add", "Add a term"
    CHANGE = "change", "Change a term"
    RETIRE = "retire", "Retire a term"


class ProposalState(models.TextChoices):
    WAITING = "waiting", "Waits for a second steward"
    APPROVED = "approved", "Approved, not yet published"
    REJECTED = "rejected", "Rejected"
    WITHDRAWN = "withdrawn", "Withdrawn"
    PUBLISHED = "published", "Published"


class TermProposal(models.Model):
    """What somebody wants changed in the global terms. A steward who did not propose it decides."""

    change = models.CharField(max_length=8, choices=ProposedChange)
    term = models.ForeignKey(Term, models.PROTECT, null=True, blank=True, related_name="proposals")
    kind = models.CharField(max_length=20, choices=TermKind)
    key = models.SlugField(max_length=60)
    name = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    rank = models.SmallIntegerField(default=0)
    successor = models.ForeignKey(
        Term, models.PROTECT, null=True, blank=True, related_name="+", help_text="What to map to when it is retired"
    )
    reason = models.CharField(max_length=500)
    unit = models.ForeignKey(
        BusinessUnit, models.PROTECT, null=True, blank=True, related_name="+", help_text="The unit that asks for it"
    )
    state = models.CharField(max_length=10, choices=ProposalState, default=ProposalState.WAITING)
    proposed_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=500, blank=True, help_text="What was said to the decision")
    version = models.ForeignKey(TaxonomyVersion, models.PROTECT, null=True, blank=True, related_name="proposals")

    class Meta:
        ordering = ("-proposed_at", "-id")
        constraints = (
            models.CheckConstraint(name="proposal_has_its_term", condition=Q(change="add") | Q(term__isnull=False)),
            models.CheckConstraint(
                name="proposal_decided_by_a_second",
                condition=~Q(state__in=["approved", "rejected", "published"])
                | (Q(decided_by__isnull=False) & ~Q(decided_by=F("proposed_by"))),
            ),
            models.CheckConstraint(
                name="proposal_published_in_a_version",
                condition=Q(state="published", version__isnull=False)
                | (~Q(state="published") & Q(version__isnull=True)),
            ),
            # By unit: a refusal would tell a unit what another one has proposed.
            models.UniqueConstraint(
                fields=["kind", "key", "unit"],
                condition=Q(state__in=["waiting", "approved"]),
                nulls_distinct=False,
                name="one_open_proposal_a_unit",
            ),
            models.UniqueConstraint(
                fields=["kind", "key"], condition=Q(state="approved"), name="one_approved_proposal_a_term"
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_change_display()}: {self.name}"


class MappingVersion(models.Model):
    """One change of what a unit's terms mean in global ones: all that was said at once, numbered from 1.

    Only a version that says so (`restates_from`) reaches back: it changes what the figures of that past say, and the
    figures of before are still had by asking for what was known before `published_at`.
    """

    unit = models.ForeignKey(BusinessUnit, models.CASCADE, related_name="mapping_versions")
    number = models.PositiveIntegerField()
    reason = models.CharField(max_length=300, blank=True)
    restates_from = models.DateTimeField(null=True, blank=True, help_text="From when on it changes the past")
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("unit", "-number")
        constraints = (
            models.UniqueConstraint(fields=["unit", "number"], name="mapping_version_once_a_unit"),
            models.UniqueConstraint(fields=["id", "unit"], name="mapping_version_of_unit"),
        )

    def __str__(self) -> str:
        return f"Mapping {self.number}"


class TermMapping(models.Model):
    """What a unit says its term means in global ones, from a moment on. Appended, never changed.

    Of all that was said about a term up to then, what the highest version says holds, if it reaches the moment asked
    about (`tenants.resolution`). Without a target it says that the term means no global one from then on.
    """

    local = models.ForeignKey(Term, models.CASCADE, related_name="mappings")
    unit = models.ForeignKey(BusinessUnit, models.CASCADE, related_name="+")
    version = models.ForeignKey(MappingVersion, models.CASCADE, related_name="mappings")
    target = models.ForeignKey(Term, models.PROTECT, null=True, blank=True, related_name="+")
    relation = models.CharField(max_length=12, choices=TermRelation, null=True, blank=True)
    strength = models.DecimalField(max_digits=3, decimal_places=2, default=1, help_text="How surely, from 0.01 to 1")
    valid_from = models.DateTimeField()

    class Meta:
        ordering = ("local", "-version", "-valid_from")
        constraints = (
            models.UniqueConstraint(fields=["local", "version"], name="mapping_once_a_version"),
            models.CheckConstraint(
                name="mapping_strength_is_a_share", condition=Q(strength__gt=0) & Q(strength__lte=1)
            ),
            models.CheckConstraint(
                name="mapping_relates_to_its_target",
                condition=Q(target__isnull=True, relation__isnull=True)
                | Q(target__isnull=False, relation__in=["equal", "narrower", "broader", "overlapping"]),
            ),
            models.CheckConstraint(name="mapping_equal_is_certain", condition=~Q(relation="equal") | Q(strength=1)),
        )

    def __str__(self) -> str:
        return f"{self.local_id} {self.relation} {self.target_id}"


class TermName(models.Model):
    """What a term is called in a language: by everybody, or by one unit in its own words."""

    term = models.ForeignKey(Term, models.CASCADE, related_name="names")
    unit = models.ForeignKey(BusinessUnit, models.CASCADE, null=True, blank=True, related_name="+")
    language = models.CharField(max_length=16, help_text="BCP 47 tag, such as de or pt-br")
    name = models.CharField(max_length=100)

    class Meta:
        ordering = ("term", "language", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["term", "unit", "language"], nulls_distinct=False, name="term_name_once_a_language"
            ),
            models.CheckConstraint(name="term_name_is_not_empty", condition=~Q(name="")),
        )

    def __str__(self) -> str:
        return self.name
