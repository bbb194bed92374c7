"""
A real browser: Debian's Chromium, driven by Playwright. Collected only where LEOPARD_LIVE names a folder.

    make test-browser                                            # all of them
    LEOPARD_LIVE=~/.cache/leopard-live python -m pytest tests/browser/test_preview.py

`page` is a new window with nothing remembered. What a page says of errors fails the test, and so does a request
that would leave this machine; a test that expects one takes it out with `expected`.
"""

import os
import re
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

BROWSER = Path(__file__).resolve().parents[1] / "live" / "servers" / "browser.sh"
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
ABROAD = re.compile(r"(?!(https?|ws)://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?/)(https?|wss?)://")
"""An expression, not a function: what does not match it goes its way without asking this process."""

if "LEOPARD_LIVE" not in os.environ:
    collect_ignore_glob = ["test_*.py"]


expect.set_options(timeout=30_000)
"""What is waited for comes soon on a machine that has nothing else to do."""


@pytest.fixture(scope="session")
def home():
    """Where what the tests install and write is kept."""
    folder = Path(os.environ["LEOPARD_LIVE"]).expanduser().resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def chromium(home):
    """The program's path; it is installed if it is missing."""
    done = subprocess.run([BROWSER, home / "browser"], stdout=subprocess.PIPE, text=True)
    assert done.returncode == 0, "there is no browser; what was said of it stands above"
    return done.stdout.strip()


@pytest.fixture(scope="session")
def browser(chromium):
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=list(OPTIONS))
        yield opened
        opened.close()


@pytest.fixture
def said():
    """What the pages of this test said of errors, and which requests would have left this machine."""
    return []


@pytest.fixture
def page(browser, said):
    """A window of 1280 × 800 points whose reader speaks British English."""
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 800})

    def refuse(route):
        said.append(f"would have asked {route.request.url}")
        route.abort()

    context.route(ABROAD, refuse)
    window = context.new_page()
    window.on("pageerror", lambda error: said.append(f"script: {error}"))
    window.on(
        "console", lambda words: said.append(f"console: {words.text}") if words.type == "error" else None
    )
    yield window
    context.close()
    assert not said


@pytest.fixture
def expected(page, said):
    """`expected("words")` waits until something with these words was said, and takes it out."""

    def take(words):
        for _ in range(200):
            found = next((text for text in said if words in text), None)
            if found is not None:
                said.remove(found)
                return
            page.wait_for_timeout(50)  # in which what the browser says arrives
        raise AssertionError(f"nobody said {words!r}, but {said}")

    return take


@pytest.fixture
def picture(page, home):
    """`picture("name")` keeps a picture of the page below LEOPARD_LIVE, and says where.

    By default of the `whole` of it; but then frames of another origin stay empty.
    """

    def keep(name, *, whole=True):
        path = home / "screenshots" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=path, full_page=whole)
        return path

    return keep
