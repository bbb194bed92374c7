"""A long file is read line by line, and only lines that are new: with just what reading all of it would give."""

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.cache import lines as known_lines
from pipeline.cache import reading
from pipeline.cache.body import BrokenCache
from pipeline.cache.store import Store, opened
from pipeline.config import load
from pipeline.findings import Findings
from pipeline.prepare import check
from pipeline.read import Reader
from pipeline.spool import NoRoom
from schemas.errors import ContentError
from sources import json_files
from sources.json_files import JsonSource

CONFIGURATION = """\
site: {title: Spots, url: "https://spots.example", languages: [en, fr]}
sources: {notes: {use: json, path: notes.ndjson, locale: LOCALE}}
channels: {feed: {use: rss, path: public/feed.xml}}
"""
ARTICLE, PAGE = (
    f'{{"kind": "{kind}", "key": "n%s", "title": "A note", "body": "Words"}}' for kind in ("article", "page")
)
ODD = (
    PAGE,
    '{"kind": "page", "key": "n%s", "title": "N", "translations": {"fr": {"title": "En français"}}}',
    '{"kind": "page", "key": "n%s", "titel": "N"}',
    '{"kind": "asset", "key": "n%s", "file": "coat.png", "alt": "A", "credit": "us", "licence": "CC0-1.0"}',
    '{"kind": "page", "key": "n%s"',
    "[%s]",
    "%.0s",
    *(f"{space}{ARTICLE}" for space in ("\u00a0", "\u2003", "\f", "\x1c", " \t")),
)
lines = st.builds(str.__mod__, st.sampled_from((*(ARTICLE,) * 6, *ODD)), st.integers(0, 12))
blocks = st.builds(
    lambda first: [ARTICLE % number for number in range(first, first + 20)], st.integers(90, 120)
)
texts = st.builds(
    lambda found, end: end.join(line for part in found for line in part),
    st.lists(st.one_of(st.lists(lines, max_size=6), blocks), max_size=3),
    st.sampled_from(("\n", "\r\n", "\n\n")),
)
versions = st.tuples(texts, st.integers(1, 3), st.sampled_from(("en", "en", "en", "fr")))


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lines")
    configure(folder)
    return folder


def configure(root, pixels=1, locale="en"):
    """The project with an image of so many pixels, and a source whose records are in that language."""
    (root / "leopard.yaml").write_text(CONFIGURATION.replace("LOCALE", locale))
    size = pixels.to_bytes(4, "big")
    (root / "coat.png").write_bytes(
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + size + size + b"\x08\6" + bytes(pixels)
    )


def told(reader: Reader):
    """All that a reading gave."""
    content = reader.read()
    cards = [
        (card.ident, card.digest, content.cards.get(card.ident).where, card.files) for card in content.cards
    ]
    problems = sorted(str(one.model_dump()) for one in content.findings.problems)
    kinds = {name: sorted(found) for name, found in content.kinds.items()}
    return cards, sorted(content.held), problems, kinds, content.counts, content.outcomes


def afresh(root: Path):
    return told(Reader(load(root), Store(None, "")))


@pytest.fixture(scope="module")
def few():
    """A few lines are as many as are looked up at once, and a few rows as are fetched."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "RACY", 0)
        patch.setattr(json_files, "AT_ONCE", 5)
        patch.setattr(known_lines, "PAGE", 7)
        yield


@settings(deadline=None)
@given(versions=st.lists(versions, min_size=2, max_size=4))
def test_whatever_becomes_of_a_file_what_is_known_gives_what_reading_it_gives(
    root, few, tmp_path_factory, versions
):
    path = tmp_path_factory.mktemp("cache") / "cache.db"
    for text, pixels, locale in versions:
        configure(root, pixels, locale)
        (root / "notes.ndjson").write_text(text, newline="")
        store = opened(path, "")
        reader = Reader(load(root), store)
        found = told(reader)
        store.commit()
        store.close()
        assert found == afresh(root)
        assert reader.content.cards.locales >= {ident.rpartition("@")[2] for ident, *_ in found[0]}


@pytest.fixture
def read(root, tmp_path, monkeypatch):
    """Read these lines; how many of them were parsed."""
    configure(root)
    parsed = []
    line = JsonSource._line

    def counted(*args):
        parsed.append(1)
        return line(*args)

    monkeypatch.setattr(JsonSource, "_line", counted)

    def run(lines):
        parsed.clear()
        (root / "notes.ndjson").write_text("".join(f"{line}\n" for line in lines))
        time.sleep(0.06)  # what is younger might change again unseen
        store = opened(tmp_path / "cache.db", "")
        found = told(Reader(load(root), store))
        store.commit()
        store.close()
        count = len(parsed)
        assert found == afresh(root)
        return count

    return run


def test_only_what_is_new_is_parsed(read):
    some = [ARTICLE % number for number in range(2000)]
    assert read(some) == 2000
    assert (
        read([line.replace("Words", "New") if at % 100 == 5 else line for at, line in enumerate(some)]) == 20
    )
    assert read(["", PAGE % "x", *some]) == 21
    assert read(some[1000:] + some[:1000]) == 0
    assert read(some[:300] + some[900:]) == 0
    assert read(some[::-1]) == 600


def test_a_line_is_read_again_if_a_file_that_it_names_is_another_one(root, read):
    some = [ODD[3] % "coat", ARTICLE % 1]
    assert read(some) == 2
    configure(root, pixels=3)
    assert read(some) == 1


def test_a_cache_that_cannot_be_asked_for_lines_is_done_without(root, few, monkeypatch):
    some = [ARTICLE % number for number in range(30)]
    (root / "notes.ndjson").write_text("\n".join(some))
    (root / ".leopard").mkdir(exist_ok=True)
    configure(root)
    assert len(check(load(root)).content.records) == 30
    (root / "notes.ndjson").write_text("\n".join([*some, ARTICLE % 30]))
    failed = []

    def fails(*_):
        failed.append(1)
        raise BrokenCache("it is gone")

    with monkeypatch.context() as patch:
        patch.setattr(known_lines.KnownLines, "_fetched", fails)
        done = check(load(root))
    assert (len(done.content.records), failed) == (31, [1])
    assert "source.failed" not in {problem.code for problem in done.findings.problems}


def test_lines_before_one_that_cannot_be_reached_are_read(root, monkeypatch):
    configure(root)

    def broken(path, shown):
        yield from (f"{ARTICLE % number}\n" for number in range(3))
        raise ContentError("the disk is broken")

    (root / "notes.ndjson").write_text("[]\n")
    monkeypatch.setattr(json_files, "read_lines", broken)
    reader = Reader(load(root), Store(None, ""))
    content = reader.read()
    assert sorted(content.records) == [f"article:n{number}@en" for number in range(3)]
    assert content.outcomes["notes"].state == "partial"


def test_what_is_no_fault_of_the_source_is_raised(root, monkeypatch):
    configure(root)
    (root / "notes.ndjson").write_text("[1]\n")

    def full(*_):
        raise NoRoom("there is no room")

    monkeypatch.setattr(Findings, "add", full)
    with pytest.raises(NoRoom):
        Reader(load(root), Store(None, "")).read()
