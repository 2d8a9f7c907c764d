"""The style page on an address of this machine, for a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test import override_settings
from django.test.testcases import LiveServerThread


@pytest.fixture
def web_urls() -> Iterator[None]:
    """Serve the style page and the failing views, as development does."""
    with override_settings(ROOT_URLCONF="tests.web.urls"):
        yield


@pytest.fixture(scope="module")
def style_site() -> Iterator[str]:
    """The address at which the style page is served."""
    with override_settings(ROOT_URLCONF="tests.web.urls"):
        server = LiveServerThread("127.0.0.1", StaticFilesHandler, connections_override={})
        server.daemon = True
        server.start()
        server.is_ready.wait()
        if server.error:
            raise server.error
        yield f"http://127.0.0.1:{server.port}"
        server.terminate()
