"""What stands in the way of readers in what a channel would publish, as problems with their places."""

from collections.abc import Iterator
from html import unescape
from typing import Any

from exporters.base import Desired, Fields
from pipeline.accessibility import Barrier, barriers
from pipeline.asset_keys import asset_keys
from pipeline.cache.records import RecordIndex
from pipeline.explain import dotted
from pipeline.page_view import page_of
from pipeline.references import Place
from schemas.asset import Asset
from schemas.problems import Problem
from schemas.record import Path, Record


def barriers_in(
    desired: Desired, public: RecordIndex, place: Place, seen: Fields | None = None
) -> list[Problem]:
    """A warning for each; of what steps or the channel brought in, the place is the record's.

    `seen` are the fields as readers see them, if that is another form.
    """
    page = page_of(desired, seen)
    record = public.get(desired.key, desired.locale)
    if page is None or record is None:
        return []
    return [_problem(one, record, public, place) for one in barriers(page)]


def _problem(barrier: Barrier, record: Record, public: RecordIndex, place: Place) -> Problem:
    ident, path = _where(barrier.about, record, public)
    key, _, locale = ident.rpartition("@")
    return Problem(
        code=barrier.code,
        severity="warning",
        message=barrier.message,
        hint=f"{barrier.hint} (WCAG 2.2, {barrier.criterion})",
        origin=place(ident, path),
        key=key,
        locale=locale,
        field=dotted(path) or None,
    )


def _where(words: str, record: Record, public: RecordIndex) -> tuple[str, Path]:
    """The record and the field in which these words stand; an asset of the record if it is there."""
    if words:
        assets = (public.get(key, public.default_locale) for key in dict.fromkeys(asset_keys(record)))
        for one in (record, *(asset for asset in assets if isinstance(asset, Asset))):
            for path, text in _texts(one.model_dump(exclude={"title", "summary"}), ()):
                if words in " ".join(unescape(text).split()):
                    return one.ident, path[:-1] if path[-1] == "text" and len(path) > 1 else path
    return record.ident, ()


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(inner, (*path, str(name)))
    elif isinstance(value, list | tuple):
        for at, inner in enumerate(value):
            yield from _texts(inner, (*path, at))
