"""Nothing in the tenant admin reaches another unit, and every list of it is in pages and can be searched."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.db.models import CharField, F, Model, QuerySet, TextField, Value
from django.db.models.functions import Concat, Left
from django.test import Client

from hub.catalog.models import Service
from hub.lib import clock
from tenants.administration.narrowing import OwnChoices
from tenants.administration.pages import TenantAdmin
from tenants.models import BusinessUnit, Person, Role, RoleAssignment
from tests.conftest import SignedIn, seeding

pytestmark = pytest.mark.django_db

PAGES = {
    f"{model._meta.app_label}/{model._meta.model_name}": (model, page)
    for model, page in admin.site._registry.items()
    if isinstance(page, TenantAdmin)
}
ELSEWHERE = "Elsewhere"
WORDS = {"name", "title", "explanation", "reason", "body", "mission", "description", "protocol"}


def test_what_django_and_its_packages_register_is_nobodys(signed_in: SignedIn) -> None:
    others = [model._meta for model, page in admin.site._registry.items() if not isinstance(page, TenantAdmin)]
    client = signed_in("admin.enterprise")

    for each in others:
        assert client.get(f"/admin/{each.app_label}/{each.model_name}/").status_code == 403, each


def others_rows(model: type[Model], own: BusinessUnit) -> QuerySet[Any] | None:
    """The rows of units that are neither `own` nor above it; None for a model that has none."""
    # What commands the unit from above, and what its own services need, its own rows name.
    if model is BusinessUnit:
        return BusinessUnit.objects.exclude(pk__in=own.lineage)
    if "unit" not in {field.name for field in model._meta.concrete_fields}:
        return None
    found = model._default_manager.exclude(unit__in=own.lineage).exclude(unit=None).order_by()
    return found.exclude(pk__in=Service.objects.filter(dependents__service__unit=own)) if model is Service else found


def call_elsewhere(own: BusinessUnit) -> dict[str, int]:
    """Call whatever other units have words for "Elsewhere …"; returns how many rows of which list."""
    counted = {}
    for path, (model, _) in PAGES.items():
        rows = others_rows(model, own)
        words = {
            field.name: Left(Concat(Value(f"{ELSEWHERE} "), F(field.name)), field.max_length or 300)
            for field in model._meta.concrete_fields
            if type(field) in (CharField, TextField) and not field.choices and field.name in WORDS
        }
        # Whoever is in the enterprise can be given a role, so people are found by name wherever they are.
        if rows is not None and words and model is not Person:
            counted[path] = rows.update(**words)
    return {path: number for path, number in counted.items() if number}


def read(client: Client, address: str) -> tuple[int, str]:
    answer: Any = client.get(address)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer.status_code, body.decode()


def test_no_page_tells_what_another_unit_has(signed_in: SignedIn) -> None:
    """Lists with their filters and searches, forms, autocomplete, histories, confirmations and files, of every kind."""
    told: dict[str, str] = {}
    with seeding():
        own = BusinessUnit.objects.get(slug="health")
        named = call_elsewhere(own)
        # A role of another unit that somebody here holds besides: nothing of it is this unit's.
        RoleAssignment.objects.create(
            person=RoleAssignment.objects.filter(unit=own)[0].person,
            role=Role.objects.filter(unit=None, key="observer").get(),
            unit=BusinessUnit.objects.get(slug="media"),
            valid_from=clock.now(),
        )
        rows = {
            path: (
                (others_rows(model, own) or model._default_manager.none()).values_list("pk", flat=True).first(),
                model._default_manager.filter(unit=own).values_list("pk", flat=True).first()
                if "unit" in {field.name for field in model._meta.concrete_fields}
                else None,
            )
            for path, (model, _) in PAGES.items()
        }
    client, all_of_it = signed_in("admin.health"), signed_in("admin.enterprise")

    for path, (model, page) in PAGES.items():
        foreign, known = rows[path]
        # A file holds what its list shows, and is read faster.
        addresses = [f"{path}/", f"{path}/add/", f"{path}/export/?q={ELSEWHERE[:-1]}"]
        addresses += [f"{path}/{known}/{part}/" for part in ("change", "history", "delete") if known]
        addresses += [
            f"autocomplete/?app_label={model._meta.app_label}&model_name={model._meta.model_name}"
            f"&field_name={field}&term={ELSEWHERE[:-1]}"
            for field in page.autocomplete_fields
        ]
        for address in addresses:
            _, body = read(client, f"/admin/{address}")
            if ELSEWHERE in body:
                told[address] = body[max(0, body.index(ELSEWHERE) - 200) :][:300]
        for part in ("change", "history", "delete") if foreign else ():
            status, body = read(client, f"/admin/{path}/{foreign}/{part}/")
            assert (status in (302, 403), ELSEWHERE in body) == (True, False), (path, part)

    assert told == {}
    assert len(named) >= 15, named
    # The words are there to be found, for whoever administers those units.
    assert read(all_of_it, "/admin/catalog/service/")[1].count(ELSEWHERE) > 10
    assert read(all_of_it, "/admin/catalog/service/export/")[1].count(ELSEWHERE) > 10


def test_filters_offer_what_the_rows_refer_to(signed_in: SignedIn) -> None:
    client = signed_in("admin.payments")
    with seeding():
        retail, payments = (BusinessUnit.objects.get(slug=slug) for slug in ("retail", "payments"))
    chosen = client.get(f"/admin/catalog/service/?unit__id__exact={payments.pk}").context["cl"]
    none = client.get(f"/admin/catalog/service/?unit__id__exact={retail.pk}").context["cl"]
    everywhere = signed_in("admin.enterprise").get("/admin/catalog/service/").context["cl"].filter_specs[0]

    # One unit is no choice, but what the address chose holds all the same.
    assert chosen.result_count > 0
    assert none.result_count == 0
    assert {name for _, name in everywhere.lookup_choices} >= {"Payments", "Retail"}


@pytest.mark.parametrize(
    "path",
    ["tenants/person/?password__startswith=p", "tenants/person/?last_login__isnull=1", "tenants/accesstoken/?digest="],
)
def test_no_address_asks_what_the_list_does_not_show(signed_in: SignedIn, path: str) -> None:
    """What is not shown of one's own rows either is not to be guessed letter by letter."""
    client = signed_in("admin.payments")
    assert client.get(f"/admin/{path}").status_code == 400
    assert client.get("/admin/tenants/person/?is_active__exact=1").status_code == 200


def test_every_list_is_in_pages_and_can_be_searched(signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    client, steward = signed_in("admin.enterprise"), signed_in("steward")
    for page in {type(page) for _, page in PAGES.values()}:
        assert page.list_per_page <= 100, page
        assert page.search_fields, page
    monkeypatch.setattr(TenantAdmin, "list_per_page", 1)

    in_pages = 0
    for path in PAGES:
        reader = steward if path == "tenants/taxonomyversion" else client
        first = reader.get(f"/admin/{path}/").context["cl"]
        _, nothing = read(reader, f"/admin/{path}/export/?q=nobody-calls-anything-so")

        assert first.multi_page == (first.result_count > 1), path
        assert len(first.result_list) <= 1, path
        assert len(nothing.splitlines()) == 1, path
        for each in first.filter_specs:
            assert isinstance(each, OwnChoices) or not each.field.is_relation, (path, each.title)
        in_pages += first.multi_page
    assert in_pages > 20
