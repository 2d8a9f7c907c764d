"""Finding what a form of the tenant admin refers to by typing, among what the form offers and nothing else."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from tenants.models import Person


class FormChoices(AutocompleteJsonView):
    """What is typed into a field is searched among the choices of that field, as the form itself would offer them.

    Django searches the list of the model that is referred to, which is narrower than the form in one place (people
    without a role yet, who are to be given one) and wider in another (the rows of units that are administered, but
    not written to).
    """

    # What Django sets, and its stubs lack.
    admin_site: Any = None
    source_field: Any

    def has_perm(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether the reader has a form in which this is chosen."""
        page = self._page()
        return bool(page.has_add_permission(request, None) or page.has_change_permission(request))

    def get_queryset(self) -> QuerySet[Any]:
        field = self._page().formfield_for_foreignkey(self.source_field, self.request)
        found, has_duplicates = self.model_admin.get_search_results(self.request, field.queryset, self.term)
        return found.distinct() if has_duplicates else found

    def serialize_result(self, obj: Model, to_field_name: str) -> dict[str, str]:
        """People by name and username: several may have the same name."""
        text = f"{obj} ({obj.username})" if isinstance(obj, Person) else str(obj)
        return {"id": str(getattr(obj, to_field_name)), "text": text}

    def _page(self) -> Any:
        """The page, or the rows below one, whose form has the field. Raises `PermissionDenied` for none."""
        wanted, name = self.source_field.model, self.source_field.name
        for model, page in self.admin_site._registry.items():
            rows = [one(page.model, self.admin_site) for one in page.inlines]
            for each in [page] if model is wanted else [one for one in rows if one.model is wanted]:
                if name in each.autocomplete_fields:
                    return each
        raise PermissionDenied
