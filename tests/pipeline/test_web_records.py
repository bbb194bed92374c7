"""A record's page: from its line in the source to every channel, and what is remembered of it."""

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from web_world import CONFIGURATION, dashboard, furnished, rows, text_of

from exporters import memory
from exporters.memory import Fault
from pipeline.ledger import Ledger
from schemas.errors import Rejected

SECRET = "Unspoken words"


@pytest.fixture
def spots(site, monkeypatch):
    """The project with three channels, published once."""
    assert furnished(site, monkeypatch).run("sync", "--yes").status == 0
    return site


@pytest.fixture
def as_user(spots):
    with dashboard(spots.root) as visitor:
        yield visitor


@pytest.fixture
def eda(as_user):
    return as_user("eda")


def test_a_record_from_its_line_to_its_channels(eda, spots):
    html = eda.page("/records/article:first@en")
    text = text_of(html)
    assert "content/articles/first.md:1:1 , read by the source articles title: First" in text
    assert "[[statistic:killed]] a year." in text
    found = rows(html)
    assert found.keys() == {"files", "feed", "shop"}
    assert all("up to date" in row and "published" in row for row in found.values())
    with Ledger("sqlite:///.leopard/ledger.db", spots.root) as ledger:
        run = ledger.history.latest(1)[0].id
        version = ledger.pages.get("files", "article:first@en").digest[:8]
    assert run in found["files"]
    assert version in found["files"]
    history = html.partition("<h2>History</h2>")[2]
    assert len(re.findall("<tr>", history)) == 1 + 3
    assert history.count("create") == 3
    assert 'hx-get="?steps=1"' in html


def test_values_are_told_one_by_one(eda):
    text = text_of(eda.page("/records/statistic:killed@en"))
    assert "figure.low 221 figure.high 450" in text
    assert "null" not in text


def test_what_each_step_changes_word_by_word(eda):
    html = eda.page("/records/article:first@en?steps=1")
    assert "<ins>221–450</ins>" in html or "221–450" in html
    assert "<del>[[statistic:killed]]</del>" in html
    assert "Unchanged by" in html


def test_what_will_change_and_what_is_wrong(eda, spots):
    spots.edit("content/statistics/killed.yaml", "221–450", "300–500")
    spots.edit("content/pages/other.yaml", "title: Other", "title: Other\nsubtitle: Not known")
    found = rows(eda.page("/records/article:first@en?anew=99"))
    assert all("will change its content has changed" in row for row in found.values())
    html = eda.page("/records/page:other@en")
    text = text_of(html)
    assert "It could not be read" in text
    assert "content/pages/other.yaml:2" in text
    assert "subtitle: Not known" in text
    assert rows(html)["files"].count("held back") == 1


def test_a_record_that_is_gone_is_remembered(eda, spots):
    (spots.root / "content/pages/other.yaml").unlink()
    html = eda.page("/records/page:other@en?anew=99")
    assert "The content does not have it any more" in html
    assert "Other" in text_of(html)
    assert "will be removed" in rows(html)["files"]
    assert spots.run("sync", "--yes").status == 0
    html = eda.page("/records/page:other@en?anew=99")
    assert "not for this channel" not in html
    assert rows(html)["files"].endswith("not there")
    history = html.partition("<h2>History</h2>")[2]
    assert history.index("delete") < history.index("create")


def test_what_a_channel_refused_can_be_tried_again(eda, spots):
    memory.STORES["web_pages"].faults.append(Fault("create", error=Rejected("no room for Late")))
    spots.write("content/pages/late.yaml", "title: Late\n")
    assert spots.run("sync", "--yes").status == 1
    html = eda.page("/records/page:late@en")
    assert "Held back from shop" in text_of(html)
    assert "held back" in rows(html)["shop"]
    assert "up to date" in rows(html)["files"]
    assert 'action="/do/retry"' in html
    assert '<input type="hidden" name="channel" value="shop">' in html
    assert "no room for Late" in html.partition("<h2>History</h2>")[2]


def test_a_record_whose_file_cannot_be_read_is_not_called_gone(eda, spots):
    spots.write("content/pages/other.yaml", "title: [")
    html = eda.page("/records/page:other@en?anew=99")
    assert "does not have it any more" not in html
    assert "Not all of the content could be read" in html


def test_a_key_leads_to_its_languages(eda, spots):
    answer = eda.get("/records/page:other")
    assert (answer.status_code, answer.headers["location"]) == (303, "/records/page:other@en")
    spots.write("content/pages/other.fr.yaml", "title: Autre\n")
    html = eda.page("/records/page:other?anew=99")
    assert 'href="/records/page:other@fr"' in html


@pytest.mark.parametrize(
    "ident",
    [
        "page:nowhere@en", "x", "%00", "page:other@en%00", "..%2f..%2fleopard.yaml", "%F0%9F%90%86", "a" * 3000, "%25", "%_",
        "page:%3Cscript%3Ealert(1)%3C/script%3E@en", "%ff%fe", "//", "page:other@en/", "%0d%0aSet-Cookie:x=1",
    ],
)  # fmt: skip
def test_what_nobody_knows_is_said_to_be_missing(eda, ident):
    for query in ("", "?steps=1", "?anew=%00"):
        html = eda.page(f"/records/{ident}{query}", 404)
        assert "<script>alert" not in html


def test_an_odd_key_has_its_page_all_the_same(eda, spots):
    spots.write("content/pages/odd.yaml", 'key: "page:a?b#c/ü <b> 100%"\ntitle: Odd\n')
    html = eda.page("/matrix?anew=99&q=%C3%BC")
    (link,) = re.findall(r'<a href="(/records/page:a[^"]*)"', html)
    assert "page:a?b#c/ü <b> 100%@en" in text_of(eda.page(link))


@pytest.mark.parametrize("name", ["vic", "eda"])
def test_what_is_not_public_is_for_editors(as_user, spots, name):
    spots.write("content/pages/a.yaml", f"title: {SECRET}\nembargo_until: 2999-01-01\n")
    spots.write("content/pages/b.yaml", f"title: {SECRET}\ntypo: {SECRET}\n")
    spots.edit("content/pages/other.yaml", "No figure here.", f"'{SECRET} [[statistic:nothing]]'")
    spots.edit("content/pages/other.yaml", "title: Other", "title: Other\nembargo_until: 2999-01-01")
    client, may = as_user(name), name == "eda"
    html = client.page("/records/page:a@en?anew=99")
    assert "not public before 2999-01-01 00:00 UTC" in html
    assert (SECRET in html) == may
    assert ("As it was read" in html) == may
    assert (client.get("/records/page:a@en?steps=1").status_code == 200) == may
    html = client.page("/records/page:b@en")
    assert (SECRET in html) == may
    assert "content/pages/b.yaml:2" in html
    html = client.page("/records/page:other@en")
    assert (SECRET in html) == may
    assert ("Other" in html.partition("<main")[2]) == may
    assert "will be removed" in html


def test_what_was_public_when_it_was_looked_at_and_is_not_any_more(as_user, spots):
    vic = as_user("vic")
    assert "Other" in vic.page("/records/page:other@en")
    spots.write("content/pages/other.yaml", f"title: {SECRET}\nembargo_until: 2999-01-01\n")
    assert SECRET not in vic.page("/records/page:other@en")
    assert SECRET not in vic.page("/records/page:other@en?steps=1", 404)


def test_long_values_are_cut_and_not_compared_word_by_word(eda, spots):
    spots.write("content/articles/long.md", "---\ntitle: Long\n---\n\n" + "word and word\n" * 20_000)
    html = eda.page("/records/article:long@en?anew=99")
    assert len(html) < 20_000
    assert len(eda.page("/records/article:long@en?steps=1")) < 100_000


def test_without_channels(empty, monkeypatch):
    site = furnished(
        empty(), monkeypatch, re.sub(r"channels:.*?(?=dashboard)", "", CONFIGURATION, flags=re.DOTALL)
    )
    site.write("content/pages/one.yaml", "title: One\n")
    with dashboard(site.root) as visitor:
        assert "There are no channels" in visitor("eda").page("/records/page:one@en")
