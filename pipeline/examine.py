"""What becomes of one raw record, apart from all others: no memory, no other record, nothing is kept.

The same is done here and by workers elsewhere; what it gives can be sent.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pipeline.cache.card import Card, named_files, read_card
from pipeline.cache.store import encoded
from pipeline.config import Project
from pipeline.draft import Draft, Translation
from pipeline.media import links_to
from pipeline.odd_text import may_hold_odd_text, odd_texts, told, whole
from schemas.problems import Problem
from schemas.record import Record
from sources.base import Raw, Source

Tell = Callable[[Problem], object]


class Examined(NamedTuple):
    """A valid record, or none."""

    record: Record | None = None
    card: Card | None = None
    """Without a body and without a place."""
    data: bytes = b""
    """The record as JSON."""
    readable: bool = True
    """Can it be read back from that as it is?"""
    certain: bool = False
    """Would the same raw record certainly give this again?"""
    links: Sequence[str] = ()
    """What it writes where a link leads to the file that is meant."""
    lost: str | None = None
    """Why it cannot be told which record it is meant to be."""


class Examiner:
    """Makes records of raw ones, by what a project says."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.zone = ZoneInfo(project.site.timezone)

    def examined(self, source: Source, raw: Raw, own: Translation, tell: Tell) -> Examined:
        """One raw record; `tell` gets each of its problems."""
        if odd := list(odd_texts(raw.data)) if may_hold_odd_text(raw.data) else []:
            raw = replace(raw, data=whole(raw.data))
        draft = Draft(self.project, self.zone, tell, source, raw, own)
        record = draft.validated()
        if record is None:
            return Examined(lost=f"{raw.origin} has no valid key" if draft.lost else None)
        if odd:
            draft.note(*told(record.key, odd))
        data, digest, readable = encoded(record, sure=not any(named_files(record)))
        links = links_to(record, draft.folder, self.project.root)
        certain = not (draft.noted or links)
        return Examined(record, read_card(record, digest, 0, data), data, readable, certain, links)
