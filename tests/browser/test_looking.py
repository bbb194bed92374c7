"""A look at the content that takes long, in a real browser: nobody waits, and what was found comes by itself."""

import sys
import threading
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "pipeline"))

from dashboard import answering

from pipeline.cli import leopard
from pipeline.planner import Planner


@pytest.fixture
def gate(monkeypatch):
    """Looks go on only while it is open."""
    gate, plan = threading.Event(), Planner.plan

    def guarded(planner, *args, **options):
        assert gate.wait(120)
        return plan(planner, *args, **options)

    monkeypatch.setattr(Planner, "plan", guarded)
    yield gate
    gate.set()


@pytest.fixture
def root(tmp_path):
    leopard.main(["demo", str(tmp_path / "leopards")], standalone_mode=False)
    return tmp_path / "leopards"


def faults(page):
    return [one["id"] for one in Axe().run(page).response["violations"]]


def test_the_first_look_comes_by_itself_and_later_ones_are_offered(page, root, gate, picture):
    with answering(root, moment=0.05) as address:
        page.goto(f"{address}/problems")
        expect(page.get_by_role("status").first).to_contain_text("The content is being read")
        assert faults(page) == []
        picture("looking-first")
        gate.set()
        expect(page.get_by_text("The content is being read")).to_have_count(0, timeout=30_000)
        expect(page.get_by_text("as of")).to_be_visible()
        gate.clear()
        page.get_by_role("link", name="Look again").click()
        expect(page.get_by_role("status").first).to_contain_text("being looked at again")
        page.get_by_label("Words, place or code").fill("something that I write")
        gate.set()
        offered = page.get_by_role("link", name="Show it")
        expect(offered).to_be_visible(timeout=30_000)
        expect(page.get_by_label("Words, place or code")).to_have_value("something that I write")
        assert faults(page) == []
        picture("looking-newer")
        offered.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("link", name="Look again")).to_be_visible()
        expect(page.locator("[hx-trigger^='every']")).to_have_count(0)
        page.goto("about:blank")  # the server ends before the window does


def test_without_scripts_a_link_loads_the_page_again(browser, root, gate):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    with answering(root, moment=0.05) as address:
        page.goto(f"{address}/matrix")
        expect(page.get_by_text("The content is being read")).to_be_visible()
        gate.set()
        again = page.get_by_role("link", name="Look again")
        for _ in range(60):
            page.get_by_role("link", name="load it again").click()
            if again.count():
                break
            page.wait_for_timeout(500)
        expect(again).to_be_visible()
    context.close()
