"""The whole way on a real server: the example project is published there, looked at, changed, and taken back."""

import json
import os
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

import extruct
import pytest
import requests
import yaml

from pipeline.attach import key_of
from pipeline.config import load

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "leopards"
PROGRAM = (sys.executable, "-c", "from pipeline.cli import main; main()")
PAGE = "page:leopards"
REPORTS = 12
GRAPHS = {
    f"{PAGE}@en": "page/leopards.en.jsonld",
    "report:an-ounce-of-prevention@en": "report/an-ounce-of-prevention.en.jsonld",
}
"""Of a page and of a report: the file that the channel `jsonld` writes."""
SHEETS = {
    f"report:{name}": f"content/sheets/{name}.pdf"
    for name in ("an-ounce-of-prevention", "illuminating-the-blind-spot")
}
"""The files that reports bring along."""


class Place:
    """A copy of the example project that publishes to one channel."""

    def __init__(self, root, channel):
        self.root = root
        shutil.copytree(EXAMPLE, root)
        shutil.rmtree(root / "public", ignore_errors=True)
        self.configure(channel)

    def configure(self, channel):
        written = yaml.safe_load((self.root / "leopard.yaml").read_text())
        known = {name: value for name, value in channel.items() if value is not None}
        locales = {"locales": ["en"]} if "locales" not in known else {}
        written["channels"] = {"site": {**locales, **known}}
        (self.root / "leopard.yaml").write_text(yaml.safe_dump(written))

    def add(self, name, **channel):
        """One more channel."""
        written = yaml.safe_load((self.root / "leopard.yaml").read_text())
        written["channels"][name] = channel
        (self.root / "leopard.yaml").write_text(yaml.safe_dump(written))

    def leopard(self, *words, status=0):
        done = subprocess.run(
            (*PROGRAM, "-C", str(self.root), *words), capture_output=True, text=True, env=os.environ
        )
        assert done.returncode == status, f"{' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def held(self):
        """Every page of ours on the channel by ident."""
        exporter = load(self.root).channel("site")
        with exporter.session():
            return {page.ident: page for page in exporter.read()}

    def edit(self, name, before, after):
        path = self.root / "content" / name
        text = path.read_text()
        assert before in text, f"{name} has no {before!r}"
        path.write_text(text.replace(before, after))


def graph_of(address, visitor=requests):
    """The schema.org graph of ours that visitors get with a page; themes may print others."""
    answer = visitor.get(address, timeout=60)
    assert answer.ok, f"{address}: {answer.status_code}"
    found = extruct.extract(answer.text, syntaxes=["json-ld"])["json-ld"]
    (ours,) = (one for one in found if str(one.get("@id")).startswith("urn:uuid:"))
    return ours


def without_addresses(value, taken):
    """A graph without the addresses of images and files, which are noted in `taken`."""
    if isinstance(value, dict):
        if "contentUrl" in value and value["@type"] in ("ImageObject", "MediaObject"):
            taken.append(value["contentUrl"])
            value = {name: inner for name, inner in value.items() if name != "contentUrl"}
        return {name: without_addresses(inner, taken) for name, inner in value.items()}
    return [without_addresses(inner, taken) for inner in value] if isinstance(value, list) else value


def is_linked(fields, file):
    """Does a report name its file: by the id in a field of its own, or by the address in its text?"""
    parts = [one.get("asset") for one in fields.get("files") or () if isinstance(one, dict)]
    return (
        bool({file.id, file.id.split()[0]} & set(parts))
        if parts
        else file.id.split()[-1] in json.dumps(fields)
    )


class WholeConformance:
    """Fixtures as in WireConformance, but `target`: what leopard.yaml says of the channel, without a proxy.

    `carried`: the schema.org graph that comes with the page of an ident. `readers`: headers by which those who
    may see files get them; by default everybody may.
    """

    @pytest.fixture
    def readers(self):
        return {}

    @pytest.fixture
    def place(self, tmp_path, target):
        return Place(tmp_path / "project", target)

    @pytest.fixture
    def published(self, place):
        place.leopard("channel", "check", "site")
        place.leopard("sync", "--yes")
        return place

    def test_the_example_arrives_once_and_whole(self, published):
        plan = published.leopard("plan", "--refresh", "--detailed-exitcode")
        assert "Nothing" in plan or "nothing" in plan, plan
        status = published.leopard("status", "--format", "json")
        assert PAGE.partition(":")[0] in status or status
        published.leopard("drift", "--detailed-exitcode")

    def test_its_pages_carry_their_graph(self, published, carried, target, readers):
        """That of the files, but for the images and PDFs, which are those of the channel."""
        published.add("graph", use="jsonld", path="public/graph.jsonld")
        published.leopard("sync", "--yes")
        for ident, file in GRAPHS.items():
            written = json.loads((published.root / "public" / file).read_text())
            images, others = [], []
            assert without_addresses(carried(ident), images) == without_addresses(written, others)
            assert len(images) == len(others)
            for address in images:
                assert address.startswith(target["url"]), address
                answer = requests.get(address, headers=readers, timeout=60)
                known = ("image/", "application/pdf")
                assert answer.headers["Content-Type"].startswith(known), f"{address}: {answer.status_code}"
            assert images
        published.leopard("plan", "--refresh", "--detailed-exitcode")

    def test_the_files_of_reports_arrive_and_go_with_their_reports(self, published, media):
        def papers():
            held = published.held()
            return held, {ident: page for ident, page in held.items() if ident.startswith("asset:files/")}

        held, found = papers()
        assert len(found) == len(SHEETS)
        for report, path in SHEETS.items():
            paper = found[f"{key_of(report, path)}@en"]
            assert media(paper) == (published.root / path).read_bytes()
            assert is_linked(held[f"{report}@en"].fields, paper)

        report, path = next(iter(SHEETS.items()))
        (published.root / path).write_bytes(other := (published.root / path).read_bytes() + b"%% more\n")
        published.leopard("sync", "--yes")
        held, found = papers()
        paper = found[f"{key_of(report, path)}@en"]
        assert media(paper) == other
        assert is_linked(held[f"{report}@en"].fields, paper)

        published.edit(
            "reports/an-ounce-of-prevention.yaml", "type: report", "type: report\nembargo_until: 9000-01-01"
        )
        published.leopard("sync", "--yes")
        held, found = papers()
        assert paper.ident not in found
        assert f"{report}@en" not in held
        assert len(found) == len(SHEETS) - 1
        published.leopard("plan", "--refresh", "--detailed-exitcode")

    def test_an_edit_by_hand_is_found_and_overwritten_where_that_is_said(self, published, hand_edit):
        hand_edit(f"{PAGE}@en", "By hand")
        found = published.leopard("drift", "--detailed-exitcode", status=4)
        assert PAGE in found
        published.leopard("sync", "--yes", "--refresh", status=1)
        published.leopard("sync", "--yes", "--refresh", "--overwrite", PAGE)
        published.leopard("drift", "--detailed-exitcode")

    def test_a_run_is_taken_back(self, published):
        published.edit("pages/leopards.yaml", "title: ", "title: Other ")
        published.leopard("sync", "--yes")
        run = next(word for word in published.leopard("runs").split() if word.count("-") == 1 and "T" in word)
        published.leopard("rollback", run, "--yes")
        published.edit("pages/leopards.yaml", "title: Other ", "title: ")
        published.leopard("plan", "--refresh", "--detailed-exitcode")

    def test_a_record_that_is_gone_goes(self, published):
        gone = published.root / "content" / "articles" / "leopards-next-door.md"
        gone.unlink()
        for other in (published.root / "content").rglob("*.yaml"):
            if "leopards-next-door" in other.read_text():
                lines = other.read_text().splitlines(keepends=True)
                other.write_text("".join(line for line in lines if "leopards-next-door" not in line))
        said = published.leopard("sync", "--yes")
        assert "1 deleted" in said or "delete" in said, said
        published.leopard("plan", "--refresh", "--detailed-exitcode")


SOON = (
    "---\ntitle: On time\nslug: on-time\npublished_at: {due}\n---\n\nThe channel publishes this by itself.\n"
)


class OnTimeConformance:
    """Fixtures as in WholeConformance. `ahead`: seconds before its time that a channel schedules an article;
    `there`: what the channel says of it, the state in its own words and when it was last written to;
    `address`: where a `visitor` finds it; `tick`: makes the channel do what is due.
    """

    scheduled: ClassVar[str]

    @pytest.fixture
    def visitor(self):
        return requests.Session()

    def test_it_publishes_on_time_by_itself(self, place, target, ahead, there, address, visitor, tick):
        place.configure({**target, "schedule_ahead": True})
        place.leopard("sync", "--yes")
        due = (datetime.now(UTC) + timedelta(seconds=ahead)).replace(microsecond=0)
        (place.root / "content" / "articles" / "on-time.md").write_text(SOON.format(due=due.isoformat()))
        place.leopard("sync", "--yes")
        assert there()[0] == self.scheduled
        place.leopard("plan", "--refresh", "--detailed-exitcode")
        tick()
        assert visitor.get(address, timeout=60).status_code == 404, "it is early"
        assert datetime.now(UTC) < due, "this took too long to tell"
        time.sleep((due - datetime.now(UTC)).total_seconds() + 1)
        for _ in range(30):
            tick()
            if (seen := visitor.get(address, timeout=60)).ok:
                break
            time.sleep(1)
        assert seen.status_code == 200, "it has not come out"
        assert "The channel publishes this by itself." in seen.text
        state, written = there()
        assert state in ("publish", "published")
        plan = place.leopard("plan", "--detailed-exitcode")
        assert "othing" in plan
        place.leopard("sync", "--yes")
        place.leopard("drift", "--detailed-exitcode")
        place.leopard("plan", "--refresh", "--detailed-exitcode")
        assert there() == (state, written), "it was written to"
