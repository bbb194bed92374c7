"""The content matrix: what each channel has, what will change, and who may see it."""

import re
import sys
from html import unescape
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from web_world import CONFIGURATION, dashboard, furnished, rows

from pipeline.ledger import Ledger, Sought
from pipeline.web.search import ROWS

SECRET = "Unspoken words"
EMBARGOED = f"""\
title: {SECRET}
embargo_until: 2999-01-01
figure: 31337
statement: is not to be known yet
"""


@pytest.fixture
def spots(site, monkeypatch):
    """The project with three channels, published once."""
    assert furnished(site, monkeypatch).run("sync", "--yes").status == 0
    return site


@pytest.fixture
def eda(spots):
    with dashboard(spots.root) as as_user:
        yield as_user("eda")


def test_each_record_has_a_row_and_each_channel_a_column(eda):
    html = eda.page("/matrix")
    assert re.findall(r'<th scope="col">(\w+)</th>', html) == ["Record", "files", "feed", "shop"]
    found = rows(html)
    assert list(found) == sorted(found)
    assert {"article:first@en", "page:leopards@en", "statistic:killed@en", "asset:coat@en"} <= found.keys()
    assert found["article:first@en"].count("up to date") == 3
    assert "not for this channel" in found["statistic:killed@en"]
    assert 'href="https://spots.example/json/article/first.en.json"' in html


def test_what_the_next_run_changes_is_told_before_it(eda, spots):
    spots.edit("content/statistics/killed.yaml", "221–450", "300–500")
    spots.write("content/pages/new.yaml", "title: New\n")
    (spots.root / "content/pages/other.yaml").unlink()
    found = rows(eda.page("/matrix?differs=1&anew=99"))
    assert found.keys() == {
        "article:first@en", "page:leopards@en", "statistic:killed@en", "page:new@en", "page:other@en",
    }  # fmt: skip
    assert "will change" in found["page:leopards@en"]
    assert "will be created" in found["page:new@en"]
    assert "will be removed" in found["page:other@en"]


@pytest.mark.parametrize("figure", ["221–450", "221-450", "221%E2%80%93450"])
def test_which_channel_still_shows_the_old_figure(eda, spots, figure):
    spots.edit("content/statistics/killed.yaml", "221–450", "300–500")
    assert spots.run("sync", "--yes", "--channel", "feed").status == 0
    found = rows(eda.page(f"/matrix?q={figure}&anew=99"))
    assert found.keys() == {"article:first@en", "page:leopards@en", "statistic:killed@en"}
    for ident in ("article:first@en", "page:leopards@en"):
        files, feed, shop = re.split(r"up to date|will change", found[ident])[1:]
        assert "has these words" in files
        assert "has these words" not in feed
        assert "has these words" in shop
        assert found[ident].index("will change") < found[ident].index("up to date")
    assert rows(eda.page(f"/matrix?q={figure}&differs=1")).keys() == found.keys()
    assert rows(eda.page(f"/matrix?q={figure}&differs=1&channel=files")).keys() == found.keys()
    assert rows(eda.page(f"/matrix?q={figure}&differs=1&channel=feed")) == {}


@pytest.mark.parametrize("words", ["statistic:killed", "300-500", "are killed EACH"])
def test_a_statistic_is_found_with_all_that_show_it(eda, spots, words):
    spots.edit("content/statistics/killed.yaml", "221–450", "300–500")
    found = rows(eda.page(f"/matrix?q={words}&anew=99"))
    assert found.keys() == {"article:first@en", "page:leopards@en", "statistic:killed@en"}
    assert "shows statistic:killed" in found["page:leopards@en"]
    assert "will change" in found["page:leopards@en"]


def test_filters(eda):
    assert rows(eda.page("/matrix?kind=article")).keys() == {"article:first@en"}
    assert rows(eda.page("/matrix?language=fr")) == {}
    assert "statistic:killed@en" not in rows(eda.page("/matrix?channel=feed"))
    assert rows(eda.page("/matrix?q=OTHER&channel=files")).keys() == {"page:other@en"}
    assert rows(eda.page("/matrix?q=%25")) == rows(eda.page("/matrix?q=zzz")) == {}
    assert rows(eda.page("/matrix?differs=1")) == {}
    assert len(rows(eda.page("/matrix?kind=&language=&channel=&q="))) == len(rows(eda.page("/matrix")))


def test_what_is_held_back_is_told(eda, spots):
    spots.edit("content/pages/other.yaml", "title: Other", "titel: Other")
    found = rows(eda.page("/matrix?differs=1&anew=99"))
    assert found["page:other@en"].count("held back") == 3


def test_a_title_with_html_is_text(eda, spots):
    spots.write("content/pages/bad.yaml", "title: <script>alert(1)</script> & <b>\n")
    html = eda.page("/matrix?anew=99")
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b&gt;" in html


def test_only_addresses_on_the_web_become_links(eda, spots):
    with (
        Ledger("sqlite:///.leopard/ledger.db", spots.root) as ledger,
        ledger.database.writing() as connection,
    ):
        connection.exec_driver_sql("UPDATE entries SET url = 'javascript:alert(1)' WHERE channel = 'files'")
        connection.exec_driver_sql("UPDATE entries SET url = 'http://[' WHERE channel = 'feed'")
    html = eda.page("/matrix")
    assert "javascript:" not in html
    assert "http://[" not in html


def test_many_records_come_in_pages(eda, spots):
    for number in range(ROWS + 5):
        spots.write(f"content/pages/many/{number:03}.yaml", f"title: Page {number}\n")
    for published in (False, True):
        first = eda.page("/matrix?q=many&kind=page&anew=99")
        then = unescape(re.search(r'<a href="([^"]*after=[^"]*)">The next ones', first)[1])
        second = eda.page(then)
        idents = [*rows(first), *rows(second)]
        assert idents == [f"page:many/{number:03}@en" for number in range(ROWS + 5)]
        assert "The next ones" not in second
        if not published:
            assert spots.run("sync", "--yes").status == 0


def test_a_record_that_is_gone_stays_until_it_is_removed(eda, spots):
    (spots.root / "leopard.yaml").write_text(CONFIGURATION.replace("memory,", "memory, on_missing: keep,"))
    (spots.root / "content/pages/other.yaml").unlink()
    assert spots.run("sync", "--yes").status == 0
    found = rows(eda.page("/matrix?q=other&anew=99"))
    assert "up to date" in found["page:other@en"]


@pytest.mark.parametrize("name", ["vic", "eda"])
def test_what_is_not_public_is_for_editors(spots, name):
    spots.write("content/statistics/coming.yaml", EMBARGOED)
    spots.write("content/pages/tells.yaml", f"title: {SECRET} too\nstatus: draft\n")
    with dashboard(spots.root) as as_user:
        client = as_user(name)
        every, secret = client.page("/matrix"), client.page("/matrix?q=unspoken")
        figure = client.page("/matrix?q=31337")
        assert "not public before 2999-01-01 00:00 UTC" in rows(every)["statistic:coming@en"]
        assert "its status is draft" in rows(every)["page:tells@en"]
        assert (SECRET in every) == (name == "eda")
        assert ("statistic:coming@en" in rows(secret)) == (name == "eda")
        assert ("statistic:coming@en" in rows(figure)) == (name == "eda")
        assert "statistic:coming@en" in rows(client.page("/matrix?q=coming"))


def test_what_became_secret_is_not_told_from_what_a_channel_still_has(spots):
    spots.edit("content/pages/other.yaml", "title: Other", "title: Other\nembargo_until: 2999-01-01")
    with dashboard(spots.root) as as_user:
        found = rows(as_user("vic").page("/matrix?q=no%20figure"))
        assert found == {}
        row = rows(as_user("vic").page("/matrix?q=other"))["page:other@en"]
        assert "not public before 2999" in row
        assert "Other" not in row
        assert "will be removed" in row
        assert "page:other@en" in rows(as_user("eda").page("/matrix?q=no%20figure"))


def test_a_project_without_records(empty, monkeypatch):
    site = furnished(empty(), monkeypatch)
    with dashboard(site.root) as as_user:
        assert "Nothing fits" in as_user("eda").page("/matrix")


def test_a_broken_configuration_leaves_what_is_remembered(eda, spots):
    eda.page("/matrix")
    spots.edit("leopard.yaml", "site:", "sight:")
    html = eda.page("/matrix?anew=99")
    assert "The content cannot be read" in html
    assert "as the last run left it" in rows(html)["page:other@en"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("50%_\\", 1),
        ("50%", 1),
        ("0__", 0),
        ('say "no"', 1),
        ("of 4 000", 1),
        ("ÉTÉ", 0),
        ("été", 1),
        ("a" * 300, 0),
    ],
)
def test_what_is_looked_for_is_no_pattern(spots, text, found):
    spots.write("content/pages/odd.yaml", 'title: "50%_\\\\ of 4\\u202f000: say \\"no\\" in été"\n')
    assert spots.run("sync", "--yes").status == 0
    with Ledger("sqlite:///.leopard/ledger.db", spots.root) as ledger:
        assert len(list(ledger.pages.listed("files", Sought(text=text)))) == found
