"""Before the first write a channel is asked what it lacks; what it lacks is said, and nothing is written."""

import pytest

from exporters import memory
from exporters.memory import MemoryExporter
from schemas.errors import AuthError, ChannelDown
from schemas.problems import Problem

LACKS = Problem(
    code="target.field",
    message="the type page has no field body",
    hint="add it, or run `leopard channel setup`",
)


@pytest.fixture
def target(site, monkeypatch):
    """What the channel says when it is asked, and how often that was."""
    monkeypatch.setattr(memory, "STORES", {})
    sources = (site.root / "leopard.yaml").read_text().partition("channels:")[0]
    site.write("leopard.yaml", sources + CHANNELS)
    target = Target()
    monkeypatch.setattr(MemoryExporter, "check", lambda self: target.check())
    monkeypatch.setattr(MemoryExporter, "setup", lambda self, folder: target.setup(folder))
    return target


CHANNELS = "channels:\n  out: {use: memory}\n"


class Target:
    lacks: tuple[Problem, ...] = (LACKS,)
    asked = 0

    def check(self):
        self.asked += 1
        yield from self.lacks

    def setup(self, folder):
        folder.mkdir(parents=True)
        (folder / "plugin.txt").write_text("install me")
        self.lacks = ()
        yield f"wrote {folder / 'plugin.txt'}: install it"


def test_what_a_channel_lacks_is_named(site, target):
    done = site.run("channel", "check", "out")
    assert done.status == 1
    assert "the type page has no field body" in done.out
    assert "add it" in done.out
    assert "leopard channel setup out" in done.out


def test_setup_makes_it_ready(site, target):
    done = site.run("channel", "setup", "out")
    assert done.status == 0
    assert (site.root / "setup" / "out" / "plugin.txt").exists()
    assert site.run("channel", "check", "out").out == "out is ready.\n"


def test_a_channel_that_cannot_be_asked(site, target, monkeypatch):
    def refuse(self):
        raise error
        yield

    monkeypatch.setattr(MemoryExporter, "check", refuse)
    for error in (
        AuthError("the password is wrong", hint="make a new one"),
        ChannelDown("nobody is there", hint="check the address; else run `leopard channel setup`"),
    ):
        done = site.run("channel", "check", "out")
        assert done.status == 1
        assert error.message in done.out
        assert "See: leopard channel setup" not in done.out, "that would not help"


def test_setup_is_named_only_where_it_helps(site, target):
    target.lacks = (LACKS.model_copy(update={"hint": "give the user that right"}),)
    assert "setup" not in site.run("channel", "check", "out").out
    target.lacks = (*target.lacks, LACKS)
    assert (
        "2 things to be looked after. See: leopard channel setup out"
        in site.run("channel", "check", "out").out
    )


def test_what_is_only_told_leaves_it_ready(site, target):
    target.lacks = (LACKS.model_copy(update={"severity": "info"}),)
    done = site.run("channel", "check", "out")
    assert (done.status, "out is ready." in done.out) == (0, True)
    assert LACKS.message in done.out


def test_nothing_is_written_to_a_channel_that_lacks_something(site, target):
    done = site.run("sync", "--yes")
    assert done.status == 1
    assert "the type page has no field body" in done.out + done.err
    assert not memory.STORES or not memory.STORES["default"].pages


def test_it_is_asked_once(site, target):
    target.lacks = ()
    assert site.run("sync", "--yes").status == 0
    site.write("content/articles/more.md", "---\ntitle: More\n---\nText.\n")
    assert site.run("sync", "--yes").status == 0
    assert target.asked == 1


def test_what_is_only_a_warning_stops_nothing(site, target):
    target.lacks = (LACKS.model_copy(update={"severity": "warning"}),)
    first = site.run("sync", "--yes", "--format", "json")
    assert (first.status, [one["code"] for one in first.json["problems"]]) == (0, [LACKS.code])
    assert memory.STORES["default"].pages
    site.write("content/articles/more.md", "---\ntitle: More\n---\nText.\n")
    again = site.run("sync", "--yes", "--format", "json")
    assert (again.status, again.json["problems"], target.asked) == (0, [], 1)


def test_what_is_only_good_to_know_is_no_problem_of_a_run(site, target):
    target.lacks = (LACKS.model_copy(update={"severity": "info"}),)
    done = site.run("sync", "--yes", "--format", "json")
    assert (done.status, done.json["problems"], done.json["outcome"]) == (0, [], "clean")
    told = site.run("channel", "check", "out")
    assert told.status == 0
    assert LACKS.message in told.out
