"""The page of the schedule: what comes, by the clock of the site, and in which windows nothing does."""

import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from dashboard import Reader, answering

from pipeline.web.view import wall

SCHEDULE = """
schedule:
  - {sync: all, every: 15 minutes}
  - {name: morning, sync: [feed], every: day, at: "06:30", timezone: Asia/Kathmandu}
freeze:
  - {channels: [feed], every: sunday, at: "01:00", lasts: 4 hours}
"""


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        ("Europe/London", ["Sun 25 Oct 01:30", "Sun 25 Oct 01:30", "Sun 25 Oct 02:30"]),
        ("Asia/Kathmandu", ["Sun 25 Oct 06:15", "Sun 25 Oct 07:15", "Sun 25 Oct 08:15"]),
    ],
)
def test_the_clock_on_the_wall(zone, told):
    instants = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1, 2)]
    assert [wall(at, ZoneInfo(zone)) for at in instants] == told


def test_what_comes_is_told_by_the_clock_of_the_site(site):
    text = (site.root / "leopard.yaml").read_text()
    site.write("leopard.yaml", text.replace("site: {", "site: {timezone: Asia/Kathmandu, ", 1) + SCHEDULE)
    with answering(site.root) as address:
        page = Reader(address).look("/schedule").text
    assert "By the clock of Asia/Kathmandu." in page
    assert re.search(r"morning</th>\s*<td>\w{3} \d+ \w{3} 06:30, <time", page)
    assert len(re.findall(r"<li>\w{3} \d+ \w{3} \d\d:(00|15|30|45) all every 15 minutes, <time", page)) == 20
    assert "feed: every sunday at 01:00 for 4 hours" in page
