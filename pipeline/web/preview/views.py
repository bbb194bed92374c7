"""What the page of a record says: its state, and for each channel what that would publish."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import orjson

from exporters.base import Desired
from pipeline.barriers import barriers_in
from pipeline.page_view import page_of
from pipeline.web.preview.look import Entry, Look
from schemas.asset import Asset
from schemas.problems import Problem
from schemas.record import Record

MOST_LISTED = 300
"""Records on one page of the list; a search finds the others."""


@dataclass(frozen=True)
class ChannelView:
    """One record on one channel."""

    name: str
    uses: str
    desired: Desired | None
    problems: Sequence[Problem]
    barriers: list[Problem]
    page: bool
    """Whether it holds HTML, which can be shown as a page."""
    piece: str | None
    why: str = ""
    """Why it is not published there, if it is not."""

    @property
    def rows(self) -> Iterator[tuple[str, str]]:
        """Its fields, each as a text."""
        for name, value in (self.desired.fields if self.desired else {}).items():
            yield name, value if isinstance(value, str) else _json(value)


def channels(look: Look, ident: str) -> list[ChannelView]:
    """The record on every channel; none if it may not be shown."""
    record = look.shown(ident)
    if record is None:
        return []
    return [_channel(look, record, name) for name in look.project.channels]


def _channel(look: Look, record: Record, name: str) -> ChannelView:
    exporter = look.project.channels[name]
    desired, problems = look.desired(record.ident, name)
    if desired is None:
        why = "" if problems else _why(look, record, name)
        return ChannelView(name, exporter.name, None, problems, [], page=False, piece=None, why=why)
    seen = exporter.seen(desired)
    barriers = barriers_in(desired, look.public, look.place, seen)
    page = page_of(desired, seen) is not None
    return ChannelView(name, exporter.name, desired, problems, barriers, page, exporter.piece(desired))


def _why(look: Look, record: Record, name: str) -> str:
    options, site = look.project.channels[name].options, look.project.site
    if record.kind == "asset":
        return "It takes no images by themselves, or no record that it publishes shows this one."
    if options.kinds is not None and record.kind not in options.kinds:
        return f"It publishes other kinds: {', '.join(options.kinds)}."
    return f"It publishes other languages: {', '.join(options.locales or site.languages)}."


def first(views: list[ChannelView]) -> str | None:
    """The channel that is shown if nobody names one: one with a page, else one that publishes it at all."""
    for wanted in (lambda one: one.page, lambda one: one.desired is not None):
        if found := next((one.name for one in views if wanted(one)), None):
            return found
    return views[0].name if views else None


def listed(look: Look, asked: str) -> tuple[list[Entry], int]:
    """Entries whose key or title holds what was asked for, those with problems first; and how many more."""
    words = asked.casefold().split()
    found = [
        one
        for one in look.entries.values()
        if all(word in f"{one.ident} {one.title}".casefold() for word in words)
    ]
    found.sort(key=lambda one: (one.state != "broken", not one.problems, one.ident))
    return found[:MOST_LISTED], max(0, len(found) - MOST_LISTED)


def picture(look: Look, ident: str) -> Asset | None:
    """The asset, if it is an image of the project that may be shown."""
    record = look.shown(ident)
    if not isinstance(record, Asset) or not record.path:
        return None
    return record if (record.media_type or "").startswith("image/") else None


def known(look: Look, key: str) -> str | None:
    """The ident that is meant by an ident, or by a key alone."""
    idents = (key, *(f"{key}@{locale}" for locale in look.project.site.languages))
    return next((ident for ident in idents if ident in look.entries), None)


def _json(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
