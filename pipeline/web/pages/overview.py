"""The first page: every channel, what it holds, how it is, and what comes next."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pipeline.ledger.entry import RunRecord
from pipeline.schedule.outlook import Fared
from pipeline.web.dash import Dash
from pipeline.web.live import progress
from pipeline.web.totals import Totals
from pipeline.web.view import page

RECENT = 50
"""Runs that are looked through for each channel's last one."""


@dataclass(frozen=True)
class Channel:
    """One line of the overview."""

    name: str
    uses: str
    records: int
    changed: str | None
    state: str
    """One word for the eye: well, waiting, paused, held, down."""
    words: str
    run: RunRecord | None
    due: datetime | None
    overdue: bool


class Overview:
    """Channels × state, and the jobs of the schedule."""

    def __init__(self, dash: Dash) -> None:
        self.dash, self.totals = dash, Totals(dash.ledger)

    def routes(self) -> Iterator[Route]:
        yield Route("/", self.show)

    def show(self, request: Request) -> Response:
        ledger, jobs = self.dash.ledger, self.dash.jobs()
        runs = ledger.history.latest(RECENT)
        channels = list(self._channels(runs, jobs))
        known = {
            "channels": channels,
            "jobs": jobs,
            "latest": runs[:5],
            "held": len(ledger.quarantine.all()),
            "overdue": [job for job in jobs if job.overdue],
            **progress(self.dash),
        }
        return page(request, "overview.html", **known)

    def _channels(self, runs: list[RunRecord], jobs: list[Fared]) -> Iterator[Channel]:
        ledger = self.dash.ledger
        numbers = self.totals.numbers()
        counts, latest = numbers.counts, numbers.latest
        held = [one.channel for one in ledger.quarantine.all()]
        paused, proposals = ledger.hands.paused(), ledger.hands.proposals()
        for name, exporter in self.dash.project.channels.items():
            run = next((one for one in runs if name in one.report.get("channels", {})), None)
            mine = [job for job in jobs if job.channels == "all" or name in job.channels]
            dues = [job.due for job in mine if job.due is not None]
            told = run.report["channels"][name] if run else {}
            if name in paused:
                state, words = "paused", f"paused by {paused[name].who}"
            elif told.get("down"):
                state, words = "down", "could not be reached or refused us"
            elif name in proposals and proposals[name].waits:
                number = sum(proposals[name].counts.values())
                state, words = "waiting", f"{number} change{'s' * (number != 1)} to approve"
            elif number := held.count(name):
                state, words = "held", f"{number} held back"
            elif told.get("left"):
                state, words = "held", f"{told['left']} left for the next run"
            else:
                state, words = (
                    ("well", "as the last run left it") if name in counts else ("empty", "nothing yet")
                )
            yield Channel(
                name=name,
                uses=type(exporter).name,
                records=counts.get(name, 0),
                changed=latest.get(name),
                state=state,
                words=words,
                run=run,
                due=min(dues, default=None),
                overdue=any(job.overdue for job in mine),
            )
