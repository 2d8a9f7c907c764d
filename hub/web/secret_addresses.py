"""Pages at addresses that are their own key: whoever knows one reads it, without signing in."""

from __future__ import annotations

from django.http import HttpResponse


def kept_secret(answer: HttpResponse) -> HttpResponse:
    """The answer, which tells no other server its address, is found by no search engine, and kept by no cache that it
    does not name itself."""
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Robots-Tag"] = "noindex"
    answer.setdefault("Cache-Control", "no-store")
    return answer
