from django.conf import settings
from django.urls import path

from hub.web import pages

urlpatterns = (
    [
        path("style", pages.style, name="style"),
        path("style/palette", pages.style_palette, name="style-palette"),
        path("style/errors/<int:status>", pages.style_error, name="style-error"),
    ]
    if settings.DEBUG
    else []
)
