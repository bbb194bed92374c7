"""Nothing is in the preview before its time, unless its author asks for it."""

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from onlooker import previewing, put_forward, soon

from pipeline.web.preview.allowed import Allowed

HIDDEN = {
    "draft": "status: draft",
    "later": f"published_at: {soon(days=2)}",
    "secret": f"embargo_until: {soon(days=3)}",
    "gone": "status: withdrawn",
    "over": "expires_at: 2020-01-01",
}
SEEN = {
    Allowed(): set(),
    Allowed(drafts=True): {"draft", "later"},
    Allowed(embargoed=True): {"secret"},
    Allowed(drafts=True, embargoed=True): {"draft", "later", "secret"},
}


@pytest.fixture
def hiding(site):
    for name, line in HIDDEN.items():
        site.write(
            f"content/articles/{name}.md",
            f"---\ntitle: The {name} title\n{line}\nimage: {name}\n---\n\nThe {name} words.\n",
        )
        site.write(
            f"content/images/{name}.yaml",
            f"file: coat.png\nalt: The {name} alt\ncredit: us\nlicence: CC0-1.0\n{line}\n",
        )
    site.edit(
        "content/articles/first.md", "a year.", "a year. See [it](article:secret) and [that](article:draft)."
    )
    return site


@pytest.mark.parametrize("allowed", SEEN, ids=str)
def test_what_is_not_public_is_nowhere_unless_its_author_says_so(hiding, allowed):
    with previewing(hiding.root, allowed) as reader:
        for name in HIDDEN:
            ident, asset = f"article:{name}@en", f"asset:{name}@en"
            answers = [
                reader.ask(path)
                for path in ("/", "/?q=words", f"/?q=The+{name}+title", "/records/article:first@en")
            ]
            answers += [
                reader.record(one, channel) for one in (ident, asset) for channel in ("files", "feed")
            ]
            answers += [reader.page(ident), reader.page()]
            bytes_ = reader.ask(f"/media/{reader.desk.token}/{asset}")
            if name in SEEN[allowed]:
                assert f"The {name} title" in answers[0].words
                assert f"The {name} words" in reader.page(ident).words
                assert "Only you see this." in reader.record(ident).words
                assert bytes_.status == 200
                continue
            shown = [one.words.replace(f"has “The {name} title” in its key", "") for one in answers]
            assert not [one for one in shown if re.search(f"The {name} (title|words|alt)", one)]
            assert bytes_.status == 404
            assert "This record is not shown." in reader.record(ident).words


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("draft", "It is a draft: it becomes public when its status is `published`."),
        ("later", r"It becomes public on \d+ \w+ \d{4} at \d\d:\d\d(:\d\d)? \(UTC\)\."),
        ("secret", r"It is under embargo, and becomes public on \d+ \w+ \d{4} at "),
        ("gone", "It is withdrawn, so it is not public."),
        ("over", r"It has not been public since 1 January 2020 at 00:00 \(UTC\)\."),
    ],
)
def test_it_is_said_when_a_record_becomes_public(hiding, name, sentence):
    with previewing(hiding.root) as reader:
        assert re.search(sentence, reader.record(f"article:{name}@en").words)
        assert re.search(sentence, reader.ask("/").words)


def test_a_draft_that_quotes_what_is_under_embargo_waits_for_it(site):
    site.write(
        "content/statistics/new.yaml", f"figure: 7777\nstatement: are left\nembargo_until: {soon(days=1)}\n"
    )
    site.write(
        "content/articles/draft.md", "---\ntitle: Draft\nstatus: draft\n---\n\n[[statistic:new]] now.\n"
    )
    with previewing(site.root, Allowed(drafts=True)) as reader:
        answer = reader.record("article:draft@en")
        assert "It needs another record that is not public." in answer.words
        assert "7,777" not in answer.words
        assert "7777" not in answer.words


def test_the_end_of_an_embargo_is_seen_without_saving_anything(site, monkeypatch):
    site.write(
        "content/articles/soon.md", f"---\ntitle: Soon\nembargo_until: {soon(hours=1)}\n---\n\nThe words.\n"
    )
    with previewing(site.root, watched=True) as reader, reader.events() as heard:
        assert "under embargo" in reader.record("article:soon@en").words
        first = heard()
        put_forward(monkeypatch, hours=1)
        assert heard() != first
        assert "The words" in reader.page("article:soon@en").words


def test_what_expires_is_not_shown_an_instant_longer(site, monkeypatch):
    site.write(
        "content/articles/short.md", f"---\ntitle: Short\nexpires_at: {soon(hours=1)}\n---\n\nThe words.\n"
    )
    with previewing(site.root) as reader:
        assert "The words" in reader.page("article:short@en").words
        put_forward(monkeypatch, hours=1)
        assert reader.page("article:short@en").status == 404


def test_a_broken_file_that_speaks_of_an_embargo_is_not_quoted(site):
    site.write(
        "content/articles/secret.md",
        f"---\nembargo_until: {soon(days=1)}\ntitle: [The, secret]\n---\n\nWords.\n",
    )
    site.write("content/pages/secret.yaml", f"embargo_until: {soon(days=1)}\ntitle: The secret: of it\n")
    with previewing(site.root) as reader:
        for path in ("/", "/records/article:secret@en"):
            answer = reader.ask(path)
            assert "secret]" not in answer.text
            assert "The secret" not in answer.text
            assert "this file speaks of an embargo" in answer.words
    with previewing(site.root, Allowed(embargoed=True)) as reader:
        assert "title: [The, secret]" in reader.ask("/records/article:secret@en").words
