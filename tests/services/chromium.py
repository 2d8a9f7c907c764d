"""A real Chromium, driven by Playwright: pages as a person of a given screen, theme and time zone sees them.

Tests hold Playwright's own objects by proxy (see `browser_thread`): use `expect` from here, not from Playwright.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self, TypeVar, cast

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Playwright,
    Request,
    sync_playwright,
)
from playwright.sync_api import expect as playwright_expect

from tests.services.browser_thread import BrowserThread, Remote

SCREENSHOTS = Path(__file__).parents[2] / "screenshots"
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
ACCESSIBILITY_STANDARDS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
REMEMBERED_COLOURS = """() => {
  const { prototype } = axe.commons.color.Color, parse = prototype.parseString, known = new Map();
  prototype.parseString = function (text) {
    if (known.has(text)) return Object.assign(this, known.get(text));
    const parsed = parse.call(this, text);
    const { red, green, blue, alpha } = this;
    known.set(text, { red, green, blue, alpha });
    return parsed;
  };
}"""
"""Axe works a colour out anew for each text and each thing behind it: half of its time, where colours are in oklch."""
COLOURS = ("color-contrast", "link-in-text-block")
"""Axe's rules about colours: all that another theme can break, where the page keeps the others in one."""

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    # A page may reach this machine and nothing else, so that one which loads a font from elsewhere is found out.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)

PATIENCE_MS = 20_000
"""How long a page may take on a busy machine. Only a test that fails waits for so long."""

playwright_expect.set_options(timeout=PATIENCE_MS)

Theme = Literal["light", "dark"]
T = TypeVar("T")


class Screen(NamedTuple):
    """The size of a window, in CSS pixels."""

    width: int
    height: int
    phone: bool = False


PHONE = Screen(390, 844, phone=True)
TABLET = Screen(820, 1180)
DESKTOP = Screen(1440, 900)


@dataclass(frozen=True)
class Violation:
    """One accessibility rule that a page breaks, and the elements that break it."""

    rule: str
    impact: str
    help: str
    elements: tuple[str, ...]

    def __str__(self) -> str:
        return "\n  ".join([f"{self.rule} ({self.impact}): {self.help}", *self.elements])


class Chromium:
    """One browser process, from construction to `close()`; `visit()` for each test."""

    def __init__(self, *, program: str) -> None:
        self.thread = BrowserThread()
        self._playwright, self.browser = self.thread.run(lambda: self._launch(program))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def visit(self) -> "Visit":
        return Visit(self)

    def close(self) -> None:
        self.thread.run(self._stop)
        self.thread.close()

    def _launch(self, program: str) -> tuple[Playwright, Browser]:
        playwright = sync_playwright().start()
        try:
            return playwright, playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        except Error:
            playwright.stop()
            raise

    def _stop(self) -> None:
        self.browser.close()
        self._playwright.stop()


class Visit:
    """The pages that one test opens, each as a new person without cookies, and what went wrong on them."""

    def __init__(self, chromium: Chromium) -> None:
        self._thread = chromium.thread
        self._browser = chromium.browser
        self._pages: list[Page] = []
        self.problems: list[str] = []
        """What the pages complained of: script errors, refusals by the content security policy, failed requests."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def open_page(
        self,
        *,
        base_url: str | None = None,
        screen: Screen = DESKTOP,
        theme: Theme = "light",
        timezone: str = "UTC",
        locale: str = "en-GB",
        javascript: bool = True,
        motion: bool = False,
        with_axe: bool = False,
    ) -> Page:
        """A blank page in a window of its own.

        Arguments:
            base_url: what relative addresses are relative to.
            timezone: an IANA name.
            motion: whether the person has not asked for less of it.
            with_axe: whether axe comes with every page that is opened here, for windows that show it many.
        """

        def open_in_thread() -> Page:
            context = self._browser.new_context(
                base_url=base_url,
                viewport={"width": screen.width, "height": screen.height},
                is_mobile=screen.phone,
                has_touch=screen.phone,
                color_scheme=theme,
                reduced_motion="no-preference" if motion else "reduce",
                timezone_id=timezone,
                locale=locale,
                java_script_enabled=javascript,
            )
            context.set_default_timeout(PATIENCE_MS)
            if with_axe:
                context.add_init_script(f"{AXE};({REMEMBERED_COLOURS})()")
            self._listen_for_problems(context)
            return context.new_page()

        page = cast(Page, self._thread.wrap(self._thread.run(open_in_thread)))
        self._pages.append(page)
        return page

    def accessibility_violations(
        self, page: Page, *, rules: Sequence[str] = (), standards: Sequence[str] = ACCESSIBILITY_STANDARDS
    ) -> list[Violation]:
        """What axe finds on the page as it is now; `assert not ...` shows each rule, element and reason.

        Arguments:
            rules: the only rules to look at, instead of those of the standards.
        """
        # Nothing is loaded anew for rules to look at: those that need it are about sound, which no page has.
        if not page.evaluate("() => 'axe' in window"):
            page.evaluate(AXE)
            page.evaluate(REMEMBERED_COLOURS)
        result: dict[str, Any] = page.evaluate(
            "only => axe.run({runOnly: only, resultTypes: ['violations'], preload: false})",
            {"type": "rule", "values": list(rules)} if rules else {"type": "tag", "values": list(standards)},
        )
        return [
            Violation(
                rule=found["id"],
                impact=found["impact"],
                help=found["help"],
                elements=tuple(_describe(node) for node in found["nodes"]),
            )
            for found in result["violations"]
        ]

    def screenshot(self, page: Page, name: str, *, full_page: bool = True) -> Path:
        """Write screenshots/NAME.png, which git ignores, and return its path."""
        path = SCREENSHOTS / f"{re.sub(r'[^A-Za-z0-9._-]+', '-', name).strip('-')}.png"
        path.parent.mkdir(exist_ok=True)
        page.screenshot(path=path, full_page=full_page, animations="disabled")
        return path

    def screenshots(self, name: str) -> list[Path]:
        """A screenshot of every page still open; one that cannot be taken is left out."""
        taken = []
        for number, page in enumerate(self._pages, start=1):
            try:
                taken.append(self.screenshot(page, f"{name}-{number}"))
            except Error:
                continue
        return taken

    def close(self) -> None:
        for page in self._pages:
            page.context.close()
        self._pages.clear()

    def _listen_for_problems(self, context: BrowserContext) -> None:
        def console(message: ConsoleMessage) -> None:
            if message.type == "error":
                self.problems.append(f"console: {message.text}")

        def request_failed(request: Request) -> None:
            if request.failure != "net::ERR_ABORTED":  # the page was left while it loaded
                self.problems.append(f"request failed: {request.url} ({request.failure})")

        context.on("console", console)
        context.on("weberror", lambda error: self.problems.append(f"script: {error.error}"))
        context.on("requestfailed", request_failed)


def _expect(actual: Remote, message: str | None = None) -> object:
    """Playwright's assertions that wait, for a page or a locator of an open visit."""
    return actual.apply(playwright_expect, message)


def _typed_like(model: T, value: object) -> T:
    return cast(T, value)


expect = _typed_like(playwright_expect, _expect)


def _describe(node: dict[str, Any]) -> str:
    selector = " ".join(map(str, node["target"]))
    reason = " ".join(node.get("failureSummary", "").split())
    return f"{selector}: {node['html'][:200]} ({reason})"
