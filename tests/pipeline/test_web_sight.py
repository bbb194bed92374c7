"""Who sees what of content that is not public, on the pages about what will be and what was done."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from web_world import CONFIGURATION, TOKENS, dashboard, furnished

from pipeline.ledger import Ledger

SECRET = "Unspoken words"
AHEAD = CONFIGURATION.replace("without: [batch]", "schedule_ahead: true, without: [batch]")


@pytest.fixture
def spots(site, monkeypatch):
    """The project with a channel that takes pages ahead of their time, published once."""
    made = furnished(site, monkeypatch, AHEAD)
    assert made.run("sync", "--yes").status == 0
    return made


@pytest.mark.parametrize("name", TOKENS)
def test_the_plan_does_not_tell_of_what_comes(spots, name):
    spots.write("content/pages/soon.yaml", f"title: {SECRET}\npublished_at: 2999-01-01\n")
    spots.edit("content/pages/other.yaml", "title: Other", f"title: More {SECRET}\nembargo_until: 2999-01-01")
    with dashboard(spots.root) as as_user:
        html = as_user(name).page("/plan")
        assert "page:soon@en" in html
        assert (SECRET in html) == (name == "eda")
        assert ("Other" in html) == (name == "eda")
        assert "not public before 2999-01-01 00:00 UTC" in html or name == "eda"
        spots.run("sync", "--yes")
        soon = as_user(name).page("/matrix?q=soon&anew=99")
        assert "scheduled" in soon
        assert (SECRET in soon) == (name == "eda")


@pytest.mark.parametrize("name", TOKENS)
def test_a_run_does_not_tell_what_was_wrong_with_what_is_not_public(spots, name):
    spots.write("content/pages/bad.yaml", f"title: {SECRET}\nembargo_until: 2999-01-01\ntypo: {SECRET}\n")
    spots.edit("content/pages/other.yaml", "No figure here.", "'[[statistic:kiled]]'")
    assert spots.run("sync", "--yes").status == 1
    with Ledger("sqlite:///.leopard/ledger.db", spots.root) as ledger:
        run = ledger.history.latest(1)[0].id
    with dashboard(spots.root) as as_user:
        html = as_user(name).page(f"/runs/{run}")
        assert "content/pages/bad.yaml" in html
        assert "statistic:kiled" in html
        assert (SECRET in html) == (name == "eda")
