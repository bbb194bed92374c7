"""`leopard preview` in a real browser: pages load, show what is saved at once, and work by keyboard."""

import re
import subprocess
import sys
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

CONFIGURATION = """\
site: {title: Spots, url: "https://spots.example", languages: [en]}
sources:
  articles: {use: markdown, path: content/articles}
  images: {use: yaml, path: content/images, kind: asset}
channels:
  feed: {use: jsonfeed, path: public/feed.json, kinds: [article]}
  files: {use: json, path: public/files}
"""
ARTICLE = """\
---
title: First
---

Rosettes are **spots**. See [click here](https://elsewhere.example/).

![](asset:coat)

![From elsewhere](https://elsewhere.example/a.png)
"""
EVIL = """\
---
title: <script>document.title = "run"</script>
tags: ['"><img src=x onerror="document.title = 1">']
---

<script>top.document.title = "run"</script> <a href="javascript:top.document.title='run'">a link</a>
<img src="x" onerror="document.title = 'run'" alt="An image">
"""
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360f8ffff3f0005fe02fea135819e0000000049454e44ae426082"
)
PROGRAM = (sys.executable, "-c", "from pipeline.cli import main; main()")


@pytest.fixture
def project(tmp_path):
    (tmp_path / "content/articles").mkdir(parents=True)
    (tmp_path / "content/images").mkdir()
    (tmp_path / "leopard.yaml").write_text(CONFIGURATION)
    (tmp_path / "content/articles/first.md").write_text(ARTICLE)
    (tmp_path / "content/images/coat.png").write_bytes(PIXEL)
    (tmp_path / "content/images/coat.yaml").write_text(
        "file: coat.png\nalt: A coat\ncredit: us\nlicence: CC0-1.0\n"
    )
    return tmp_path


@contextmanager
def previewing(page, root, *words):
    command = [*PROGRAM, "-C", str(root), "preview", "--port", "0", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            first = process.stdout.readline()
            assert "http://" in first, process.stderr.read()
            try:
                yield re.search(r"http://\S+", first)[0]
            finally:
                page.goto("about:blank")  # a page that lost its server would say so, and rightly
            process.terminate()
            _, err = process.communicate(timeout=60)
            assert (process.returncode, "Traceback" in err) == (0, False), err
        finally:
            process.kill()


def test_a_record_is_found_and_shown_and_what_is_saved_appears_by_itself(page, project, picture):
    with previewing(page, project) as address:
        page.goto(address)
        page.get_by_label("Key or title").fill("first")
        page.keyboard.press("Enter")
        page.get_by_role("link", name="article:first@en").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("First")
        frame = page.frame_locator("iframe")
        expect(frame.locator("strong")).to_have_text("spots")
        shown = frame.locator("img").first
        expect(shown).to_have_attribute("alt", "A coat")
        expect(shown).to_have_js_property("naturalWidth", 1)
        expect(
            page.get_by_text("the words of the link “click here” do not say where it leads")
        ).to_be_visible()
        picture("preview", whole=False)

        page.get_by_role("link", name="feed").focus()
        path = project / "content/articles/first.md"
        path.write_text(ARTICLE.replace("**spots**", "**rings**").replace("click here", "the count of 2024"))
        expect(frame.locator("strong")).to_have_text("rings")
        expect(page.get_by_text("Nothing was found that stands in the way")).to_be_visible()
        expect(page.get_by_role("status")).to_contain_text("Read again at")
        expect(page.locator("#channel-feed")).to_be_focused()

        path.write_text(ARTICLE.replace("title: First", "title: [First"))
        expect(page.get_by_role("heading", name="This record cannot be published")).to_be_visible()
        expect(page.get_by_text("content/articles/first.md:2")).to_be_visible()
        expect(frame.locator("strong")).to_have_text("rings")
        picture("preview-broken", whole=False)

        path.write_text(ARTICLE)
        expect(page.get_by_role("heading", name="This record cannot be published")).to_have_count(0)
        expect(frame.locator("strong")).to_have_text("spots")


def test_nothing_that_a_text_brings_along_is_run(page, project):
    (project / "content/articles/evil.md").write_text(EVIL)
    with previewing(page, project, "article:evil") as address:
        for channel in ("feed", "files"):
            page.goto(f"{address}?channel={channel}")
            frame = page.frame_locator("iframe")
            expect(frame.get_by_text("a link")).to_be_visible()
            frame.get_by_text("a link").click()
            title = page.title()
            assert title.endswith("Spots – preview")
            assert title.startswith("<script>")


def test_a_link_in_the_frame_leads_nowhere(page, project, expected):
    with previewing(page, project, "article:first") as address:
        page.goto(address)
        page.frame_locator("iframe").get_by_text("click here").click()
        expect(page.frame_locator("iframe").get_by_role("heading", level=1)).to_have_text("First")
        assert len(page.context.pages) == 1
        expected("Blocked opening 'https://elsewhere.example/' in a new window")


def test_it_can_be_read_by_keyboard_alone_in_the_dark_and_on_a_telephone(page, project, picture):
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 360, "height": 700})
    with previewing(page, project, "article:first") as address:
        page.goto(address)
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="To the content")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()
        for _ in range(20):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.id") == "channel-files":
                break
        page.keyboard.press("Enter")
        expect(page.get_by_role("link", name="files")).to_have_attribute("aria-current", "page")
        page.wait_for_load_state()  # and with it, the style
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        picture("preview-dark-narrow", whole=False)
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(24, 23, 20)"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_fit_for_everybody(page, project, expected, scheme):
    (project / "content/articles/broken.md").write_text("---\ntitle: [Broken\n---\n")
    (project / "content/articles/later.md").write_text("---\ntitle: Later\nstatus: draft\n---\n")
    page.emulate_media(color_scheme=scheme)
    with previewing(page, project) as address:
        for path in ("", "?q=nothing", "records/article:first@en", "records/asset:coat@en?channel=files"):
            page.goto(address + path)
            expect(page.locator("h1")).to_have_count(1)
            found = Axe().run(page).response["violations"]
            assert [(path, one["id"], node["html"]) for one in found for node in one["nodes"]] == []
        page.goto(f"{address}records/article:later")
        assert Axe().run(page).response["violations"] == []
        page.goto(f"{address}records/nothing")
        assert Axe().run(page).response["violations"] == []
        expected("404")
