"""How a schedule is written in leopard.yaml: its jobs, and the windows in which channels are left alone."""

import re
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field, model_validator

from schemas.base import Model
from schemas.site import Zone

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY = timedelta(days=1)
UNITS = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": DAY,
    "week": 7 * DAY,
}
_DAY_NAMES = "(mon|tues|wednes|thurs|fri|satur|sun)day"
_CLOCK = r"^([01]\d|2[0-3]):[0-5]\d$"
_LENGTH = r"^([1-9]\d{0,3} )?(second|minute|hour|day)s?$"
_WALL = r"^\d{4}-\d\d-\d\d(T([01]\d|2[0-3]):[0-5]\d)?$"
Channels = Annotated[tuple[str, ...], Field(min_length=1)]


def length(text: str) -> timedelta:
    """`15 minutes` or `day` as a length of time."""
    number, _, unit = text.rpartition(" ")
    return UNITS[unit.removesuffix("s")] * int(number or 1)


def period(every: str) -> timedelta:
    """The shortest time between two days or instants of `every`."""
    if every == "weekday":
        return DAY
    return 7 * DAY if every in DAYS else length(every)


class Job(Model):
    """One entry of the schedule."""

    sync: Channels | Literal["all"] = Field(description="Channels, or `all`")
    every: str = Field(
        pattern=rf"^([1-9]\d{{0,3}} )?(minute|hour|day|week)s?$|^weekday$|^{_DAY_NAMES}$",
        description="How often",
        examples=["15 minutes", "day", "weekday", "monday"],
    )
    at: str | None = Field(None, pattern=_CLOCK, description="Time of day", examples=["02:00"])
    timezone: Zone | None = Field(None, description="IANA zone of `at`; by default the site's")
    name: str | None = Field(
        None,
        pattern=r"^[a-z0-9][a-z0-9 _-]{0,59}$",
        description="Name under which it is remembered; by default what it says",
    )
    jitter: str | None = Field(
        None, pattern=_LENGTH, description="Begin up to this much later, each time another while"
    )
    catch_up: Literal["once", "skip"] = Field(
        "once", description="What was missed while nobody was there: make good for all of it once, or skip it"
    )

    @model_validator(mode="after")
    def _fits(self) -> "Job":
        if self.at and re.search("minute|hour", self.every):
            raise ValueError("`at` goes with days, weeks and days of the week, not with minutes or hours")
        if self.jitter and length(self.jitter) >= period(self.every):
            raise ValueError(f"`jitter` must be shorter than what `every` says, {self.every}")
        return self

    @property
    def title(self) -> str:
        """Its name, or what it does in words."""
        if self.name is not None:
            return self.name
        what = self.sync if self.sync == "all" else ", ".join(self.sync)
        at = f" at {self.at}" if self.at else ""
        zone = f" {self.timezone}" if self.timezone else ""
        return f"{what} every {self.every}{at}{zone}"


class Freeze(Model):
    """A window in which channels are left alone: from one instant until another, or again and again."""

    channels: Channels | Literal["all"] = Field(description="Channels, or `all`")
    since: str | None = Field(None, pattern=_WALL, description="First instant", examples=["2026-12-20T18:00"])
    until: str | None = Field(
        None, pattern=_WALL, description="First instant after it", examples=["2027-01-02"]
    )
    every: str | None = Field(
        None, pattern=rf"^day$|^weekday$|^{_DAY_NAMES}$", description="Instead of `since`: on which days"
    )
    at: str | None = Field(None, pattern=_CLOCK, description="Time of day at which it begins, with `every`")
    lasts: str | None = Field(None, pattern=_LENGTH, description="How long, with `every`")
    timezone: Zone | None = Field(None, description="IANA zone of all times here; by default the site's")

    @model_validator(mode="after")
    def _whole(self) -> "Freeze":
        once, often = (self.since, self.until), (self.every, self.at, self.lasts)
        if not (all(once) and not any(often)) and not (all(often) and not any(once)):
            raise ValueError("a freeze has either `since` and `until`, or `every`, `at` and `lasts`")
        if self.since and self.until:
            for one in (self.since, self.until):
                datetime.fromisoformat(one)
            if self.since >= self.until:
                raise ValueError("`until` must be later than `since`")
        if self.every and self.lasts and length(self.lasts) >= period(self.every):
            raise ValueError(f"`lasts` must be shorter than what `every` says, {self.every}")
        return self
