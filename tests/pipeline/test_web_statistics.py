"""The register of figures: what each one says, its source, its age, and where it stands."""

import re
import shutil
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from web_world import CONFIGURATION, dashboard, furnished, known, rows

from pipeline.web import figures
from pipeline.web.pages.statistics import SHOWN
from schemas.statistic import Statistic

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "leopards"


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


def test_a_figure_and_every_place_that_shows_it(eda, spots):
    html = eda.page("/statistics")
    table = rows(html)
    assert table.keys() == {"statistic:killed", "statistic:left"}
    assert "approximately 4,000 are left" in table["statistic:left"]
    assert "no source" in table["statistic:left"]
    places = table["statistic:killed"].partition("nobody says")[2]
    assert re.findall(r"(\w+:\w+@en)", places) == [
        "statistic:killed@en",
        "article:first@en",
        "page:leopards@en",
    ]
    assert 'href="https://spots.example/json/page/leopards.en.json"' in html
    spots.edit("content/statistics/killed.yaml", "221–450", "300–500")
    spots.write("content/pages/new.yaml", "title: New\nblocks: [{type: statistics, items: [killed]}]\n")
    places = rows(eda.page("/statistics?anew=99"))["statistic:killed"]
    assert re.search(r"page:leopards@en files will change", places)
    assert re.search(r"page:new@en files will be created", places)


def test_its_source_and_its_age(eda, spots):
    spots.edit(
        "content/statistics/left.yaml", "statement", "as_of: 2001-02\ncitation: Count of 2001\nstatement"
    )
    now = datetime.now(UTC).year
    cited = f"as_of: {now}\ncitation: {{text: New count, url: 'https://count.example/'}}\nstatement"
    spots.edit("content/statistics/killed.yaml", "statement", cited)
    html = eda.page("/statistics?anew=99")
    table = rows(html)
    assert "Count of 2001" in table["statistic:left"]
    assert re.search(r"2001-02, \d\d years ago old", table["statistic:left"])
    assert "old" not in table["statistic:killed"].split()
    assert '<a href="https://count.example/" rel="noreferrer">New count</a>' in html
    assert rows(eda.page("/statistics?old=1")).keys() == {"statistic:left"}


@pytest.mark.parametrize("words", ["221-450", "221–450", "KILLED each", "statistic:killed", "450"])
def test_a_figure_is_found(eda, words):
    assert rows(eda.page(f"/statistics?q={words}")).keys() == {"statistic:killed"}


def test_only_addresses_on_the_web_become_links(eda, spots):
    spots.edit("content/statistics/left.yaml", "statement", "citation: {text: Ours, url: /count}\nstatement")
    html = eda.page("/statistics?anew=99")
    assert "Ours" in html
    assert 'href="/count"' not in html


def test_many_figures_come_in_pages(eda, spots):
    for number in range(SHOWN + 3):
        spots.write(f"content/statistics/many/{number:03}.yaml", f"figure: {number}\nstatement: of many\n")
    first = eda.page("/statistics?q=many&anew=99")
    assert len(rows(first)) == SHOWN
    then = re.search(r'href="(/statistics[^"]*after=[^"]*)"', first)[1].replace("&amp;", "&")
    assert list(rows(eda.page(then))) == [f"statistic:many/{n:03}" for n in range(SHOWN, SHOWN + 3)]


@pytest.mark.parametrize("name", ["vic", "eda"])
def test_what_is_not_public_is_for_editors(as_user, spots, name):
    secret = "figure: 31337\nstatement: unspoken words\nembargo_until: 2999-01-01\ncitation: Unspoken count\n"
    spots.write("content/statistics/coming.yaml", secret)
    html = as_user(name).page("/statistics?anew=99")
    assert "not public before 2999-01-01 00:00 UTC" in rows(html)["statistic:coming"]
    for words in ("31,337", "31337", "nspoken"):
        assert (words in html) == (name == "eda" and words != "31337")
    shown = name == "eda"
    assert ("statistic:coming" in rows(as_user(name).page("/statistics?q=31337"))) == shown
    assert ("statistic:coming" in rows(as_user(name).page("/statistics?q=unspoken"))) == shown


def test_the_example(tmp_path, monkeypatch):
    root = tmp_path / "leopards"
    shutil.copytree(EXAMPLE, root, ignore=shutil.ignore_patterns("public", ".leopard"))
    users = CONFIGURATION.partition("dashboard:")[2]
    (root / "leopard.yaml").write_text((root / "leopard.yaml").read_text("utf-8") + f"\ndashboard:{users}")
    known(monkeypatch)
    with dashboard(root) as visitor:
        html = visitor("vic").page("/statistics")
    table = rows(html)
    assert len(table) == 5
    killed = table["statistic:snow-leopards-killed"]
    assert "221–450 Snow Leopards are killed each year" in killed
    assert "221–450 panthères des neiges sont tuées chaque année" in killed
    assert "Nowell" in killed
    assert "page:leopards@fr" in killed
    assert 'lang="fr"' in html


@pytest.mark.parametrize(
    ("of", "today", "years"),
    [
        ("2016", date(2018, 12, 30), 1),
        ("2016", date(2018, 12, 31), 2),
        ("2016-02", date(2018, 2, 28), 1),
        ("2016-02", date(2018, 3, 1), 2),
        ("2016-10-21", date(2018, 10, 21), 2),
        ("2016-10-21", date(2018, 10, 20), 1),
        ("2019", date(2018, 1, 1), -2),
    ],
)
def test_a_figure_is_old_two_years_after_the_end_of_what_it_is_of(of, today, years):
    statistic = Statistic.model_validate(
        {"key": "statistic:x", "locale": "en", "figure": 1, "statement": "x", "as_of": of}
    )
    assert figures.years_since(of, today) == years
    assert figures.is_old(statistic, today) == (years >= 2)
    bare = statistic.model_copy(update={"as_of": None})
    assert figures.is_old(bare, today)
    ended = bare.model_validate(
        {
            **bare.model_dump(exclude_defaults=True),
            "key": "statistic:x",
            "locale": "en",
            "period": {"end": of},
        }
    )
    assert figures.dated(ended) == of
