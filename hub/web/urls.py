from django.conf import settings
from django.urls import path

from hub.web import pages

# The living style page belongs to development; tests include it by this name.
style_urls = [
    path("style", pages.style, name="style"),
    path("style/errors/<int:status>", pages.style_error, name="style-error"),
    path("style/palette.json", pages.style_palette, name="style-palette"),
    path("style/<slug:body>", pages.style, name="style-body"),
]

urlpatterns = style_urls if settings.DEBUG else []
