"""What the tenant admin shows of a unit's words: terms, names, proposals for global terms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.forms import BooleanField, CharField, ChoiceField
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldBooleanSwitchWidget

from hub.lib.errors import Invalid
from hub.lib.identity import Actor
from tenants import actions
from tenants.actions import Wording
from tenants.administration.acting import ActionAdmin, ActionForm
from tenants.administration.pages import TenantAdmin, TenantInline, current_actor
from tenants.administration.site import administered_units, is_steward
from tenants.models import (
    ProposalState,
    ProposedChange,
    TaxonomyVersion,
    Term,
    TermKind,
    TermMapping,
    TermName,
    TermProposal,
)
from tenants.permissions import Permission


class TermMappingInline(TenantInline):
    """What was said about a term. It is changed on the mapping page, as a version of all."""

    model = TermMapping
    fk_name = "local"
    fields = ("version", "target", "relation", "strength", "valid_from")
    readonly_fields = fields
    verbose_name_plural = "What it means in global terms, by version"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class TermForm(ActionForm):
    retire = BooleanField(
        required=False,
        label="Retire it",
        help_text="Nothing new is called so; what is called so keeps it, and its meaning.",
        widget=UnfoldBooleanSwitchWidget,
    )

    def perform(self, actor: Actor, given: Mapping[str, Any]) -> Model:
        if self.instance.pk is None:
            return actions.add_term(
                actor=actor,
                unit_id=given["unit"].pk,
                kind=TermKind(given["kind"]),
                key=given["key"],
                name=given["name"],
                description=given["description"],
                rank=given["rank"],
            )
        wording = {name: given[name] for name in ("name", "description", "rank")}
        changed = actions.change_term(actor=actor, term_id=self.instance.pk, **wording)
        if given["retire"]:
            return actions.retire_term(actor=actor, term_id=changed.pk)
        return changed


class TermAdmin(ActionAdmin):
    """The unit's own words."""

    writes = Permission.TAXONOMY_WRITE
    form = TermForm
    fixed = ("unit", "kind", "key", "retired_at")
    list_display = ("name", "kind", "unit", "rank", "retired_at")
    export_also = ("key", "description")
    list_select_related = ("unit",)
    list_filter = ("kind", "unit")
    search_fields = ("name", "key")
    inlines = (TermMappingInline,)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        base = ("unit", "kind", "key", "name", "description", "rank")
        return (*base, "retired_at", "retire") if obj is not None else base

    def get_inlines(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.inlines if obj is not None else ()


class TermMappingAdmin(TenantAdmin):
    """What was said about the unit's terms, version by version. The mapping page says what is to hold next."""

    writes = None
    list_display = ("local", "target", "relation", "strength", "valid_from", "version", "unit")
    list_select_related = ("local", "target", "version__unit", "unit")
    list_filter = ("relation", "unit")
    search_fields = ("local__name", "local__key", "target__name")
    fields = ("unit", "local", "target", "relation", "strength", "valid_from", "version")
    readonly_fields = fields

    def history_of(self, obj: Any) -> Q:
        """A statement was made with its version."""
        return Q(noun="mappingversion", object_id=obj.version_id)


class TermNameForm(ActionForm):
    paths = {"termId": "term", "unitId": "unit"}

    def perform(self, actor: Actor, given: Mapping[str, Any]) -> Model:
        term = given.get("term") or self.instance.term
        unit_id = given["unit"].pk if given.get("unit") else self.instance.unit_id
        language = given.get("language") or self.instance.language
        actions.name_term(actor=actor, term_id=term.pk, language=language, name=given["name"], unit_id=unit_id)
        return TermName.objects.get(term=term, unit=unit_id, language__iexact=language.strip())


class TermNameAdmin(ActionAdmin):
    """What the unit calls terms, its own and global ones, and in which language."""

    writes = Permission.TAXONOMY_WRITE
    form = TermNameForm
    fixed = ("unit", "term", "language")
    list_display = ("name", "term", "language", "unit")
    list_select_related = ("term", "unit")
    list_filter = ("language", "unit")
    search_fields = ("name", "term__name")
    fields = ("unit", "term", "language", "name")
    autocomplete_fields = ("term",)

    def history_of(self, obj: Any) -> Q:
        """What a term is called is said of the term."""
        return Q(noun="term", object_id=obj.term_id, verb="name_term", unit=obj.unit_id)

    def formfield_for_foreignkey(self, field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if field.name == "term":
            own = Q(unit__in=administered_units(request, Permission.TAXONOMY_WRITE))
            kwargs["queryset"] = Term.objects.filter(own | Q(unit=None), retired_at=None)
        return super().formfield_for_foreignkey(field, request, **kwargs)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if "unit" in form.base_fields:
            form.base_fields["unit"].required = True
        return form


class TermProposalForm(ActionForm):
    decision = ChoiceField(
        choices=(("", "Not yet"), ("approve", "Approve"), ("reject", "Reject")),
        required=False,
        help_text="A steward who did not propose it decides.",
        widget=UnfoldAdminSelectWidget,
    )
    said = CharField(required=False, max_length=500, label="Answer", widget=UnfoldAdminTextareaWidget)
    paths = {"termId": "term", "unitId": "unit", "answer": "said", "proposalId": "decision"}

    def perform(self, actor: Actor, given: Mapping[str, Any]) -> Model:
        if self.instance.pk is not None:
            if not given.get("decision"):
                raise Invalid("Choose what you decide.", path=["decision"])
            return actions.decide_proposal(
                actor=actor,
                proposal_id=self.instance.pk,
                approve=given["decision"] == "approve",
                answer=given["said"],
            )
        unit_id = given["unit"].pk if given.get("unit") else None
        wording = Wording(name=given["name"] or None, description=given["description"] or None, rank=given["rank"])
        if given["change"] == ProposedChange.ADD:
            if not given["kind"]:
                raise Invalid("A new term needs its kind.", path=["kind"])
            return actions.propose_addition(
                actor=actor,
                kind=TermKind(given["kind"]),
                key=given["key"],
                wording=wording,
                reason=given["reason"],
                unit_id=unit_id,
            )
        if given["term"] is None:
            raise Invalid("Choose the term that is to be changed or retired.", path=["termId"])
        if given["change"] == ProposedChange.CHANGE:
            return actions.propose_change(
                actor=actor, term_id=given["term"].pk, wording=wording, reason=given["reason"], unit_id=unit_id
            )
        return actions.propose_retirement(
            actor=actor, term_id=given["term"].pk, reason=given["reason"], unit_id=unit_id
        )


class TermProposalAdmin(ActionAdmin):
    """What the unit asks of the global terms; for stewards, all that is asked, and their decision."""

    writes = Permission.TAXONOMY_WRITE
    form = TermProposalForm
    list_display = ("name", "change", "kind", "state", "unit", "proposed_by", "proposed_at")
    export_also = ("key", "reason", "decided_at", "answer")
    list_select_related = ("unit", "proposed_by")
    list_filter = ("state", "kind", "change")
    search_fields = ("name", "key", "reason")
    autocomplete_fields = ("term",)
    asked = ("change", "unit", "kind", "term", "key", "name", "description", "rank", "reason")
    decided = ("state", "proposed_by", "proposed_at", "decided_by", "decided_at", "answer", "version")

    def get_queryset(self, request: HttpRequest) -> QuerySet[TermProposal]:
        return TermProposal.objects.all() if is_steward(request) else super().get_queryset(request)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return self.asked
        return (*self.asked, *self.decided, *(("decision", "said") if self._may_decide(request, obj) else ()))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else (*self.asked, *self.decided)

    def formfield_for_foreignkey(self, field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if field.name == "term":
            kwargs["queryset"] = Term.objects.filter(unit=None, retired_at=None)
        return super().formfield_for_foreignkey(field, request, **kwargs)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        # Which of these a proposal needs depends on what it proposes: the action says so.
        for name in ("kind", "key", "name"):
            if name in form.base_fields:
                form.base_fields[name].required = False
        return form

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_steward(request) or super().has_module_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_steward(request) or super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_steward(request) and (obj is None or self._may_decide(request, obj))

    def _may_decide(self, request: HttpRequest, obj: Any) -> bool:
        proposer: int = obj.proposed_by_id
        return is_steward(request) and obj.state == ProposalState.WAITING and proposer != current_actor().person_id


class TaxonomyVersionForm(ActionForm):
    def perform(self, actor: Actor, given: Mapping[str, Any]) -> Model:
        return actions.publish_taxonomy(actor=actor, summary=given["summary"])


class TaxonomyVersionAdmin(ActionAdmin):
    """The published states of the global terms; stewards publish what was approved as the next one."""

    unit_path = ""
    form = TaxonomyVersionForm
    list_display = ("number", "summary", "published_at", "published_by")
    list_select_related = ("published_by",)
    search_fields = ("summary",)
    fields = ("summary",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """All of them: the global terms are everybody's."""
        return TaxonomyVersion.objects.all()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else ("number", "summary", "published_at", "published_by")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("summary",) if obj is None else ("number", "summary", "published_at", "published_by")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_steward(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_steward(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
