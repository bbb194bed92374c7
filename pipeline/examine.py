"""What becomes of one raw record, apart from all others: no memory, no other record, nothing is kept.

The same is done here and by workers elsewhere.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pipeline.cache.card import named_files
from pipeline.config import Project
from pipeline.draft import Draft, Translation
from pipeline.media import links_to
from pipeline.odd_text import may_hold_odd_text, odd_texts, told, whole
from schemas.problems import Problem
from schemas.record import Record
from sources.base import Raw, Source

Tell = Callable[[Problem], object]


class Valid(NamedTuple):
    """A valid record."""

    record: Record
    links: list[str]
    """What it writes where a link leads to the file that is meant."""
    is_certain: bool
    """Would the same raw record certainly give this again?"""

    @property
    def is_plain(self) -> bool:
        """Does it hold just what was validated?"""
        return not any(named_files(self.record))


class Invalid(NamedTuple):
    """None."""

    lost: str | None
    """Why it cannot be told which record it is meant to be."""


class Examiner:
    """Makes records of raw ones, by what a project says."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.zone = ZoneInfo(project.site.timezone)

    def examined(self, source: Source, raw: Raw, own: Translation, tell: Tell) -> Valid | Invalid:
        """One raw record; `tell` gets each of its problems."""
        if odd := list(odd_texts(raw.data)) if may_hold_odd_text(raw.data) else []:
            raw = replace(raw, data=whole(raw.data))
        draft = Draft(self.project, self.zone, tell, source, raw, own)
        record = draft.validated()
        if record is None:
            return Invalid(f"{raw.origin} has no valid key" if draft.lost else None)
        if odd:
            draft.note(*told(record.key, odd))
        links = links_to(record, raw.origin.path, self.project.root)
        return Valid(record, links, not (draft.noted or links))
