"""A settled project is recognised at a glance; whatever is out of the ordinary is left to the commands themselves."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass

import pytest

from exporters.json_files import JsonExporter
from pipeline.config import load
from pipeline.ledger import Ledger
from pipeline.ledger.incidents import Incidents
from pipeline.settled import is_settled, stamp_file
from pipeline.stamp import quick, survey
from pipeline.stamp.form import Stamp, pieces
from pipeline.stamp.quick import answered
from sources.common.files import FolderSource
from tests.pipeline.conftest import CONFIGURATION, Site

INSTANT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(\+00:00)?"
RUN = r"\d{8}T\d{6}Z-[0-9a-f]{8}"
OLD = 0.06
"""Seconds after which a file is not so young any more that it might change again unseen."""


@dataclass
class Told:
    """What was answered at a glance: a status of None means that nothing was."""

    status: int | None
    out: str


@pytest.fixture
def glance(capsys, monkeypatch):
    for name in quick.COLOURED:
        monkeypatch.delenv(name, raising=False)

    def look(site, *words):
        capsys.readouterr()
        status = answered(["-C", str(site.root), *words])
        return Told(status, capsys.readouterr().out)

    return look


def settle(site):
    time.sleep(OLD)
    done = site.run("sync", "--yes")
    assert done.status == 0, done.err
    return site


@pytest.fixture
def settled(site):
    """A project that has been published."""
    return settle(site)


def plain(text):
    return re.sub(INSTANT, "AT", re.sub(RUN, "RUN", text))


def rows(site):
    """All that the ledger holds, but for instants."""
    with closing(sqlite3.connect(site.root / ".leopard" / "ledger.db")) as ledger:
        return plain("\n".join(line for line in ledger.iterdump()))


@pytest.mark.parametrize(
    "words",
    [
        ("sync", "--yes"),
        ("sync",),
        ("sync", "--yes", "--format", "json"),
        ("sync", "--format=text", "--channel", "feed"),
        ("sync", "--channel=feed", "--channel=files", "--yes"),
        ("plan",),
        ("plan", "--detailed-exitcode", "--full"),
        ("plan", "--format", "json"),
    ],
    ids=" ".join,
)
def test_what_is_answered_at_a_glance_is_what_the_command_says_and_does(settled, glance, words):
    told = glance(settled, *words)
    after = rows(settled)
    done = settled.run(*words)
    assert (told.status, plain(told.out)) == (done.status, plain(done.out))
    assert done.err == ""
    assert after == rows(settled)


def test_it_is_noted_of_just_the_channels_that_were_asked_for_that_they_are_as_they_should_be(
    settled, glance
):
    def noted():
        with closing(sqlite3.connect(settled.root / ".leopard" / "ledger.db")) as ledger:
            return json.loads(ledger.execute("SELECT value FROM facts WHERE name = 'success'").fetchone()[0])

    before = noted()
    assert glance(settled, "sync", "--yes", "--channel", "feed").status == 0
    between = noted()
    assert between["feed"] > before["feed"]
    assert between["files"] == before["files"]
    assert glance(settled, "sync", "--yes").status == 0
    assert noted()["files"] > before["files"]


@pytest.mark.parametrize(
    "words",
    [
        ("sync", "--yes", "--no-cache"),
        ("sync", "--refresh"),
        ("sync", "--retry"),
        ("sync", "--overwrite", "page:other"),
        ("sync", "--allow-deletes", "feed"),
        ("sync", "--metrics", "metrics.prom"),
        ("sync", "--log-format", "json"),
        ("sync", "--channel", "nowhere"),
        ("sync", "--format", "xml"),
        ("sync", "saved.plan"),
        ("sync", "--help"),
        ("--debug", "sync"),
        ("plan", "--out", "saved.plan"),
        ("plan", "--format", "html"),
        ("plan", "--channel", "feed"),
        ("plan", "--yes"),
        ("check",),
        ("status",),
        (),
    ],
    ids=" ".join,
)
def test_whatever_asks_for_more_is_left_to_the_command(settled, glance, words):
    assert glance(settled, *words).status is None


@pytest.mark.parametrize(
    "variable", ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_SDK_DISABLED", "_LEOPARD_COMPLETE"]
)
def test_who_observes_sees_the_run_itself(settled, monkeypatch, glance, variable):
    monkeypatch.setenv(variable, "x")
    assert glance(settled, "sync", "--yes").status is None


def test_a_plan_in_colours_is_left_to_the_command(settled, monkeypatch, glance):
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert glance(settled, "plan").status is None
    assert glance(settled, "plan", "--format", "json").status == 0


def rewritten(site):
    """Other text, the same size, the same time: only the file system knows when that was."""
    path = site.root / "content/pages/other.yaml"
    before = path.stat()
    path.write_text(path.read_text().replace("Other", "Every"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def replaced(site):
    path = site.root / "content/pages/other.yaml"
    shutil.copy2(path, path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)


CHANGES = {
    "a file is touched": lambda site: os.utime(site.root / "content/pages/other.yaml"),
    "a file is rewritten in secret": rewritten,
    "a file is replaced": replaced,
    "a file is longer": lambda site: site.edit("content/pages/other.yaml", "No figure", "No figure at all"),
    "a file is renamed": lambda site: (site.root / "content/pages/other.yaml").rename(
        site.root / "content/pages/another.yaml"
    ),
    "a file is gone": lambda site: (site.root / "content/pages/other.yaml").unlink(),
    "a file is new": lambda site: site.write("content/pages/new.yaml", "title: New\n"),
    "a file in a new folder": lambda site: site.write("content/articles/a/b/new.md", "---\ntitle: N\n---\n"),
    "a picture is another": lambda site: site.write("content/images/coat.png", b"GIF89a"),
    "a folder is a link": lambda site: (
        (site.root / "content").rename(site.root / "moved"),
        (site.root / "content").symlink_to("moved"),
    ),
    "an output is gone": lambda site: (site.root / "public/page/other.en.json").unlink(),
    "an output is empty": lambda site: site.write("public/page/other.en.json", ""),
    "an output is longer": lambda site: site.write("public/feed.json", "{}"),
    "all output is gone": lambda site: shutil.rmtree(site.root / "public"),
    "another configuration": lambda site: site.edit("leopard.yaml", "title: Spots", "title: Stripes"),
    "a touched configuration": lambda site: os.utime(site.root / "leopard.yaml"),
    "no ledger": lambda site: (site.root / ".leopard/ledger.db").unlink(),
    "no stamp": lambda site: (site.root / ".leopard/stamp").unlink(),
}


@pytest.mark.parametrize("change", list(CHANGES))
def test_whatever_changes_is_seen(settled, glance, change):
    assert glance(settled, "sync", "--yes").status == 0
    CHANGES[change](settled)
    assert glance(settled, "sync", "--yes").status is None
    assert glance(settled, "plan").status is None


def test_what_is_touched_is_looked_at_once_and_recognised_from_then_on(settled, glance):
    CHANGES["a file is touched"](settled)
    assert settle(settled).run("sync", "--yes").out == "Nothing to do.\n"
    assert glance(settled, "sync", "--yes").out == "Nothing to do.\n"


def test_a_stamp_that_was_lost_is_made_again_without_a_plan(settled, glance, monkeypatch):
    CHANGES["no stamp"](settled)
    with monkeypatch.context() as patched:
        patched.setattr("pipeline.run.Planner", None)
        assert settled.run("sync", "--yes").out == "Nothing to do.\n"
    assert glance(settled, "sync", "--yes").status == 0


def test_what_is_young_is_not_trusted(site, glance, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr("pipeline.settled.RACY", 3600)
        assert site.run("sync", "--yes").status == 0
        assert glance(site, "sync", "--yes").status is None
        assert "Nothing to do" in site.run("sync", "--yes").out
        assert glance(site, "sync", "--yes").status is None
    assert "Nothing to do" in settle(site).run("sync", "--yes").out
    assert glance(site, "sync", "--yes").status == 0


def test_a_file_system_whose_clock_is_behind_is_not_trusted_early(site, glance, monkeypatch):
    from pipeline.settled import Draft

    begin = Draft.__init__

    def late(self, path):
        begin(self, path)
        self.lag += 3600

    monkeypatch.setattr(Draft, "__init__", late)
    settle(site)
    assert glance(site, "sync", "--yes").status is None


def test_where_no_stamp_can_be_written_all_else_goes_on(site, glance):
    (site.root / ".leopard/stamp.part").mkdir(parents=True)
    for _ in range(2):
        assert settle(site).run("sync", "--yes").out == "Nothing to do.\n"
        assert glance(site, "sync", "--yes").status is None


def test_what_a_killed_process_left_of_a_stamp_is_in_nobodys_way(site, glance):
    site.write(".leopard/stamp.part", b"x")
    settle(site)
    assert glance(site, "sync", "--yes").status == 0
    assert not (site.root / ".leopard/stamp.part").exists()


def test_what_changes_while_it_is_read_is_not_trusted(site, glance, monkeypatch):
    """Even if the time of its change is put back, as copying programs do."""
    from pipeline.planner import Planner

    plan = Planner.plan

    def planned(self, *words):
        found = plan(self, *words)
        rewritten(site)
        return found

    time.sleep(OLD)
    with monkeypatch.context() as patched:
        patched.setattr(Planner, "plan", planned)
        assert site.run("sync", "--yes").status == 0
    time.sleep(OLD)
    assert glance(site, "sync", "--yes").status is None
    site.run("sync", "--yes")
    assert b"Every" in site.outputs()["public/page/other.en.json"][0]


def test_the_configuration_that_was_read_counts_not_the_one_that_stands_there(settled):
    project = load(settled.root)
    settled.edit("leopard.yaml", "title: Spots", "title: Stripes")
    time.sleep(OLD)
    (settled.root / ".leopard/stamp").unlink()
    with Ledger(project.written.ledger, settled.root) as ledger:
        from pipeline.run import Sync

        assert Sync(project, ledger).run().outcome == "nothing"
    assert not (settled.root / ".leopard/stamp").exists()


@pytest.mark.parametrize(("seconds", "moved"), [(-10, None), (0, 0), (10_000, None)])
def test_time_alone_publishes_and_withdraws(site, glance, monkeypatch, seconds, moved):
    from datetime import UTC, datetime, timedelta

    soon = datetime.now(UTC) + timedelta(seconds=5_000)
    site.write("content/articles/soon.md", f"---\ntitle: S\nexpires_at: {soon.isoformat()}\n---\n\nText.\n")
    settle(site)
    now = time.time_ns()
    monkeypatch.setattr(quick.time, "time_ns", lambda: now + seconds * 1_000_000_000)
    assert glance(site, "sync", "--yes").status == moved


def test_credentials_that_expire_are_told_in_time(empty, glance, monkeypatch):
    from datetime import UTC, datetime, timedelta

    at = datetime.now(UTC) + timedelta(days=20)
    words = CONFIGURATION.replace("path: public}", f'path: public, credentials_expire: "{at.isoformat()}"}}')
    site = empty(words)
    site.write("content/pages/one.yaml", "title: One\n")
    for name in ("articles", "statistics", "images"):
        (site.root / "content" / name).mkdir()
    settle(site)
    assert glance(site, "sync", "--yes").status == 0
    now = time.time_ns()
    monkeypatch.setattr(quick.time, "time_ns", lambda: now + 7 * 86_400 * 1_000_000_000)
    assert glance(site, "sync", "--yes").status is None


def ledger(site):
    project = load(site.root)
    return Ledger(project.written.ledger, site.root)


def incident(known):
    Incidents(known.database).open("failed", "feed", "it is down")


LEDGERS = {
    "a channel is paused": lambda known: known.hands.pause("feed", "me"),
    "a plan waits": lambda known: known.hands.propose("feed", "{}", "x", {}),
    "something is wrong": incident,
    "another run has written": lambda known: known.set_fact("settled", None),
    "a record is left alone": lambda known: known.set_fact("lineage", "another"),
    "a newer version": lambda known: known.set_fact("version", "99"),
}


@pytest.mark.parametrize("change", list(LEDGERS))
def test_what_the_ledger_says_counts(settled, glance, change):
    with ledger(settled) as known:
        LEDGERS[change](known)
    assert glance(settled, "sync", "--yes").status is None


def test_an_older_copy_of_the_ledger_is_no_settled_one(settled, glance):
    place = settled.root / ".leopard/ledger.db"
    copy = place.read_bytes()
    settled.edit("content/pages/other.yaml", "Other", "Every")
    settle(settled)
    assert glance(settled, "sync", "--yes").status == 0
    place.write_bytes(copy)
    assert glance(settled, "sync", "--yes").status is None


@pytest.mark.parametrize(
    "more",
    [
        "freeze: [{channels: all, since: '2040-01-01', until: '2040-01-02'}]\n",
        "schedule: [{sync: all, every: week}]\n",
    ],
)
def test_windows_and_jobs_are_left_to_the_command(site, glance, more):
    site.write("leopard.yaml", CONFIGURATION + more)
    settle(site)
    assert glance(site, "sync", "--yes").status is None
    assert glance(site, "plan").status == 0


def test_a_plan_with_something_to_say_is_left_to_the_command(site, glance):
    site.write("content/articles/thin.md", "---\ntitle: A [[link\n---\n\n[there](page:nowhere)\n")
    settle(site)
    told = site.run("plan")
    assert (glance(site, "plan").status is None) == bool(told.err)
    assert glance(site, "sync", "--yes").status == 0


def test_a_copy_of_a_project_is_another_project(settled, glance, tmp_path):
    shutil.copytree(settled.root, tmp_path / "copy")
    (tmp_path / "copy/content/pages/other.yaml").unlink()
    assert glance(Site(tmp_path / "copy"), "sync", "--yes").status is None


def test_another_python_or_another_place_of_packages_is_another_program(settled, glance, monkeypatch):
    monkeypatch.setattr(quick, "INTERPRETER", quick.INTERPRETER + "\n/elsewhere")
    assert glance(settled, "sync", "--yes").status is None


def test_no_damage_is_taken_for_a_stamp(settled, glance):
    path = settled.root / ".leopard/stamp"
    whole = path.read_bytes()
    for at in range(0, len(whole), 997):
        for damaged in (
            whole[:at],
            whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :],
            whole + whole[:at],
        ):
            if damaged != whole:
                path.write_bytes(damaged)
                assert glance(settled, "sync", "--yes").status is None, at
    path.write_bytes(whole)
    assert glance(settled, "sync", "--yes").status == 0


def test_links_count_with_what_they_lead_to(site, glance):
    (site.root / "content/pages/linked.yaml").symlink_to("hidden/.real.txt")
    site.write("content/pages/hidden/.real.txt", "title: Linked\n")
    site.write("content/images/real/a.png", (site.root / "content/images/coat.png").read_bytes())
    (site.root / "content/images/coat.png").unlink()
    (site.root / "content/images/coat.png").symlink_to("real/a.png")
    settle(site)
    assert glance(site, "sync", "--yes").status == 0

    site.write("content/pages/hidden/.real.txt", "title: Lynked\n")
    assert glance(site, "sync", "--yes").status is None
    settle(site)
    assert glance(site, "sync", "--yes").status == 0

    site.write("content/images/real/b.png", (site.root / "content/images/real/a.png").read_bytes() + b"\0")
    settle(site)
    assert glance(site, "sync", "--yes").status == 0
    (site.root / "content/images/coat.png").unlink()
    (site.root / "content/images/coat.png").symlink_to("real/b.png")
    assert glance(site, "sync", "--yes").status is None


def test_secrets_count_and_are_not_kept(empty, glance, monkeypatch):
    monkeypatch.setenv("LEOPARD_HOOK", "first-of-secrets")
    hook = 'hook: {use: webhook, url: "https://hook.example/", secret: "env:LEOPARD_HOOK"}'
    site = empty(f'site: {{title: S, url: "https://s.example"}}\nsources: {{}}\nchannels:\n  {hook}\n')
    settle(site)
    assert glance(site, "sync", "--yes").status == 0
    assert b"first-of-secrets" not in (site.root / ".leopard/stamp").read_bytes()
    monkeypatch.setenv("LEOPARD_HOOK", "another-secret")
    assert glance(site, "sync", "--yes").status is None


STEP = """\
from pipeline.steps.base import Step


class Shout(Step):
    name = "shout"

    def change(self, record):
        return record.model_copy(update={"title": record.title + "!"}) if record.kind == "page" else record
"""


def test_the_code_of_a_plugin_counts(site, glance, with_plugin, tmp_path, monkeypatch):
    from schemas import plugins

    plugin = Site(tmp_path / "plugin")
    plugin.write("shout-0.dist-info/METADATA", "Metadata-Version: 2.1\nName: shout\nVersion: 0\n")
    plugin.write("shout-0.dist-info/entry_points.txt", "[leopard.steps]\nshout = a_loud_step:Shout\n")
    plugin.write("a_loud_step.py", STEP)
    with_plugin(plugin.root)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setattr("pipeline.stamp.make.STARTED", time.time() + OLD)
    site.edit("leopard.yaml", "channels:", "steps: [shout]\nchannels:")
    settle(site)
    assert b"Other!" in site.outputs()["public/page/other.en.json"][0]
    assert glance(site, "sync", "--yes").status == 0

    plugin.edit("a_loud_step.py", "!", "?")
    assert glance(site, "sync", "--yes").status is None
    del sys.modules["a_loud_step"]
    plugins.find.cache_clear()
    assert settle(site).run("sync", "--yes").out == "Nothing to do.\n"
    assert b"Other?" in site.outputs()["public/page/other.en.json"][0]
    assert glance(site, "sync", "--yes").status is None, "it is younger than this process"
    del sys.modules["a_loud_step"]


def test_the_command_itself_uses_the_stamp(settled, monkeypatch):
    monkeypatch.setattr(survey, "of_source", None)
    monkeypatch.setattr(FolderSource, "inputs", None)
    assert settled.run("sync", "--yes").out == "Nothing to do.\n"


def test_sources_that_no_file_tells_of_are_asked_and_no_others(site, glance, monkeypatch):
    told = survey.is_told_by_files
    monkeypatch.setattr(survey, "is_told_by_files", lambda one: one.name != "markdown" and told(one))
    settle(site)
    assert glance(site, "sync", "--yes").status is None
    with monkeypatch.context() as patched:
        patched.setattr(survey, "of_source", None)
        assert site.run("sync", "--yes").out == "Nothing to do.\n"
    site.edit("content/articles/first.md", "First", "Last")
    assert "updated" in site.run("sync", "--yes").out


class Looking(JsonExporter):
    """Looks at more than its files."""

    gone: tuple[str, ...] = ()

    def absent(self, remotes, documents):
        return iter(self.gone)


def test_a_channel_that_looks_at_more_than_files_is_asked(settled, glance):
    project = load(settled.root)
    project.channels["files"].__class__ = Looking
    assert not survey.is_told_by_output(project.channels["files"])
    (settled.root / ".leopard/stamp").unlink()
    with ledger(settled) as known:
        from pipeline.ledger import now

        fact = known.fact("settled")
        from pipeline.settled import Settled, fingerprint

        media = Settled.model_validate_json(fact).media
        found = fingerprint(project, media)
        known.set_fact("settled", fact.replace(json.loads(fact)["fingerprint"], found[0]))
        assert is_settled(project, known, ("files",), now()) is not None
        with Stamp(stamp_file(project)) as stamp:
            assert (stamp.header["asked"], stamp.header["sync"], stamp.header["plan"]) == ("files", "", "")
        assert is_settled(project, known, ("files",), now()) is not None
        Looking.gone = ("page:other@en",)
        try:
            assert is_settled(project, known, ("files",), now()) is None
        finally:
            Looking.gone = ()
    assert glance(settled, "sync", "--yes").status is None


def test_large_folders_are_seen_in_pieces(tmp_path):
    names = [f"n{number:05}" for number in range(10_000)]
    for name in names:
        (tmp_path / name).touch()
    found = list(pieces(b"F", str(tmp_path), names))
    assert [piece.sort for piece in found] == [b"F", b"N", b"N"]
    assert sum(len(piece.names.split(b"\0")) for piece in found) == 10_000
    assert all(piece.holds() for piece in found)
    (tmp_path / names[-1]).write_text("x")
    assert [piece.holds() for piece in found] == [True, True, False]


APART = """\
import atexit, os, sys

opened = []


def tell():
    known = sorted(sys.modules)
    import json

    names = [os.fsdecode(one) for one in opened if isinstance(one, (str, bytes, os.PathLike))]
    print(json.dumps([names, known]), file=sys.stderr)


atexit.register(tell)
sys.addaudithook(lambda event, found: opened.append(found[0]) if event == "open" else None)
from pipeline.cli import main

main()
"""


def apart(site, *words):
    """The program in a process of its own: its answer, the files that it opened, the modules that it loaded."""
    program = [sys.executable, "-c", APART, "-C", str(site.root), *words]
    here = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    done = subprocess.run(program, capture_output=True, text=True, env=here, timeout=60, check=True)
    opened, modules = json.loads(done.stderr.splitlines()[-1])
    return done.stdout, opened, {name.partition(".")[0] for name in modules} | set(modules)


HEAVY = {"pydantic", "sqlalchemy", "click", "rich", "requests", "yaml", "orjson", "asyncio"}
QUICK = {"pipeline.cli", "pipeline.stamp", "pipeline.stamp.form", "pipeline.stamp.quick"}
NOT_NEEDED = {
    *("requests", "urllib3", "jinja2", "starlette", "uvicorn", "openpyxl", "xlsxwriter", "feedparser"),
    *("rich", "apprise", "argon2", "prometheus_client", "trafilatura", "selectolax", "multiprocessing"),
    *("opentelemetry", "watchfiles", "schedule"),
}


def test_a_settled_project_opens_no_content_and_imports_nothing(site):
    time.sleep(OLD)
    out, _, modules = apart(site, "sync", "--yes")
    assert "created" in out
    assert modules & NOT_NEEDED == set()
    out, opened, modules = apart(site, "sync", "--yes")
    assert out == "Nothing to do.\n"
    ours = [name for name in opened if name.startswith(str(site.root)) and not os.path.isdir(name)]
    assert ours == [str(site.root / ".leopard/stamp")]
    assert modules & HEAVY == set()
    assert {name for name in modules if name.startswith("pipeline.")} == QUICK
