"""The preview shows what is saved as soon as it is, and what is broken beside what was last in order."""

import re
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from urllib.request import urlopen

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from onlooker import previewing, until

from pipeline.config import load
from pipeline.web.preview.allowed import Allowed
from pipeline.web.preview.kept import keeping
from pipeline.web.preview.look import look_at
from schemas.problems import Origin
from sources.base import COMPLETE, Input, Raw, Source, SourceContext


@pytest.fixture
def reader(site):
    with previewing(site.root) as one:
        yield one


@pytest.fixture
def watching(site):
    with previewing(site.root, watched=True) as one:
        yield one


def test_what_is_saved_is_heard_of_and_shown(site, watching):
    with watching.events() as heard:
        first = heard()
        assert f'data-version="{first}"' in watching.record().text
        site.edit("content/articles/first.md", "a year", "every single year")
        assert heard() != first
        until(heard, lambda: "every single year" in watching.page().words)
        assert f'data-version="{first}"' not in watching.record().text
        site.edit("content/statistics/killed.yaml", "221–450", "230–460")
        until(heard, lambda: "230–460" in watching.page().words)


def test_a_new_folder_a_new_image_and_another_configuration_are_seen(site, watching):
    with watching.events() as heard:
        heard()
        site.write("content/articles/2024/new.md", "# New\n\nWords.\n")
        until(heard, lambda: "Words." in watching.page("article:2024/new@en").words)
        site.edit("leopard.yaml", "title: Spots", "title: More spots")
        until(heard, lambda: "More spots" in watching.ask("/").words)
        site.edit("leopard.yaml", "channels:\n", "channels:\n  more: {use: json, path: public/more}\n")
        until(heard, lambda: "more" in watching.record(channel="more").words)
        assert watching.page(channel="more").status == 200


def test_drafts_of_editors_and_hidden_files_are_no_news(site, watching):
    with watching.events() as heard:
        first = heard()
        for name in (".first.md.swp", "first.md~", ".git/index", ".hidden/x.md"):
            site.write(f"content/articles/{name}", "x")
        threading.Event().wait(1.5)
        assert watching.desk.version == first
        site.edit("content/articles/first.md", "a year", "each year")
        assert heard() != first


BROKEN = [
    ("article:first@en", "content/articles/first.md", "---\ntitle: [First\n---\n\nNew words.\n"),
    (
        "article:first@en",
        "content/articles/first.md",
        "---\ntitle: First\nimage: asset:none\n---\n\nNew words.\n",
    ),
    ("article:first@en", "content/articles/first.md", "---\ntitle: First\nnonsense: 1\n---\n\nNew words.\n"),
    ("page:other@en", "content/pages/other.yaml", "title: Other\n  blocks: 7\n"),
]


@pytest.mark.parametrize(("ident", "path", "text"), BROKEN)
def test_a_broken_file_shows_what_is_wrong_and_beneath_it_the_last_good_state(
    site, reader, ident, path, text
):
    before = reader.page(ident).text
    good = (site.root / path).read_text()
    site.write(path, text)
    reader.desk.refresh()
    answer = reader.record(ident)
    assert "This record cannot be published" in answer.words
    assert re.search(rf"<code>{re.escape(path)}:\d+", answer.text)
    assert 'aria-label="The line"' in answer.text
    assert "Below is how it was when it was last in order." in answer.words
    assert "New words" not in answer.words
    assert reader.page(ident).text == before
    assert f"{ident} {'First' if 'first' in ident else 'Other'} broken" in reader.ask("/").words
    reader.desk.refresh()  # and it stays so
    assert reader.page(ident).text == before
    site.write(path, good.replace("No figure here", "Mended").replace("a year", "Mended"))
    reader.desk.refresh()
    assert "Mended" in reader.page(ident).words
    assert "This record cannot be published" not in reader.record(ident).words


def test_a_record_that_is_removed_is_gone(site, reader):
    (site.root / "content/articles/first.md").unlink()
    reader.desk.refresh()
    assert reader.record().status == 404
    assert reader.page().status == 404


def test_a_broken_configuration_is_shown_and_the_last_one_holds(site, watching):
    with watching.events() as heard:
        heard()
        site.edit("leopard.yaml", "use: jsonfeed", "use: jsonfed")
        until(heard, lambda: "leopard.yaml cannot be used" in watching.record().words)
        answer = watching.record()
        assert "did you mean 'jsonfeed'" in answer.words
        assert re.search(r"leopard\.yaml:\d+:\d+", answer.words)
        assert "221–450" in watching.page().words
        site.edit("leopard.yaml", "use: jsonfed", "use: jsonfeed")
        until(heard, lambda: "cannot be used" not in watching.record().words)


def test_only_what_was_saved_is_read_again(site, reader, monkeypatch):
    read = []
    for source in reader.desk._project.sources.values():
        real = source.source.read
        monkeypatch.setattr(
            source.source, "read", lambda part, real=real: (read.append(part.name), real(part))[1]
        )
    reader.desk.refresh()
    assert read == []
    site.edit("content/articles/first.md", "a year", "each year")
    reader.desk.refresh()
    assert read == ["content/articles/first.md"]


def test_what_is_not_in_the_project_is_asked_once(site):
    asked = []

    class Away(Source):
        name = "away"

        def inputs(self):
            asked.append("inputs")
            yield Input(name="https://away.example", fingerprint="1")
            return COMPLETE

        def read(self, part):
            yield Raw({"title": "From afar"}, Origin(path=part.name), "afar")
            return COMPLETE

    project = load(site.root)
    away = Away(Away.Options(kind="page"), SourceContext(site.root, project.site))
    kept = keeping(replace(project, sources={"away": away}))
    for _ in range(3):
        assert list(look_at(kept, Allowed(), None, "").entries) == ["page:afar@en"]
    assert asked == ["inputs"]


def test_many_may_watch_and_leave(site, watching):
    with watching.events() as one, watching.events() as other:
        first = one()
        assert other() == first
        with watching.events() as gone:
            gone()
        site.edit("content/articles/first.md", "a year", "each year")
        assert one() != first
        assert other() != first


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_says_where_and_ends_when_it_is_asked_to(site, number):
    words = [sys.executable, "-c", "from pipeline.cli import main; main()", "-C", str(site.root)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([*words, "preview", "article:first", "--port", "0"], **pipes) as process:
        try:
            address = re.search(
                r"http://127\.0\.0\.1:\d+/records/article:first@en$", process.stdout.readline()
            )
            with urlopen(address[0].replace("article:first@en", "page:other@en")) as found:
                assert b"No figure here." in found.read()
            process.send_signal(number)
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert (process.returncode, out) == (0, "Stopped.\n")
    assert "Traceback" not in err
