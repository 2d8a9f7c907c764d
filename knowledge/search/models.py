from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Case, F, Q, When
from django.db.models.functions import Lower

from knowledge.search.filters import Filters
from knowledge.search.kinds import Kind
from knowledge.search.shelves import SHARED

SHELF: Final = Case(
    When(published_at__isnull=True, then=None),
    When(restricted=True, then=-F("incident_id")),
    When(shared=True, then=SHARED),
    default=F("unit_id"),
    output_field=models.BigIntegerField(),
)


if TYPE_CHECKING:
    TextualField: TypeAlias = models.Field[str | None, str | None]
else:
    TextualField = models.Field


class BitsField(TextualField):
    """A fixed number of bits, as a text of zeros and ones."""

    def __init__(self, *args: Any, bits: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.bits = bits

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "bits": self.bits}

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return f"bit({self.bits})"


class Document(models.Model):
    """What the index knows of a piece of knowledge: its scope, its facets and its text as plain words.

    The scope columns follow the piece itself through composite foreign keys, and the shelf follows from them, so
    whoever loses sight of the piece loses sight of this row, and of its words, in the same statement. A piece that is
    no longer published leaves its row behind without a shelf: a tombstone, whose version tells later from earlier.
    """

    kind = models.CharField(max_length=12, choices=Kind)
    postmortem = models.OneToOneField("postmortems.Postmortem", models.CASCADE, null=True, related_name="+")
    runbook = models.OneToOneField("runbooks.Runbook", models.CASCADE, null=True, related_name="+")
    problem = models.OneToOneField("problems.Problem", models.CASCADE, null=True, related_name="+")
    article = models.OneToOneField("articles.Article", models.CASCADE, null=True, related_name="+")
    unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, related_name="+")
    incident = models.ForeignKey("incidents.Incident", models.PROTECT, null=True, related_name="+", db_index=False)
    restricted = models.BooleanField(default=False)
    shared = models.BooleanField(default=False)
    service = models.ForeignKey("catalog.Service", models.PROTECT, null=True, related_name="+", db_index=False)
    causes = ArrayField(models.BigIntegerField(), default=list, help_text="Global terms: what all readers know")
    failure_mode = models.BigIntegerField(null=True, help_text="Likewise")
    tags = ArrayField(
        models.TextField(), null=True, help_text="Folded; none at all where it was indexed before there were any"
    )
    published_at = models.DateTimeField(null=True)
    record_version = models.PositiveIntegerField(default=0, help_text="The piece's own version when it was indexed")
    version = models.PositiveIntegerField(default=0, help_text="Counts the changes of what is indexed")
    digest = models.CharField(max_length=32, blank=True, help_text="Of what is indexed, to tell a change")
    edition = models.CharField(
        max_length=40, blank=True, default="", db_default="", help_text="How: see knowledge/search/edition.py"
    )
    length = models.PositiveIntegerField(default=0, help_text="The sum of its words' weights")
    folded = models.TextField(blank=True, help_text="All plain words in order, a space around each")
    vectors = models.BinaryField(default=b"", help_text="What it means: see knowledge/search/meaning.py")
    fine_vectors = models.BinaryField(
        null=True, help_text="The same by a neural network, where that is switched on: see knowledge/search/minilm.py"
    )
    signature = BitsField(bits=256, null=True, help_text="The signs of its whole text's vector")
    told_on = models.BigIntegerField(null=True, help_text="The shelf on which searches that people keep last met it")
    shelf = models.GeneratedField(expression=SHELF, output_field=models.BigIntegerField(null=True), db_persist=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["id", "shelf"], name="document_on_shelf"),
            models.CheckConstraint(
                name="document_is_of_exactly_one_kind",
                condition=Q(kind="postmortem", postmortem__isnull=False, runbook=None, problem=None, article=None)
                | Q(kind="runbook", runbook__isnull=False, postmortem=None, problem=None, article=None)
                | Q(kind="problem", problem__isnull=False, postmortem=None, runbook=None, article=None)
                | Q(kind="article", article__isnull=False, postmortem=None, runbook=None, problem=None),
            ),
            models.CheckConstraint(
                name="document_restricted_by_incident", condition=Q(restricted=False) | Q(incident__isnull=False)
            ),
        )
        indexes = (
            # How long documents are is read from this index alone.
            models.Index(
                fields=["shelf"], include=["id", "length"], name="document_lengths", condition=Q(shelf__isnull=False)
            ),
            # What is to be indexed anew is looked for often, and mostly is nothing.
            models.Index(fields=["edition"], name="document_edition", condition=Q(shelf__isnull=False)),
            # What is near a query is found by this index alone.
            models.Index(
                fields=["shelf"],
                include=["id", "signature"],
                name="document_meaning",
                condition=Q(shelf__isnull=False, signature__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.record_id}"

    @property
    def record_id(self) -> int:
        """The piece's own id, among those of its kind."""
        key: int = getattr(self, f"{self.kind}_id")
        return key


class Word(models.Model):
    """A word that stands in some document, and the term that it is found by. Readers ask through functions only."""

    id = models.AutoField(primary_key=True)
    word = models.CharField(max_length=110, unique=True, db_collation="C")
    term = models.CharField(max_length=110, db_collation="C")

    class Meta:
        indexes = (models.Index(fields=["term"], name="word_of_term"),)

    def __str__(self) -> str:
        return self.word


class Posting(models.Model):
    """A word stands in a document, and how much it says about it: its count, each by the weight of its field.

    Weights are in hundredths, so that they add up to the same in any order, and rankings with them.
    """

    pk = models.CompositePrimaryKey("word", "shelf", "document")
    shelf = models.BigIntegerField()
    document = models.ForeignKey(Document, models.CASCADE, related_name="postings", db_constraint=False)
    # A word is never removed while postings of it are, and 300 look-ups a document would find nothing else.
    word = models.ForeignKey(Word, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    weight = models.PositiveSmallIntegerField(help_text="In hundredths")

    def __str__(self) -> str:
        return f"{self.word_id} in {self.document_id}"


class SavedSearch(models.Model):
    """A search that a person keeps under a name: theirs alone."""

    person = models.ForeignKey("tenants.Person", models.CASCADE, related_name="saved_searches")
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=1000, blank=True)
    kinds = ArrayField(models.CharField(max_length=12, choices=Kind), default=list, blank=True)
    units = ArrayField(models.BigIntegerField(), default=list, blank=True)
    services = ArrayField(models.BigIntegerField(), default=list, blank=True)
    causes = ArrayField(models.BigIntegerField(), default=list, blank=True)
    tags = ArrayField(models.TextField(), default=list, db_default=[], blank=True)
    published_from = models.DateTimeField(null=True, blank=True)
    published_until = models.DateTimeField(null=True, blank=True)
    tells = models.BooleanField(default=True, help_text="Whether they are told of what is published and matches")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("name", "id")
        verbose_name_plural = "saved searches"
        constraints = (
            models.UniqueConstraint(F("person"), Lower("name"), name="saved_search_named_once"),
            # What matches' composite foreign keys refer to.
            models.UniqueConstraint(fields=["id", "person"], name="saved_search_of_person"),
            models.CheckConstraint(name="saved_search_has_a_name", condition=~Q(name="")),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def filters(self) -> Filters:
        """To what it is narrowed."""
        return Filters(
            kinds=frozenset(Kind(kind) for kind in self.kinds),
            units=frozenset(self.units),
            services=frozenset(self.services),
            causes=frozenset(self.causes),
            tags=frozenset(self.tags),
            published_from=self.published_from,
            published_until=self.published_until,
        )


class SavedSearchMatch(models.Model):
    """That somebody was told of a document that matches a search of theirs: nobody is told twice."""

    saved_search = models.ForeignKey(SavedSearch, models.CASCADE, related_name="matches")
    person = models.ForeignKey("tenants.Person", models.CASCADE, related_name="+", help_text="The search's")
    document = models.ForeignKey(Document, models.CASCADE, related_name="+")
    found_at = models.DateTimeField()

    class Meta:
        ordering = ("-found_at", "-id")
        verbose_name_plural = "saved search matches"
        constraints = (models.UniqueConstraint(fields=["saved_search", "document"], name="saved_search_told_once"),)

    def __str__(self) -> str:
        return f"{self.document_id} for {self.saved_search_id}"
