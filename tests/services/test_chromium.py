"""Chromium shows pages as different people see them, and tells what is wrong with them."""

import asyncio

import pytest
from django.utils.asyncio import async_unsafe

from tests.services.chromium import DESKTOP, PHONE, Visit, expect

SOUND = """<!doctype html><html lang="en"><head><title>Now</title>
<meta name="viewport" content="width=device-width">
<style>body {{ color: #111; background: #fff }}</style></head>
<body><main><h1>Now</h1>{content}</main></body></html>"""


def page_with(content: str) -> str:
    return SOUND.format(content=content)


def test_a_page_is_rendered_and_used(browser: Visit) -> None:
    page = browser.open_page()
    page.set_content(page_with("<button onclick=\"this.textContent = 'Acknowledged'\">Acknowledge</button>"))

    page.get_by_role("button", name="Acknowledge").click()

    expect(page.get_by_role("button")).to_have_text("Acknowledged")
    expect(page).to_have_title("Now")
    assert browser.problems == []


def test_a_person_has_a_screen_a_theme_a_zone_and_a_language(browser: Visit) -> None:
    page = browser.open_page(screen=PHONE, theme="dark", timezone="Asia/Tokyo", locale="de-DE")
    page.set_content(page_with(""))

    seen = page.evaluate(
        """() => ({
            width: innerWidth,
            dark: matchMedia('(prefers-color-scheme: dark)').matches,
            still: matchMedia('(prefers-reduced-motion: reduce)').matches,
            zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
            language: navigator.language,
            touch: navigator.maxTouchPoints > 0,
        })"""
    )

    assert seen == {
        "width": PHONE.width,
        "dark": True,
        "still": True,
        "zone": "Asia/Tokyo",
        "language": "de-DE",
        "touch": True,
    }


def test_two_people_share_nothing(browser: Visit) -> None:
    first, second = browser.open_page(), browser.open_page()
    first.context.add_cookies([{"name": "session", "value": "first", "url": "http://127.0.0.1/"}])

    assert [cookie["value"] for cookie in first.context.cookies()] == ["first"]
    assert second.context.cookies() == []


def test_axe_names_the_rule_the_element_and_the_reason(browser: Visit) -> None:
    page = browser.open_page()
    page.set_content(page_with("<img src='data:,'><p style='color: #ccc'>pale</p>"))

    violations = {violation.rule: violation for violation in browser.accessibility_violations(page)}

    assert set(violations) == {"image-alt", "color-contrast"}
    assert "<img" in violations["image-alt"].elements[0]
    assert "contrast of 1.6" in str(violations["color-contrast"])


def test_axe_is_content_with_a_sound_page(browser: Visit) -> None:
    page = browser.open_page()
    page.set_content(page_with("<p>All quiet.</p>"))

    assert not browser.accessibility_violations(page)


def test_problems_of_a_page_are_told(browser: Visit) -> None:
    page = browser.open_page()
    page.set_content(
        page_with("<script>throw new Error('broken')</script><img alt='' src='https://cdn.example.org/logo.png'>")
    )
    page.wait_for_load_state()

    assert "script: broken" in browser.problems
    assert any(problem.startswith("request failed: https://cdn.example.org/logo.png") for problem in browser.problems)


def test_a_route_callback_gets_usable_objects(browser: Visit) -> None:
    page = browser.open_page()
    page.route("http://127.0.0.1/slow", lambda route, request: route.fulfill(body=f"{request.method} answered"))

    page.goto("http://127.0.0.1/slow")

    expect(page.locator("body")).to_have_text("GET answered")


def test_waiting_for_an_event_works_across_the_thread(browser: Visit) -> None:
    page = browser.open_page()

    with page.expect_console_message() as message:
        page.evaluate("console.log('live')")

    assert message.value.text == "live"


def test_a_screenshot_has_the_size_of_the_screen(browser: Visit) -> None:
    page = browser.open_page()
    page.set_content(page_with("<p>All quiet.</p>"))

    path = browser.screenshot(page, "services / a quiet page")

    header = path.read_bytes()[:24]
    assert path.name == "services-a-quiet-page.png"
    assert (int.from_bytes(header[16:20]), int.from_bytes(header[20:24])) == (DESKTOP.width, DESKTOP.height)


def test_an_open_page_does_not_keep_django_from_its_database(browser: Visit) -> None:
    browser.open_page().set_content(page_with(""))

    assert async_unsafe("refused inside an event loop")(lambda: "allowed")() == "allowed"
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()


async def test_asynchronous_tests_run_beside_it(chromium: object) -> None:
    await asyncio.sleep(0)
