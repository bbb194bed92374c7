"""Windows in which channels are left alone: until when is a channel frozen?"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pipeline.config import Project
from pipeline.ledger import Ledger
from pipeline.ledger.hands import Pause
from pipeline.schedule.model import DAYS, Freeze, length
from pipeline.schedule.timed import Timed, channels_of
from schemas.problems import Problem

LINKED = 100
"""So many windows, one right behind the other, are looked through."""


def thaw(windows: Iterable[Freeze], channel: str, at: datetime, zone: str) -> datetime | None:
    """The instant from which on the channel may be written again; None if it is not frozen at `at`."""
    mine = [one for one in windows if one.channels == "all" or channel in one.channels]
    moment = at
    for _ in range(LINKED):
        ends = [end for one in mine if (end := _end(one, moment, zone)) is not None]
        if not ends:
            break
        moment = max(ends)
    return moment if moment > at else None


def left_alone(
    project: Project, ledger: Ledger, names: Sequence[str], at: datetime
) -> tuple[tuple[str, ...], list[Problem]]:
    """Those of the channels that may be written at an instant, and for each other one why not."""
    chosen, problems, resting = [], [], ledger.hands.paused()
    for name in names:
        if name in resting:
            problems.append(_resting(resting[name]))
            continue
        end = thaw(project.written.freeze, name, at, project.site.timezone)
        if end is None:
            chosen.append(name)
            continue
        problems.append(
            Problem(
                code="schedule.frozen",
                severity="warning",
                message=f"{name} is left alone until {end:%Y-%m-%d %H:%M} UTC, as `freeze` says",
                hint="to publish there before, change `freeze` in leopard.yaml",
                channel=name,
            )
        )
    return tuple(chosen), problems


def _resting(pause: Pause) -> Problem:
    return Problem(
        code="channel.paused",
        severity="warning",
        message=f"{pause.channel} is paused since {pause.since:%Y-%m-%d %H:%M} UTC by {pause.who}",
        hint=f"to publish there again: leopard resume {pause.channel}",
        channel=pause.channel,
    )


def thawing(project: Project) -> Callable[[Timed, datetime], tuple[datetime | None, bool]]:
    """When the frozen channels of a job may be written again, by the project's windows."""

    def until(timed: Timed, now: datetime) -> tuple[datetime | None, bool]:
        names = channels_of(timed, project)
        windows, zone = project.written.freeze, project.site.timezone
        ends = [thaw(windows, name, now, zone) for name in names]
        frozen = [end for end in ends if end is not None]
        return min(frozen, default=None), bool(names) and len(frozen) == len(names)

    return until


def _end(window: Freeze, at: datetime, zone: str) -> datetime | None:
    """When a window ends that is open at `at`."""
    local = ZoneInfo(window.timezone or zone)
    if window.since is not None and window.until is not None:
        begin, end = (_instant(text, local) for text in (window.since, window.until))
        return end if begin <= at < end else None
    assert window.at is not None
    assert window.lasts is not None
    lasts, clock = length(window.lasts), time.fromisoformat(window.at)
    today = at.astimezone(local).date()
    for back in range(-1, lasts.days + 3):
        day = today - timedelta(days=back)
        if window.every in ("day", DAYS[day.weekday()]) or (window.every == "weekday" and day.weekday() < 5):
            begin = datetime.combine(day, clock, local).astimezone(UTC)
            if begin <= at < begin + lasts:
                return begin + lasts
    return None


def _instant(text: str, local: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=local).astimezone(UTC)
