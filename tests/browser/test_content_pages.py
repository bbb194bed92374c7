"""The pages about content in a real browser: read by everybody, searched while one types, and by keyboard."""

import re
import sys
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "pipeline"))

from dashboard import answering

from pipeline.cli import leopard

RECORD = "/records/article:counting-amur-leopards@fr"
PAGES = ("/matrix", "/matrix?q=221-450", RECORD, "/statistics", "/problems", "/quarantine")


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The example, published, with a changed figure, a broken page and what comes of that in the quarantine."""
    root = tmp_path_factory.mktemp("content") / "leopards"
    leopard.main(["demo", str(root)], standalone_mode=False)
    (root / "content/pages/broken.yaml").write_text("title: Broken\nblocks: [{type: txt}]\n")
    leopard.main(["-C", str(root), "sync", "--yes"], standalone_mode=False)
    figure = root / "content/statistics/snow-leopards-killed.yaml"
    figure.write_text(figure.read_text("utf-8").replace("221–450", "300–500"), "utf-8")
    with answering(root) as where:
        yield where


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_fit_for_everybody(page, address, picture, path, scheme):
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.goto(address + path)
    if path == RECORD:
        expect(page.locator("#steps h3").first).to_be_visible()
    found = Axe().run(page).response["violations"]
    assert [(one["id"], node["html"][:200]) for one in found for node in one["nodes"]] == []
    picture(f"content{re.sub('[^a-z0-9]+', '-', path)}-{scheme}")


@pytest.mark.parametrize("path", PAGES)
def test_a_narrow_window_scrolls_one_way_only(page, address, path):
    page.set_viewport_size({"width": 360, "height": 700})
    page.goto(address + path)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")


def test_the_matrix_is_searched_while_one_types(page, address):
    page.goto(f"{address}/matrix")
    rows = page.locator("tbody tr")
    every = rows.count()
    page.get_by_label("Words or figure").press_sequentially("221-450")
    expect(rows).not_to_have_count(every)
    expect(page).to_have_url(re.compile(r"q=221-450"))
    expect(rows.filter(has_text="page:leopards@en").first).to_contain_text("will change")
    expect(rows.filter(has_text="page:leopards@en").first).to_contain_text("has these words")
    page.get_by_label("only what differs").check()
    expect(page).to_have_url(re.compile(r"differs=1"))
    page.locator("select[name=channel]").select_option("rss")
    expect(page.locator("thead th")).to_have_count(2)
    expect(rows.filter(has_text="article:")).to_contain_text("will change")
    page.go_back()
    expect(page.locator("thead th")).to_have_count(16)
    kept = page.evaluate("[...Object.values(localStorage), ...Object.values(sessionStorage)]")
    assert not [text for text in kept if "leopards" in text]  # where one was, and not what stood there


def test_it_is_searched_without_scripts_too(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/matrix")
    page.get_by_label("Words or figure").fill("221-450")
    page.get_by_label("Words or figure").press("Enter")
    expect(page.locator("tbody tr").first).to_contain_text("snow-leopards")
    page.goto(address + RECORD)
    page.get_by_role("link", name="Show what each step changes").click()
    expect(page.locator("#steps h3").first).to_be_visible()
    context.close()


def test_wide_tables_scroll_by_keyboard(page, address):
    page.goto(f"{address}/matrix?q=leopards")
    region = page.get_by_role("region", name="Records and channels")
    last = region.get_by_role("columnheader").last
    expect(last).not_to_be_in_viewport()
    region.focus()
    for _ in range(100):
        page.keyboard.press("ArrowRight")
    expect(last).to_be_in_viewport()


def test_try_again_from_the_quarantine_page_is_for_what_a_channel_refused(page, address):
    page.goto(f"{address}/quarantine")
    row = page.get_by_role("row", name=re.compile("page:broken@en"))
    expect(row).to_contain_text("in every run, until its content is mended")
    assert page.get_by_role("button", name=re.compile("again now")).count() == 0
