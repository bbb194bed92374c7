"""The page that a demo opens with: all outputs are linked, and everybody can read it."""

import re
from html.parser import HTMLParser
from itertools import pairwise
from urllib.parse import unquote

import pytest
import yaml
from click.testing import CliRunner

from pipeline.cli import leopard
from pipeline.cli.demo_words import GROUPS, WORDS


class Page(HTMLParser):
    """Tags with their attributes, and the text."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.text = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text.append(data)

    def all(self, *names):
        return [attributes for tag, attributes in self.tags if tag in names]


def shown(root):
    done = CliRunner().invoke(leopard, ["demo", str(root)])
    assert done.exit_code == 0, done.output
    assert done.output.rstrip().splitlines()[-1].endswith(f"open {root / 'index.html'} in a browser.")
    return Page((root / "index.html").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("demo") / "here"


@pytest.fixture(scope="module")
def page(root):
    return shown(root)


def test_every_file_that_was_published_is_linked(root, page):
    linked = {
        root / unquote(one["href"]) for one in page.all("a") if not one["href"].startswith(("#", "http"))
    }
    assert all(path.is_file() for path in linked)
    assert {path for path in (root / "public").rglob("*") if path.is_file()} <= linked


def test_every_channel_has_its_words_and_its_count(root, page):
    text = " ".join(" ".join(page.text).split())
    channels = yaml.safe_load((root / "leopard.yaml").read_text(encoding="utf-8"))["channels"]
    assert len(channels) == 15
    for name, channel in channels.items():
        title, sentence = WORDS[channel["use"]]
        assert title in text
        assert sentence in text
        assert re.search(rf"Channel {name} , \d+ records? \(\d+ en", text), name
    assert {uses for _, group in GROUPS for uses in group} == set(WORDS)


def test_the_page_of_the_content_has_all_its_parts(page):
    text = " ".join(" ".join(page.text).split())
    for part in ("Picture: Leopard project / CC0", "221–450", "Amira Solberg", "An Ounce of Prevention"):
        assert part in text
    assert not [one for one in page.all("img") if one["src"].startswith("http")]


def test_everybody_can_read_it(page):
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("main")) == len(page.all("h1")) == 1
    assert all(one.get("aria-label") for one in page.all("nav"))
    assert all("alt" in one for one in page.all("img"))
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = [one["id"] for _, one in page.tags if "id" in one]
    assert len(set(ids)) == len(ids)
    assert {one["href"][1:] for one in page.all("a") if one["href"].startswith("#")} <= set(ids)


def test_nothing_comes_from_elsewhere(page):
    assert not page.all("script", "iframe", "object", "embed")
    assert not [one for one in page.all("link", "img") if re.match(r"(https?:)?//", one.get("src", ""))]


def test_a_demo_that_was_changed(tmp_path):
    root = tmp_path / "mine"
    shown(root)
    written = (root / "leopard.yaml").read_text(encoding="utf-8")
    channels = "channels:\n  feed: {use: jsonfeed, path: public/feed.json, title: '<b>'}\n"
    text = written.partition("\nchannels:")[0].replace("Wildlife Trade", "<script>alert(1)</script>")
    (root / "leopard.yaml").write_text(f"{text}\n{channels}", encoding="utf-8")
    page = shown(root)
    assert not page.all("script")
    assert "A page of the content" not in page.text
    assert (root / "public/feed.xml").is_file()
