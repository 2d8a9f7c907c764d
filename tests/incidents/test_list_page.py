"""The list of incidents at odd addresses."""

from __future__ import annotations

import pytest

from tests.conftest import SignedIn

pytestmark = pytest.mark.django_db


def test_an_address_that_means_nothing_is_no_fault_of_the_hub(signed_in: SignedIn) -> None:
    page = signed_in("coordinator")
    page.raise_request_exception = False

    for moment in ("0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-12:00", "yesterday"):
        answer = page.get(f"/incidents/?since={moment}&until={moment}")
        assert answer.status_code == 200
        assert "Declared from" not in answer.content.decode()
    for address in ("?unit=%00", "?severity=%00", "?service=a%00b", "%00"):
        answer = page.get(f"/incidents/{address}")
        assert answer.status_code == 400, address
        assert "This request cannot be read" in answer.content.decode()
