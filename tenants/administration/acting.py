"""Pages of the tenant admin whose objects an action writes: the same refusals as anywhere, beside their fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest

from hub.lib.errors import HubError, InvalidMany
from hub.lib.identity import Actor
from tenants.administration.pages import TenantAdmin, current_actor


class ActionForm(ModelForm):  # type: ignore[type-arg]  # not subscriptable when the program runs
    """A form that an action writes: tried and undone when the form is checked, done when it is saved.

    Attributes:
        paths: the form's field for a path of the action's errors, where the names differ.
    """

    paths: ClassVar[Mapping[str, str]] = {}

    def perform(self, actor: Actor, given: Mapping[str, Any]) -> Model:
        """Call the action with what the form says, and return what it wrote."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        try:
            with transaction.atomic():
                self.perform(current_actor(), cleaned)
                transaction.set_rollback(True)
        except InvalidMany as many:
            for error in many.errors:
                self._explain(error)
        except HubError as error:
            self._explain(error)
        return cleaned

    def _explain(self, error: HubError) -> None:
        name = error.path[0] if error.path else ""
        name = self.paths.get(name, name)
        self.add_error(name if name in self.fields else None, error.message)


class ActionAdmin(TenantAdmin):
    """A model whose rows are written by actions alone, and never deleted.

    Attributes:
        fixed: what cannot be changed once a row is made.
    """

    form = ActionForm
    fixed: ClassVar[tuple[str, ...]] = ("unit",)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return (*super().get_readonly_fields(request, obj), *(self.fixed if obj is not None else ()))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        written = form.perform(current_actor(), form.cleaned_data)
        obj.pk = written.pk
        obj.refresh_from_db()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """What belongs to a row is written by its action, too."""
