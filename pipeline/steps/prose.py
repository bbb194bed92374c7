"""Which texts of a record people read: how steps find and change them. Not a step itself."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import TypeVar

from pydantic import BaseModel

from pipeline.steps.figures import in_words
from pipeline.steps.markup import HEADINGS, plain_text, to_html
from schemas.base import RichText
from schemas.page import (
    Block,
    Hero,
    Image,
    KeyMessage,
    Page,
    Quote,
    Related,
    Statistics,
    Teaser,
    Teasers,
    Text,
)
from schemas.record import Path, Record
from schemas.statistic import Claim
from schemas.walk import find, replace

M = TypeVar("M", bound=BaseModel)
R = TypeVar("R", bound=Record)

PLAIN: dict[type[BaseModel], tuple[str, ...]] = {
    Record: ("summary",),
    Claim: ("statement",),
    Hero: ("heading", "text"),
    Text: ("heading",),
    KeyMessage: ("heading", "text"),
    Statistics: ("heading",),
    Quote: ("text",),
    Teasers: ("heading", "text"),
    Teaser: ("text",),
    Related: ("heading", "text"),
    Image: ("caption",),
}
"""Fields of plain text in which marks and typography work."""

_UNREAD = HEADINGS | {"pre", "table", "figure"}
_SENTENCE_END = re.compile(r"""[.!?…。！？]["'”’»)\]]*$""")
_LETTERS_A_WORD = 10  # more than languages need; a bound for those without spaces between words


def change_plain(record: R, change: Callable[[str, Path], str]) -> R:
    """A copy of a record in which every plain text that people read is what `change(text, path)` returns."""

    def changed(model: M, path: Path) -> M:
        texts = {name: getattr(model, name) for name in _plain_fields(type(model))}
        new = {name: change(text, (*path, name)) for name, text in texts.items() if text}
        different = {name: text for name, text in new.items() if text != texts[name]}
        return model.model_copy(update=different) if different else model

    for wanted in (Block, Teaser, Claim):
        record = replace(record, wanted, changed)
    return changed(record, ())


@cache
def _plain_fields(model: type[BaseModel]) -> tuple[str, ...]:
    return tuple(name for kind, names in PLAIN.items() if issubclass(model, kind) for name in names)


def first_words(record: Record, words: int) -> str:
    """The beginning of a record's text, at most `words` words, cut after a sentence or with `…`."""
    return cut(next((text for text in _texts(record) if text), ""), words)


def _texts(record: Record) -> Iterator[str]:
    """What may stand for the record's beginning, the best first."""
    for name in ("body", "abstract"):
        if isinstance(rich := getattr(record, name, None), RichText):
            yield _read(rich)
    if isinstance(record, Page):
        for block in record.blocks:
            if isinstance(block, Text):
                yield _read(block.text)
            elif isinstance(block, KeyMessage):
                yield " ".join(block.text.split())
    if isinstance(record, Claim):
        yield f"{in_words(record.figure, record.qualifier, record.locale)} {record.statement}"
    yield from (_read(rich) for _, rich in find(record, RichText))


def _read(rich: RichText) -> str:
    return plain_text(to_html(rich), without=_UNREAD)


def cut(text: str, words: int) -> str:
    """Text on one line: the sentences that fit into `words` if they fill half of them, else words and `…`."""
    parts = text.split()
    kept = _whole_words(parts, words)
    if len(kept) == len(parts) and " ".join(kept) == " ".join(parts):
        return " ".join(parts)
    ends = [at for at, word in enumerate(kept, 1) if _SENTENCE_END.search(word) and at * 2 >= words]
    if ends:
        return " ".join(kept[: ends[-1]])
    return " ".join(kept).rstrip(",;:.–—-") + "…"


def _whole_words(parts: list[str], words: int) -> list[str]:
    """As many of `parts` as there is room for; a first one that is too long is cut."""
    room = words * _LETTERS_A_WORD
    kept: list[str] = []
    for part in parts[:words]:
        room -= len(part) + 1
        if room < -1:
            break
        kept.append(part)
    return kept or [part[: words * _LETTERS_A_WORD] for part in parts[:1]]
