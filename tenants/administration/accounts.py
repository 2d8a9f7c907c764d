"""What the tenant admin shows of those who sign in: people, and programs with their keys."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar, Final

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.forms import CharField, CheckboxSelectMultiple, IntegerField, ModelChoiceField, MultipleChoiceField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from hub.lib.errors import HubError, Invalid
from hub.lib.identity import Actor
from tenants import actions
from tenants.administration.acting import ActionForm
from tenants.administration.fields import Lines
from tenants.administration.pages import TenantAdmin, current_actor
from tenants.administration.site import administered_units
from tenants.models import AccessToken, BusinessUnit, Person, Role, RoleAssignment
from tenants.permissions import Permission, units_with

OVERLAP: Final = timedelta(hours=24)
"""How long a former key still opens beside its successor."""
OWN_DATA: Final = ("username", "name", "email", "time_zone", "language")
"""What is said of somebody when they come; later it is their own to change."""
OF_UNITS: Final = ("observer", "responder", "commander", "unit_admin")
"""The built-in roles that are held in units."""


def roles_of(units: frozenset[int]) -> QuerySet[Role]:
    """The built-in roles of units, and these units' own."""
    return Role.objects.filter(Q(unit=None, key__in=OF_UNITS) | Q(unit__in=units))


class AccountForm(ActionForm):
    """Somebody or something new, with a role in a unit; the choices are what whoever acts now administers."""

    # Not "unit": the models have a column of that name, which says something else for people.
    for_unit = ModelChoiceField(BusinessUnit.objects.none(), label="Unit", widget=UnfoldAdminSelectWidget)
    role = ModelChoiceField(Role.objects.none(), widget=UnfoldAdminSelectWidget)

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        units = units_with(current_actor(), Permission.PEOPLE_ADMINISTER)
        for name, found in (("for_unit", BusinessUnit.objects.filter(pk__in=units)), ("role", roles_of(units))):
            chosen = self.fields[name]
            assert isinstance(chosen, ModelChoiceField)
            chosen.queryset = found


class NewPersonForm(AccountForm):
    """Somebody who comes. They choose their password under an address that is shown once."""

    paths = {"unitId": "for_unit", "roleId": "role", "timeZone": "time_zone", "personId": "username"}

    class Meta:
        model = Person
        fields = OWN_DATA

    def perform(self, actor: Actor, given: Mapping[str, Any]) -> Model:
        self.invited = actions.add_person(
            actor=actor,
            unit_id=given["for_unit"].pk,
            role_id=given["role"].pk,
            **{name: given[name] for name in OWN_DATA},
        )
        return self.invited.person


class NewKeyForm(AccountForm):
    """A key for a program: of an account that there is, or of a new one with a role."""

    person = ModelChoiceField(
        Person.objects.none(), required=False, label="Account", widget=UnfoldAdminSelectWidget,
        help_text="The program's account; none to make one.",
    )  # fmt: skip
    account_name = CharField(
        max_length=100, required=False, label="New account", widget=UnfoldAdminTextInputWidget,
        help_text="What the program is called, with the unit that keeps it and its role there.",
    )  # fmt: skip
    valid_days = IntegerField(
        min_value=1, max_value=366, initial=90, label="Valid for days", widget=UnfoldAdminIntegerFieldWidget
    )
    permissions = MultipleChoiceField(
        choices=[(each.value, each.value) for each in Permission], required=False, widget=CheckboxSelectMultiple,
        help_text="What the key opens, of what its account holds; none for all of that.",
    )  # fmt: skip
    documents = Lines(
        required=False,
        help_text="The only GraphQL documents that it is good for, by their SHA-256, one a line; none for any.",
    )
    paths = {"unitId": "for_unit", "roleId": "role", "accountId": "person", "validDays": "valid_days"}

    class Meta:
        model = AccessToken
        fields: ClassVar[list[str]] = ["name"]

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        for name in ("for_unit", "role"):
            self.fields[name].required = False
        accounts = self.fields["person"]
        assert isinstance(accounts, ModelChoiceField)
        units = units_with(current_actor(), Permission.PEOPLE_ADMINISTER)
        accounts.queryset = Person.objects.filter(unit__in=units, is_active=True)

    def perform(self, actor: Actor, given: Mapping[str, Any]) -> Model:
        account = given["person"]
        if (account is None) == (not given["account_name"]):
            raise Invalid("Choose an account, or name a new one.", path=["accountId"])
        if account is None:
            for name in ("for_unit", "role"):
                if given[name] is None:
                    raise Invalid("A new account needs a unit, and a role there.", path=[name])
            account = actions.create_service_account(
                actor=actor, unit_id=given["for_unit"].pk, name=given["account_name"]
            )
            actions.give_role(actor=actor, person_id=account.pk, role_id=given["role"].pk, unit_id=given["for_unit"].pk)
        self.made = actions.create_access_key(
            actor=actor,
            account_id=account.pk,
            name=given["name"],
            valid_for=timedelta(days=given["valid_days"]),
            permissions=[Permission(each) for each in given["permissions"]] or None,
            documents=given["documents"] or None,
        )
        return self.made.key


class AccountAdmin(TenantAdmin):
    """What people and keys have in common: each is made by an action that shows something once."""

    writes = Permission.PEOPLE_ADMINISTER

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def ask(self, request: HttpRequest, obj: Model, title: str, question: str, verb: str) -> HttpResponse:
        """A question whose answer is a POST to the same address."""
        context = {**self.admin_site.each_context(request), "opts": self.opts, "object": obj}
        words = {"title": title, "question": question, "verb": verb}
        return render(request, "web/administration/question.html", {**context, **words})

    def show_once(self, request: HttpRequest, obj: Model, warning: str, label: str, secret: str) -> HttpResponse:
        """What nothing can show again; kept by no cache."""
        context = {**self.admin_site.each_context(request), "opts": self.opts, "object": obj, "title": str(obj)}
        words = {"warning": warning, "label": label, "secret": secret}
        answer = render(request, "web/administration/secret.html", {**context, **words})
        answer["Cache-Control"] = "no-store"
        return answer

    def refused(self, request: HttpRequest, obj: Model, refusal: HubError) -> HttpResponse:
        """Back to the object, with the reason."""
        self.message_user(request, refusal.message, level="error")
        return self.back(obj)

    def back(self, obj: Model) -> HttpResponse:
        return redirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=(obj.pk,)))

    def found(self, request: HttpRequest, object_id: int) -> Any:
        """The object, if it is on the reader's list. Raises `Http404`."""
        return get_object_or_404(self.get_queryset(request), pk=object_id)


class PersonAdmin(AccountAdmin):
    """The people who hold a role in the unit, and their roles there. A person's own data is their own."""

    unit_path = "role_assignments__unit"
    list_display = ("name", "username", "time_zone", "is_active")
    export_also = ("email", "language")
    search_fields = ("name", "username")
    actions_detail = ("invite", "switch")
    told = (*OWN_DATA, "is_active")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Person]:
        return super().get_queryset(request).filter(is_service=False)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **({} if obj else {"form": NewPersonForm}), **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.told if obj else (*OWN_DATA, "for_unit", "role")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.told if obj else ()

    def get_inlines(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.inlines if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether roles can be given below the person: people belong to no unit, and are on the list or not there."""
        return bool(administered_units(request, Permission.PEOPLE_ADMINISTER))

    def history_of(self, obj: Model) -> Q:
        """What was done to the person, and to their roles that the reader sees."""
        held = Q(noun="roleassignment", object_id__in=RoleAssignment.objects.filter(person=obj.pk).values("pk"))
        return super().history_of(obj) | held

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Of a person nothing is changed here: only the roles below."""
        if not change:
            obj.pk = form.perform(current_actor(), form.cleaned_data).pk
            obj.refresh_from_db()
            request.invited = form.invited  # type: ignore[attr-defined]  # shown in the answer, and kept nowhere

    def response_add(self, request: HttpRequest, obj: Model, post_url_continue: str | None = None) -> HttpResponse:
        return self.show_invitation(request, request.invited)  # type: ignore[attr-defined]

    def show_invitation(self, request: HttpRequest, invited: actions.Invited) -> HttpResponse:
        """Where somebody chooses their password, and whether they were told."""
        what_now = f"It is on its way to {invited.person.email}" if invited.is_mailed else "Give them this address"
        warning = f"{what_now}. It is shown once, and whoever knows it can choose the password in their place."
        return self.show_once(request, invited.person, warning, "Where they choose their password", invited.address)

    @action(description="Invite again", url_path="invite", icon="mail")  # type: ignore[untyped-decorator]
    def invite(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The address once more, for somebody who has chosen no password yet."""
        person: Person = self.found(request, object_id)
        if request.method != "POST":
            question = f"{person.name} gets an address under which they choose their password."
            return self.ask(request, person, "Invite again", question, "Make the address")
        try:
            invited = actions.invite_person(actor=current_actor(), person_id=person.pk)
        except HubError as refusal:
            return self.refused(request, person, refusal)
        return self.show_invitation(request, invited)

    @action(  # type: ignore[untyped-decorator]  # unfold ships no types
        description="Switch off or on", url_path="switch", icon="power_settings_new", variant=ActionVariant.DANGER
    )
    def switch(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask, and then switch the account off, or on again."""
        person: Person = self.found(request, object_id)
        if request.method != "POST":
            off = "signs in no more, and their tokens open nothing. What they did stays."
            question = f"{person.name} {off if person.is_active else 'signs in again, with the roles they still hold.'}"
            verb = "Switch it off" if person.is_active else "Switch it on"
            return self.ask(request, person, f"The account of {person.name}", question, verb)
        change = actions.deactivate_person if person.is_active else actions.reactivate_person
        try:
            change(actor=current_actor(), person_id=person.pk)
        except HubError as refusal:
            return self.refused(request, person, refusal)
        return self.back(person)


class AccessKeyAdmin(AccountAdmin):
    """The keys of the unit's service accounts: what they open, and until when. A key is shown once, when it is made."""

    list_display = ("name", "hint", "person", "unit", "expires_at", "revoked_at")
    export_also = ("permissions", "created_at")
    list_select_related = ("person", "unit")
    list_filter = ("unit",)
    search_fields = ("name", "hint", "person__name")
    shown = (
        "name",
        "hint",
        "person",
        "unit",
        "permissions",
        "documents",
        "created_at",
        "created_by",
        "expires_at",
        "revoked_at",
    )
    asked = ("name", "person", "account_name", "for_unit", "role", "valid_days", "permissions", "documents")
    actions = ("revoke_all",)
    actions_detail = ("rotate", "revoke")
    MADE = "Copy this now: it is shown once, and whoever knows it acts as the program."

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **({} if obj else {"form": NewKeyForm}), **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.shown if obj else self.asked

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.shown if obj else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.pk = form.perform(current_actor(), form.cleaned_data).pk
        obj.refresh_from_db()
        request.made = form.made  # type: ignore[attr-defined]  # shown in the answer, and kept nowhere

    def response_add(self, request: HttpRequest, obj: Model, post_url_continue: str | None = None) -> HttpResponse:
        made: actions.NewAccessKey = request.made  # type: ignore[attr-defined]
        return self.show_once(request, obj, self.MADE, "Bearer token", made.secret)

    @action(description="Rotate", url_path="rotate", icon="autorenew")  # type: ignore[untyped-decorator]
    def rotate(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask, and then make the key that takes over, and show it once."""
        key: AccessToken = self.found(request, object_id)
        if request.method != "POST":
            hours = OVERLAP // timedelta(hours=1)
            question = f"A key of the same scope takes over from {key}, which opens for {hours} more hours."
            return self.ask(request, key, "Rotate the key", question, "Make the new key")
        try:
            made = actions.rotate_access_key(actor=current_actor(), key_id=key.pk, overlap=OVERLAP)
        except HubError as refusal:
            return self.refused(request, key, refusal)
        return self.show_once(request, made.key, self.MADE, "Bearer token", made.secret)

    @action(  # type: ignore[untyped-decorator]  # unfold ships no types
        description="Revoke", url_path="revoke", icon="block", variant=ActionVariant.DANGER
    )
    def revoke(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask, and then end the key at once."""
        key: AccessToken = self.found(request, object_id)
        if request.method != "POST":
            return self.ask(request, key, "Revoke the key", f"{key} opens nothing from then on.", "Revoke it")
        try:
            actions.revoke_access_key(actor=current_actor(), key_id=key.pk)
        except HubError as refusal:
            return self.refused(request, key, refusal)
        return self.back(key)

    @admin.action(description="Revoke at once")
    def revoke_all(self, request: HttpRequest, queryset: QuerySet[AccessToken]) -> None:
        for key in queryset.filter(revoked_at=None, unit__in=administered_units(request, self.writes)):
            actions.revoke_access_key(actor=current_actor(), key_id=key.pk)
