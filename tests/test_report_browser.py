# SPDX-License-Identifier: GPL-2.0-or-later
"""The page of `rewrite report` in a browser: seen, filtered, and used with the keyboard alone.

Needs Debian's chromium and chromium-driver, and selenium; set AXE to axe-core's axe.min.js to have its
rules of accessibility checked too.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import CORPUS, Ran

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
if CHROMIUM is None or DRIVER is None:
    pytest.skip("NO CHROMIUM: the page is NOT tested in a browser", allow_module_level=True)
webdriver = pytest.importorskip("selenium.webdriver", reason="NO SELENIUM: the page is NOT tested")

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
TAB, ENTER, ESCAPE, SPACE = "\ue004", "\ue007", "\ue00c", " "
CALLS = ".function[open] .o a.s[aria-describedby]"


class Browser:
    """A browser that shows one page."""

    def __init__(self, profile: Path) -> None:
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))

    def show(self, page: Path, scheme: str = "light", width: int = 1300) -> None:
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False},
        )
        self.driver.get("about:blank")
        self.driver.get(page.as_uri())

    def run(self, script: str, *arguments: object) -> Any:
        return self.driver.execute_script(script, *arguments)

    def keys(self, *keys: str) -> None:
        for key in keys:
            webdriver.ActionChains(self.driver).send_keys(key).perform()

    def focused(self) -> str:
        """What stands on what has the focus."""
        return str(self.run("return document.activeElement.innerText.trim()"))

    def until(self, condition: str) -> None:
        """Wait for a condition in the page."""
        wait = (
            "const done = arguments[0];"
            f"const look = () => ({condition}) ? done() : setTimeout(look, 20); look();"
        )
        self.driver.set_script_timeout(20)
        self.driver.execute_async_script(wait)

    def tip(self) -> str:
        return str(self.run("return document.getElementById('tip').innerText"))


@pytest.fixture(scope="module")
def page(spawn: Callable[..., Ran], tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("page") / "report.html"
    ran = spawn("report", ".", "-o", target, cwd=CORPUS)
    assert ran.status == 0, ran.err
    return target


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.driver.quit()


@pytest.fixture
def browser(started: Browser, page: Path) -> Browser:
    started.show(page)
    return started


def test_its_own_policy_lets_its_script_and_style_in(browser: Browser) -> None:
    assert browser.driver.get_log("browser") == []
    assert not browser.run("return document.getElementById('filter').hidden")


def test_no_other_script_gets_in(browser: Browser) -> None:
    browser.run(
        "const s = document.createElement('script'); s.textContent = 'window.harmed = 1';"
        "document.body.append(s);"
        "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=harmed=2>')"
    )
    assert browser.run("return window.harmed") is None
    assert "Content Security Policy" in json.dumps(browser.driver.get_log("browser"))


@pytest.mark.parametrize(("scheme", "dark"), [("light", False), ("dark", True)])
def test_it_follows_the_scheme(browser: Browser, page: Path, scheme: str, dark: bool) -> None:
    browser.show(page, scheme)
    colors = browser.run(
        "const s = getComputedStyle(document.body); return [s.color, s.backgroundColor]"
    )
    text, ground = (sum(map(int, c[4:-1].split(","))) for c in colors)
    assert (text > ground) is dark
    assert abs(text - ground) > 500


def test_it_fits_a_narrow_screen(browser: Browser, page: Path) -> None:
    browser.show(page, width=360)
    browser.run("for (const d of document.querySelectorAll('.function')) d.open = true")
    assert browser.run("return document.documentElement.scrollWidth") <= 360


def test_the_search_leaves_what_fits(browser: Browser) -> None:
    shown = (
        "return [...document.querySelectorAll('.function:not([hidden])')].map(e => e.textContent)"
    )
    everything = browser.run(shown)
    browser.run("document.getElementById('search').focus()")
    browser.keys("canal_load", SPACE, "get_initialiser")
    browser.until("document.querySelectorAll('.function:not([hidden])').length < 5")
    found = browser.run(shown)
    assert 0 < len(found) < len(everything)
    assert all("canal_load" in text for text in found)
    status = browser.run("return document.getElementById('status').innerText")
    assert status == f"{len(found)} of {len(everything)} functions shown"
    browser.keys("no such word")
    browser.until("!document.getElementById('nothing').hidden")
    assert browser.run("return document.querySelectorAll('.file:not([hidden])').length") == 0


def test_outcomes_and_directories_filter(browser: Browser) -> None:
    browser.run("document.querySelector('input[value=converted]').click()")
    browser.run("document.querySelector('input[value=plumbing]').click()")
    browser.until("[...document.querySelectorAll('.function')].some(e => e.hidden)")
    shown = browser.run(
        "return [...document.querySelectorAll('.function:not([hidden])')].map(e => e.dataset.outcomes)"
    )
    assert shown
    assert all("refused" in outcomes for outcomes in shown)
    browser.run("document.querySelector('.only').click()")
    folder = browser.run("return document.querySelector('.only').dataset.path")
    paths = browser.run(
        "return [...document.querySelectorAll('.item:not([hidden])')].map(e => e.dataset.path)"
    )
    assert paths
    assert all(path.startswith(folder) for path in paths)
    browser.run("document.querySelector('button[type=reset]').click()")
    browser.until("![...document.querySelectorAll('.item')].some(e => e.hidden)")


def test_the_keyboard_alone_reaches_a_type(browser: Browser) -> None:
    browser.keys(TAB)
    assert browser.focused() == "Skip to the functions"
    browser.keys(ENTER)
    browser.until("document.activeElement.tagName === 'H2'")
    browser.keys(TAB)
    assert browser.run("return document.activeElement.tagName") == "SUMMARY"
    browser.run("document.querySelector('.function:has(.diff) summary').focus()")
    browser.keys(ENTER)
    browser.until("document.querySelector('.function[open]') !== null")
    browser.keys(TAB)
    assert browser.run(f"return document.activeElement === document.querySelector('{CALLS}')")
    assert "becomes visit_type_" in browser.tip().replace("\n", " ")
    browser.keys(ESCAPE)
    assert browser.run("return document.getElementById('tip').hidden")
    target = browser.run("return document.activeElement.hash.slice(1)")
    browser.keys(ENTER)
    browser.until(f"document.activeElement.id === '{target}'")


def test_a_pointer_over_a_call_shows_its_type(browser: Browser) -> None:
    browser.run("document.querySelector('.function:has(.diff)').open = true")
    call = browser.driver.find_element("css selector", CALLS)
    browser.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", call)
    webdriver.ActionChains(browser.driver).move_to_element(call).perform()
    browser.until("!document.getElementById('tip').hidden")
    assert "type" in browser.tip()
    tip = browser.driver.find_element("id", "tip")
    webdriver.ActionChains(browser.driver).move_to_element(tip).pause(0.5).perform()
    assert not browser.run("return document.getElementById('tip').hidden")  # it can be hovered
    away = webdriver.ActionChains(browser.driver)
    away.w3c_actions.pointer_action.move_to_location(2, 2)
    away.perform()
    browser.until("document.getElementById('tip').hidden")


def test_the_address_keeps_the_filter(browser: Browser) -> None:
    address = browser.driver.current_url
    browser.run("document.getElementById('search').focus()")
    browser.keys("mixed_direction")
    browser.until("location.hash.includes('q=mixed_direction')")
    kept = browser.driver.current_url
    status = browser.run("return document.getElementById('status').textContent")
    browser.driver.get("about:blank")
    browser.driver.get(address)
    assert browser.run("return document.getElementById('status').textContent") != status
    browser.driver.get("about:blank")
    browser.driver.get(kept)
    assert browser.run("return document.getElementById('search').value") == "mixed_direction"
    assert browser.run("return document.getElementById('status').textContent") == status


def test_a_permalink_opens_its_function(browser: Browser) -> None:
    link, name = browser.run(
        "const a = document.querySelectorAll('.permalink')[7];"
        "return [a.href, a.closest('.function').querySelector('summary').id]"
    )
    browser.driver.get("about:blank")
    browser.driver.get(link)
    browser.until("document.activeElement.closest('.function')")
    assert browser.run("return document.activeElement.id") == name
    assert browser.run("return document.activeElement.closest('.function').open") is True


def test_keys_go_from_function_to_function(browser: Browser) -> None:
    names = browser.run(
        "return [...document.querySelectorAll('.function summary')].map((e) => e.id)"
    )
    at = "return document.activeElement.id"
    browser.keys("n")
    assert browser.run(at) == names[0]
    browser.keys("n", "n", "p")
    assert browser.run(at) == names[1]
    assert "%3A" in browser.run("return location.hash") or ":" in browser.run(
        "return location.hash"
    )
    browser.run("document.getElementById('search').focus()")
    browser.keys("n")
    assert browser.run("return document.activeElement.id") == "search"


def test_folded_lines_are_shown_when_asked(browser: Browser) -> None:
    browser.run("for (const d of document.querySelectorAll('.function')) d.open = true")
    seen = "return [...document.querySelectorAll('tr.folded')].filter((r) => !r.hidden).length"
    assert browser.run(seen) == 0
    browser.run("document.querySelector('.more').focus()")
    browser.keys(ENTER)
    assert browser.run(seen) > 0
    assert browser.run("return document.activeElement.getAttribute('aria-expanded')") == "true"
    browser.keys(ENTER)
    assert browser.run(seen) == 0


def test_a_link_opens_what_holds_its_target(browser: Browser) -> None:
    browser.run("document.querySelector('.stay').open = true")
    browser.run("document.querySelector('.stay a').click()")
    browser.until("document.activeElement.matches('.function[open] tr')")


@pytest.mark.skipif("AXE" not in os.environ, reason="NO AXE: accessibility is NOT checked by it")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1300, 390])
def test_axe_finds_nothing(browser: Browser, page: Path, scheme: str, width: int) -> None:
    browser.show(page, scheme, width)
    browser.run(
        "for (const d of [...document.querySelectorAll('details')].slice(0, 40)) d.open = true"
    )
    browser.run(Path(os.environ["AXE"]).read_text())
    browser.driver.set_script_timeout(120)
    found = browser.driver.execute_async_script(
        "const done = arguments[0]; axe.run({resultTypes: ['violations']}).then(r => done("
        "r.violations.map(v => [v.id, v.nodes.slice(0, 3).map(n => n.html)])))"
    )
    assert found == []
