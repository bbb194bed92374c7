"""What differs between two values, field by field and word by word."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from schemas import canonical


@dataclass(frozen=True)
class Piece:
    """A stretch of two texts: in both, only in the old one, or only in the new one."""

    kind: Literal["same", "gone", "come"]
    words: tuple[str, ...]
    first: bool = False
    last: bool = False

    @property
    def text(self) -> str:
        return "".join(self.words)


def field_changes(old: Any, new: Any, path: str = "") -> Iterator[tuple[str, str, str]]:
    """Path, old and new text of each plain value that differs."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in sorted({*old, *new}):
            yield from field_changes(old.get(name), new.get(name), f"{path}.{name}" if path else name)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for at, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from field_changes(one, other, f"{path}.{at}")
    elif old != new:
        yield path, as_text(old), as_text(new)


def as_text(value: Any) -> str:
    """A field's value in one line."""
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return canonical.dump(value).decode()
    return str(value)


def words_of(text: str) -> list[str]:
    """Words, spaces and tags, each whole; joined they are the text again."""
    return re.findall(r"\s+|[^\s<>]+|<[^>]*>?|>", text)


def pieces(old: str, new: str) -> Iterator[Piece]:
    """Both texts as one, in their order: what goes stands before what comes."""
    before, after = words_of(old), words_of(new)
    head = _alike(before, after)
    tail = _alike(before[head:][::-1], after[head:][::-1])
    inner, other = before[head : len(before) - tail], after[head : len(after) - tail]
    if head:
        yield Piece("same", tuple(before[:head]), first=True, last=head == len(before))
    for kind, a, b, c, d in SequenceMatcher(None, inner, other, autojunk=False).get_opcodes():
        if kind == "equal":
            yield Piece("same", tuple(inner[a:b]))
            continue
        if b > a:
            yield Piece("gone", tuple(inner[a:b]))
        if d > c:
            yield Piece("come", tuple(other[c:d]))
    if tail:
        yield Piece("same", tuple(before[len(before) - tail :]), first=tail == len(before), last=True)


def _alike(one: list[str], other: list[str]) -> int:
    """How many words both begin with. What is alike at both ends need not be compared with all."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
