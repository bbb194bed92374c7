"""The dashboard in a real browser: every page, every action, the keyboard, and what axe-core finds."""

import re
import sys
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "pipeline"))

from dashboard import answering

from pipeline.cli import leopard

PAGES = (
    "/",
    "/matrix",
    "/plan",
    "/problems",
    "/quarantine",
    "/runs",
    "/statistics",
    "/schedule",
    "/audit",
)
RECORDS = ("/records/article:counting-amur-leopards@en",)
BROKEN = "content/pages/broken.yaml"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The example, published, with a channel that asks for approval, a changed title and a broken page."""
    root = tmp_path_factory.mktemp("dashboard") / "leopards"
    leopard.main(["demo", str(root)], standalone_mode=False)
    configuration = root / "leopard.yaml"
    text = configuration.read_text().replace("use: jsonfeed,", "use: jsonfeed, approval: required,")
    configuration.write_text(f"{text}\nschedule:\n  - {{sync: all, every: day, at: '02:00'}}\n")
    page = next((root / "content/articles").glob("*.md"))
    page.write_text(re.sub(r"(?m)^title: .*$", "title: Counted again <b>this</b> year", page.read_text()))
    (root / BROKEN).write_text("title: Broken\nblocks: [{type: txt}]\n")
    return root


@pytest.fixture(scope="module")
def address(project):
    with answering(project) as where:
        yield where


def settled(page):
    expect(page.locator(".live")).to_contain_text("Done:", timeout=60_000)


def faults(page):
    """What axe-core finds wrong, in words."""
    found = Axe().run(page)
    return [
        f"{one['id']}: {node['html'][:120]}" for one in found.response["violations"] for node in one["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", [*PAGES, *RECORDS])
def test_every_page_is_fit_for_everybody(page, address, picture, path, scheme):
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.goto(address + path)
    expect(page.locator("h1")).to_have_count(1)
    assert faults(page) == []
    picture(f"dashboard{path.replace('/', '-').rstrip('-')}-{scheme}")


def test_a_narrow_window_scrolls_one_way_only(page, address):
    page.set_viewport_size({"width": 360, "height": 700})
    for path in PAGES:
        page.goto(address + path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1"), path


def test_the_keyboard_leads_everywhere(page, address):
    page.goto(address)
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the content")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.goto(address)
    wanted = page.locator("a[href], button, [tabindex='0'], input:not([type=hidden]), select").count()
    seen = set()
    for _ in range(wanted + 5):
        page.keyboard.press("Tab")
        where = page.evaluate(
            "(() => { const e = document.activeElement; const s = getComputedStyle(e);"
            " return [e.tagName, e.innerText, e.getAttribute('href'), s.outlineStyle]; })()"
        )
        if where[0] == "BODY":
            break
        assert where[3] != "none", f"nobody sees that {where} has the focus"
        seen.add(tuple(where[:3]))
    assert {href for _, _, href in seen if href} >= set(PAGES)
    assert any(text.startswith("Run all now") for _, text, _ in seen)


def test_every_action_by_hand(page, address):
    page.goto(address)
    page.get_by_role("button", name="Run all now").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Begun: a run of all channels")
    settled(page)
    expect(page.locator(".live")).to_contain_text("waiting for approval: feed")
    page.goto(f"{address}/plan?channel=feed")
    section = page.get_by_role("region", name="feed")
    expect(section).to_contain_text("Waits for approval")
    expect(section.locator("ins").first).to_be_visible()
    section.get_by_text("As pages").first.click()
    frame = section.locator("iframe").first
    expect(frame).to_have_attribute("sandbox", "")
    page.get_by_role("button", name="Approve for feed").click()
    settled(page)
    page.goto(address)
    row = page.get_by_role("row", name=re.compile("^rss"))
    row.get_by_role("button", name="Pause rss").click()
    expect(page.get_by_role("status")).to_contain_text("rss is paused")
    row.get_by_role("button", name="Resume rss").click()
    expect(page.get_by_role("status")).to_contain_text("published to again")
    page.goto(f"{address}/runs")
    page.locator("tbody a").first.click()
    expect(page.locator("h1")).to_contain_text("Run 2")
    page.get_by_role("button", name="Roll this run back").click()
    settled(page)
    page.goto(f"{address}/audit")
    for action in ("run", "approve", "pause", "resume", "roll back"):
        expect(page.get_by_role("cell", name=action, exact=True).first).to_be_visible()


def test_the_progress_of_a_run_is_seen_as_it_goes(page, address):
    other = page.context.new_page()
    other.goto(address)
    page.goto(address)
    page.get_by_role("button", name="Run all now").click()
    expect(other.locator(".live")).to_contain_text("Done: a run of all channels", timeout=60_000)
    other.close()


def test_a_viewer_sees_no_button(page, project):
    configuration = project / "leopard.yaml"
    before = configuration.read_text()
    configuration.write_text(
        f"{before}\ndashboard: {{proxy: {{header: X-Who, addresses: [127.0.0.1/32]}}}}\n"
    )
    try:
        with answering(project) as address:
            page.set_extra_http_headers({"X-Who": "vera"})
            page.goto(address)
            expect(page.get_by_text("vera (may look)")).to_be_visible()
            for path in PAGES:
                page.goto(address + path)
                assert page.locator("form[action^='/do/'] button").count() == 0, path
                assert faults(page) == []
            page.goto("about:blank")  # the server ends before the window does
    finally:
        configuration.write_text(before)
