"""The tenant admin in a browser under the strict policy: what it does is allowed, and what is smuggled in is not."""

from __future__ import annotations

import re
from pathlib import Path

import unfold

from tests.services.chromium import Visit, expect
from tests.web.pages.conftest import SignIn

UNFOLD = Path(unfold.__file__).parent
ATTRIBUTE = re.compile(
    r"""\sx-(?P<name>data|init|show|bind|on|text|model|for|if|sort|resize|anchor)[\w:.-]*="""
    r""""(?P<text>(?:\{%[^%]*%\}|\{\{[^}]*\}\}|[^"])*)\""""
)
CHOICE = re.compile(r"\{% if [^%]*%\}([^{]*)\{% else %\}[^{]*\{% endif %\}")
TAG = re.compile(r"\{\{[^}]*\}\}|\{% tabs_primary_active [^%]*%\}")
OTHER_TAG = re.compile(r"\{%[^%]*%\}")

NEXT_PAGE = """() => document.getElementById("content").insertAdjacentHTML("beforeend", `<a href="?all=" id="next"
    x-data x-on:click.prevent="window.location.href = $el.href + window.location.hash">2</a>`)"""
"""A link as unfold writes it below a list: no list of the demonstration is so long that it has one."""

SMUGGLED = """() => {
  const holder = document.createElement("div");
  holder.innerHTML = `<img src="data:," onerror="window.smuggled = 'by a handler'"><b style="color: red" id="dyed"></b>
    <b x-data="{}" x-init="window.smuggled = 'by a name'"></b><b x-data="fetch('/smuggled')"></b>
    <b x-data="{}" x-init="$el.ownerDocument.title = 'smuggled'"></b>`;
  const script = document.createElement("script");
  script.textContent = "window.smuggled = 'by a script'";
  document.getElementById("content").append(holder, script);
}"""


def written_by_unfold() -> list[str]:
    """Every expression that a template or a tag writes, with something simple where Django writes something."""
    found = []
    for source in (*sorted(UNFOLD.glob("templates/**/*.html")), *sorted(UNFOLD.glob("templatetags/*.py"))):
        for attribute in ATTRIBUTE.finditer(source.read_text(encoding="utf-8")):
            text = OTHER_TAG.sub("", CHOICE.sub(r"\1", TAG.sub("1", attribute["text"]))).strip()
            found.append(text.partition(" in ")[2] if attribute["name"] == "for" else text)
    return found


def test_the_admin_does_its_work_and_runs_nothing_that_is_smuggled_in(browser: Visit, sign_in: SignIn) -> None:
    page = sign_in("admin.payments")
    page.goto("/admin/")
    root = page.locator("html")
    before = root.get_attribute("class") or ""
    page.keyboard.press("Control+e")
    expect(root).not_to_have_class(before)
    page.keyboard.press("Control+k")
    page.get_by_placeholder("Type to search").press_sequentially("severity rul")
    expect(page.locator("#command-results").get_by_role("link")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/alerts/severityrule/")

    page.goto("/admin/alerts/severityrule/add/")
    page.locator("#id_unit").select_option(label="Payments")
    page.locator("#id_matchers").fill('env="staging"')
    page.locator("#id_explanation").fill("Nobody is paged for staging.")
    page.get_by_role("button", name="Save", exact=True).click()
    page.locator("#result_list tbody th a").first.click()
    page.get_by_role("link", name="Delete").first.click()
    page.get_by_role("button", name=re.compile("sure")).click()
    expect(page.get_by_text("was deleted successfully")).to_be_visible()

    page.evaluate(NEXT_PAGE)
    page.locator("#next").click()
    page.wait_for_url("**/severityrule/?all=")

    page.goto("/admin/tenants/roleassignment/add/")
    page.locator(".select2-selection").first.click()
    page.locator(".select2-search__field").last.fill("a")
    page.locator(".select2-results__option").first.click()
    expressions = written_by_unfold()
    assert len(expressions) > 150
    page.evaluate("texts => { for (const text of texts) Alpine.evaluateLater(document.body, text); }", expressions)
    assert browser.problems == []

    page.evaluate(SMUGGLED)
    expect(page.locator("#dyed")).not_to_have_css("color", "rgb(255, 0, 0)")
    refused = [each for each in browser.problems if "Content Security Policy" in each]
    assert len(refused) == 3, "the script, the handler and the style"
    assert len(browser.problems) == 6, "and the three attributes"
    assert (page.evaluate("window.smuggled"), "smuggled" in page.title()) == (None, False)
