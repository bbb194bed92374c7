"""XML of any size, one element after the other; document types and entities are refused."""

from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from schemas.errors import ContentError
from schemas.problems import Origin

CHUNK = 65_536
LARGEST = 50_000_000
"""Bytes between two elements that are given, with all that is in between."""
DEEPEST = 100


@dataclass
class Node:
    """One element. Names are as they are written, with their prefixes."""

    name: str
    attributes: dict[str, str]
    line: int
    text: str = ""
    inner: list["Node"] = field(default_factory=list)

    def said(self, name: str) -> str:
        """The text of the first element of that name inside; empty if there is none."""
        return next((one.text for one in self.inner if one.name == name), "")

    def all(self, name: str) -> Iterator["Node"]:
        return (one for one in self.inner if one.name == name)


class _Builder:
    def __init__(self, wanted: Set[str], shown: str) -> None:
        self.wanted, self.shown = wanted, shown
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.StartElementHandler, self.parser.EndElementHandler = self._start, self._end
        self.parser.CharacterDataHandler = self._text
        self.path: list[str] = []
        self.open: list[Node] = []
        self.texts: list[list[str]] = []
        self.done: list[Node] = []
        self.done_at = 0

    def _refuse(self, *about: object) -> None:
        raise ContentError(
            "it has a document type, which can hide an XML bomb or name other files",
            code="xml.entities",
            hint="write it anew without one; WordPress itself writes none",
            origin=Origin(path=self.shown, line=self.parser.CurrentLineNumber),
        )

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.path.append(name)
        if len(self.path) > DEEPEST:
            raise ContentError(
                f"its elements are more than {DEEPEST} deep",
                code="xml.too_deep",
                origin=Origin(path=self.shown, line=self.parser.CurrentLineNumber),
            )
        if self.open or name in self.wanted:
            node = Node(name, attributes, self.parser.CurrentLineNumber)
            if self.open:
                self.open[-1].inner.append(node)
            self.open.append(node)
            self.texts.append([])

    def _text(self, text: str) -> None:
        if self.texts:
            self.texts[-1].append(text)

    def _end(self, name: str) -> None:
        self.path.pop()
        if not self.open:
            return
        node = self.open.pop()
        node.text = "".join(self.texts.pop())
        if not self.open:
            self.done.append(node)
            self.done_at = self.parser.CurrentByteIndex


def elements(path: Path, wanted: Set[str], shown: str) -> Iterator[Node]:
    """Every element of these names, with all inside; one in another is part of that.

    Raises ContentError where the file is no XML, after all that stands before that place.
    """
    builder = _Builder(wanted, shown)
    size = 0
    for chunk in _chunks(path, shown):
        size += len(chunk)
        try:
            builder.parser.Parse(chunk, not chunk)
        except expat.ExpatError as error:
            yield from builder.done
            raise _fault(error, shown) from None
        except (LookupError, ValueError):
            message = "it names an encoding that no XML has"
            hint = "write it anew in UTF-8"
            raise ContentError(
                message, code="xml.syntax", hint=hint, origin=Origin(path=shown, line=1)
            ) from None
        yield from builder.done
        builder.done.clear()
        if builder.open and size - builder.done_at > LARGEST:
            message = f"one element has more than {LARGEST // 1_000_000} MB"
            origin = Origin(path=shown, line=builder.open[0].line)
            raise ContentError(message, code="xml.too_large", hint="split the file", origin=origin)


def _chunks(path: Path, shown: str) -> Iterator[bytes]:
    """The bytes of a file, and then none. Raises ContentError if it cannot be read."""
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        hint = "check that it exists and that you may read it"
        message, origin = f"cannot read {shown}: {why}", Origin(path=shown)
        raise ContentError(message, code="file.unreadable", hint=hint, origin=origin) from None
    yield b""


def _fault(error: expat.ExpatError, shown: str) -> ContentError:
    what = expat.ErrorString(error.code)
    return ContentError(
        f"it is not XML to its end: {what}",
        code="xml.syntax",
        hint="export it again; what stands behind this place is not read",
        origin=Origin(path=shown, line=error.lineno, column=error.offset + 1),
    )
