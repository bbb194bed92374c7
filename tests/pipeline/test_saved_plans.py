"""A plan that is saved, looked at, and carried out later: what has changed since is refused, one by one."""

import pytest


@pytest.fixture
def saved(site):
    """A site that is up to date, with two changed records and a plan of both."""
    site.run("sync", "--yes")
    site.edit("content/pages/other.yaml", "title: Other", "title: Another")
    site.edit("content/statistics/left.yaml", "4000", "3500")
    assert site.run("plan", "--out", str(site.root / "monday.plan")).status == 0
    return site


def carry_out(site):
    return site.run("sync", str(site.root / "monday.plan"))


def test_a_saved_plan_is_carried_out_without_asking(saved):
    done = carry_out(saved)
    assert done.status == 0, done.err
    assert b"Another" in saved.outputs()["public/page/other.en.json"][0]
    assert saved.run("plan", "--detailed-exitcode").status == 0


def test_what_is_new_since_is_not_done(saved):
    saved.write("content/pages/late.yaml", "title: Late\n")
    carry_out(saved)
    assert "public/page/late.en.json" not in saved.outputs()
    assert "public/page/late.en.json" in (saved.run("sync", "--yes"), saved.outputs())[1]


def test_a_plan_that_was_carried_out_is_stale(saved):
    carry_out(saved)
    done = carry_out(saved)
    assert done.status == 1
    assert "Nothing to do." in done.out


def test_the_forecast_counts_what_is_to_be_done(saved):
    files, feed = saved.run("plan", "--format", "json").json["channels"]
    assert files["forecast"]["calls"] == 0
    assert files["forecast"]["seconds"] is not None
    assert feed["counts"] == {"update": 2}
