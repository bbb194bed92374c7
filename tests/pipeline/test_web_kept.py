"""A page is made once for a moment: for whoever may see the same, and never across what they did themselves."""

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from web_world import Client, dashboard, furnished

from pipeline.web.kept import MOST, PLACE
from pipeline.web.pages.overview import Overview


@pytest.fixture
def project(site, monkeypatch):
    furnished(site, monkeypatch)
    assert site.run("sync", "--yes").status == 0
    return site


@pytest.fixture
def made(monkeypatch):
    """One for each time that the overview is made."""
    times, show = [], Overview.show

    def counted(room, request):
        times.append(request.url.query)
        return show(room, request)

    monkeypatch.setattr(Overview, "show", counted)
    return times


@pytest.fixture
def as_user(project, made):
    with dashboard(project.root, kept=60.0) as found:
        yield found


def token(html):
    return re.search('name="csrf" value="([^"]+)"', html)[1]


def test_it_is_made_once_for_all_who_may_see_the_same(as_user, made):
    first, second = as_user("eda"), as_user("eda")
    pages = [first.page("/"), second.page("/"), first.page("/")]
    assert len(made) == 1
    assert PLACE not in "".join(pages)
    one, two, again = map(token, pages)
    assert one == again != two


def test_each_visitor_and_each_question_has_its_own(as_user, made):
    for name, path in (("eda", "/"), ("vic", "/"), ("eda", "/?a"), ("vic", "/?a")):
        html = as_user(name).page(path)
        assert ("Run all now" in html) == (name == "eda")
    assert len(made) == 4


def test_what_one_did_one_sees_at_once(as_user):
    eda = as_user("eda")
    assert "paused by" not in eda.page("/")
    answer = eda.post("/do/pause", data={"channel": "feed"})
    assert answer.status_code == 303
    html = eda.page("/")
    assert "feed is paused" in html
    assert "paused by eda" in html
    assert "feed is paused" not in eda.page("/")


def test_a_page_that_is_asked_for_anew_is_made_anew(as_user, made):
    eda = as_user("eda")
    for _ in range(2):
        eda.page("/?anew=0")
    assert len(made) == 2


def test_it_is_no_longer_given_after_a_moment(project, made):
    with dashboard(project.root, kept=0.0) as as_user:
        for _ in range(2):
            as_user("eda").page("/")
    assert len(made) == 2


def test_strangers_get_nothing_of_it(as_user, made):
    eda = as_user("eda")
    eda.page("/")
    stranger = Client(eda.app, "eda")
    stranger.headers["authorization"] = "Bearer wrong"
    assert stranger.get("/").status_code == 303
    assert eda.head("/").text == ""


def test_no_more_than_so_many_are_kept(as_user, made):
    eda = as_user("eda")
    for number in range(MOST + 5):
        eda.page(f"/?{number}")
    eda.page(f"/?{MOST + 4}")
    assert len(made) == MOST + 5
    eda.page("/?0")
    assert len(made) == MOST + 6
