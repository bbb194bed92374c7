"""
How long do the dashboard's pages about content take in a large project?

    python benchmarks/dashboard.py [--runs 5] [RECORDS]

Fills a ledger with records of about 1 KB on each of three channels, of which 1 % will change, and asks the
real application for pages. The look at the content is made up beforehand: what reading and planning cost is
measured by feeds.py and planning.py. Prints the median time of each page for an editor and for a viewer, from
whom is kept what is not public, and the time of the first request, which works out what others use.
"""

import argparse
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from starlette.testclient import TestClient

sys.path[0] = str(Path(__file__).resolve().parents[1])  # this folder has a sources.py of its own

from exporters.base import Desired, Remote
from pipeline.cache.card import read_card
from pipeline.cache.cards import Cards
from pipeline.cache.records import RecordIndex
from pipeline.cache.store import Store
from pipeline.change import Change, ChannelPlan, Plan
from pipeline.config import load
from pipeline.findings import Findings
from pipeline.ledger import Deed, Entry, Ledger, now
from pipeline.ledger.jobs import Jobs
from pipeline.planned import Planned
from pipeline.prepare import Prepared
from pipeline.read import Content
from pipeline.schedule.loop import Scheduler
from pipeline.schedule.timed import Result
from pipeline.transform import Transformed
from pipeline.web.app import application
from pipeline.web.dash import Dash
from pipeline.web.desk import Desk
from pipeline.web.health import Health
from pipeline.web.looking import Look, Looking
from pipeline.web.users import Users
from schemas import canonical
from schemas.article import Article
from schemas.base import RichText
from schemas.record import Record
from schemas.statistic import Statistic

CHANNELS = ("feed", "files", "shop")
ROLES = ("editor", "viewer")
CONFIGURATION = """\
site: {title: Spots, url: "https://spots.example", languages: [en]}
channels:
  feed: {use: jsonfeed, path: public/feed.json}
  files: {use: json, path: public/files}
  shop: {use: memory}
dashboard:
  users:
    - {name: editor, role: editor, token: "env:LEOPARD_BENCHMARK_EDITOR"}
    - {name: viewer, role: viewer, token: "env:LEOPARD_BENCHMARK_VIEWER"}
"""
TEXT = "The leopard is the most widespread of the big cats, and the one about which least is known. "
QUOTED = 1000
"""One in so many records quotes the figure."""
CHANGED = 100
"""One in so many will change."""
AT_ONCE = 5_000


@dataclass
class Fixed(Looking):
    """A look that was made up."""

    made: Look | None = None

    def look(self, after: int | None = None) -> Look:
        assert self.made is not None
        return self.made


def records(count: int) -> Iterator[Record]:
    """Articles, some of which quote the one figure that there is."""
    yield Statistic.model_validate(
        {"key": "statistic:killed", "locale": "en", "figure": "300–500", "statement": "are killed each year"}
    )
    for number in range(count):
        body = TEXT * 10 + ("[[statistic:killed]]" if number % QUOTED == 7 else "")
        yield Article.model_construct(
            kind="article",
            key=f"article:a{number:07}",
            locale="en",
            title=f"Article {number}",
            body=RichText(text=body),
        )


def desired(record: Record, number: int) -> Desired:
    """What a channel was given: the text with the old figure."""
    body = TEXT * 10 + ("221–450" if number % QUOTED == 7 else "")
    fields = {"title": record.title, "body": body}
    return Desired(
        key=record.key,
        locale="en",
        kind=record.kind,
        title=record.title,
        fields=fields,
        digest=canonical.digest(fields),
    )


def fill(ledger: Ledger, found: list[Record]) -> Plan:
    """A ledger that remembers all of them on every channel; the plan that changes some."""
    planned = []
    for channel in CHANNELS:
        changes = []
        for start in range(0, len(found), AT_ONCE):
            deeds = []
            for number, record in enumerate(found[start : start + AT_ONCE], start):
                one = desired(record, number)
                url = f"https://spots.example/{channel}/{number}"
                remote = Remote(id=str(number), key=one.key, locale="en", version="1", url=url)
                entry = Entry.of(one, remote)
                deeds.append(Deed(one.ident, "create", None, entry))
                if number % CHANGED == 7:
                    told = "its content has changed"
                    change = Change(
                        channel=channel,
                        ident=one.ident,
                        action="update",
                        reason=told,
                        desired=one,
                        before=entry,
                    )
                    changes.append(change)
            ledger.journal.receive_all("filled", channel, deeds, ())
        planned.append(ChannelPlan(channel=channel, held=len(found), changes=tuple(changes)))
    return Plan(channels=tuple(planned))


PAGES = (
    "/matrix",
    "/matrix?after=article:a0050000@en",
    "/matrix?q=221-450",
    "/matrix?q=statistic:killed",
    "/matrix?q=Article+99999",
    "/matrix?q=nothing+of+the+sort",
    "/matrix?kind=statistic",
    "/matrix?channel=feed",
    "/matrix?differs=1",
    "/matrix?differs=1&q=221-450",
    "/records/article:a0001007@en",
    "/statistics",
    "/problems",
    "/quarantine",
)


def measure(client: TestClient, runs: int) -> None:
    for role in ROLES:
        client.headers["authorization"] = f"Bearer {os.environ[f'LEOPARD_BENCHMARK_{role.upper()}']}"
        for path in PAGES:
            times = []
            for _ in range(runs + 1):
                began = time.perf_counter()
                answer = client.get(path)
                times.append(time.perf_counter() - began)
                assert answer.status_code == 200, answer.text
            told = f"{median(times[1:]):.2f} s | {times[0]:.2f} s | {len(answer.content) / 1e3:.0f} kB"
            print(f"| {role} | `{path}` | {told} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("records", type=int, nargs="?", default=100_000)
    asked = parser.parse_args()
    os.environ |= {f"LEOPARD_BENCHMARK_{role.upper()}": secrets.token_hex(16) for role in ROLES}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "leopard.yaml").write_text(CONFIGURATION)
        project = load(root)
        found = sorted(records(asked.records), key=lambda record: record.ident)
        with Ledger(project.written.ledger, root) as ledger:
            store = Store(None, "")
            content = Content(Findings(root), store, Cards(store))
            for record in found:
                content.cards.put(read_card(record, *store.put(record, sure=True)))
            nothing = RecordIndex(Cards(store), "en")
            prepared = Prepared(content, Transformed(RecordIndex(content.cards, "en"), nothing), now())
            look = Look(now(), project, Planned(prepared, fill(ledger, found)))
            looking = Fixed(lambda: project, ledger, made=look)
            scheduler = Scheduler([], Jobs(ledger.database), lambda timed, lease: Result("done"))
            desk = Desk(lambda: project, lambda words, error: None)
            users = Users(project.written.dashboard, root)
            dash = Dash(lambda: project, ledger, scheduler, desk, looking, users)
            app = application(project, Health(scheduler, ledger), dash).app
            print("| who | page | takes | the first time | size |\n|---|---|---|---|---|")
            measure(TestClient(app, base_url="http://127.0.0.1"), asked.runs)


if __name__ == "__main__":
    main()
