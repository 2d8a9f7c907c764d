"""Form fields of the tenant admin that Django lacks."""

from __future__ import annotations

import json
from typing import Any

import unfold.fields
from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminTextareaWidget


class Lines(forms.CharField):
    """A list of texts, written one a line."""

    widget = UnfoldAdminTextareaWidget(attrs={"rows": 3})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in str(value or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(list(initial or []) != self.to_python(data))


def shown_document(data: Any, encoder: type[json.JSONEncoder] | None) -> SafeString:
    """A JSON document as people read it where they cannot change it."""
    text = json.dumps(data, sort_keys=True, indent=4, ensure_ascii=False, cls=encoder)
    return format_html('<pre class="document">{}</pre>', text)


# Unfold colours a document's words by styles within the page, which the content security policy refuses, and offers no
# setting for it.
unfold.fields.prettify_json = shown_document
