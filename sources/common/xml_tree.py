"""Small XML documents as trees: without entities of their own, and not deeper than a person would write."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from schemas.errors import ContentError
from schemas.problems import Origin

DEEPEST = 100


@dataclass
class Element:
    """An element by its local name: whoever writes it chooses its prefix."""

    name: str
    attributes: Mapping[str, str]
    """By their local names; `xml:lang` is `lang`."""
    children: list["Element"] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    """The texts directly inside it."""

    @property
    def words(self) -> str:
        return "".join(self.parts).strip()

    def each(self, path: str) -> Iterator["Element"]:
        """The elements at a path of names below this one."""
        name, _, rest = path.partition("/")
        for child in self.children:
            if child.name == name:
                yield from child.each(rest) if rest else (child,)

    def first(self, path: str) -> "Element | None":
        return next(self.each(path), None)

    def text(self, path: str) -> str:
        """The text of the first element at a path; empty if there is none."""
        found = self.first(path)
        return found.words if found else ""

    def below(self, name: str) -> "Element | None":
        """The first element of this name at any depth."""
        waiting = [self]
        while waiting:
            one = waiting.pop()
            if one.name == name:
                return one
            waiting += reversed(one.children)
        return None


def parse(data: bytes, shown: str) -> Element:
    """The root element. Raises ContentError if it is not XML to its end, or not harmless."""
    parser = expat.ParserCreate(namespace_separator=" ")
    above = [Element("", {})]

    def doctype(name: str, system: str | None, public: str | None, has_subset: bool) -> None:
        if has_subset:
            raise _fault(shown, "xml.entities", "it declares entities, as XML bombs do")

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if len(above) > DEEPEST:
            raise _fault(shown, "xml.depth", f"it is more than {DEEPEST} elements deep")
        one = Element(_local(name), {_local(key): value for key, value in attributes.items()})
        above[-1].children.append(one)
        above.append(one)

    parser.StartDoctypeDeclHandler, parser.StartElementHandler = doctype, start
    parser.EndElementHandler = lambda _: above.pop()
    parser.CharacterDataHandler = lambda words: above[-1].parts.append(words)
    parser.buffer_text = True
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        message = f"it is not XML to its end: {expat.ErrorString(error.code)}"
        raise _fault(shown, "xml.syntax", message, error.lineno, error.offset + 1) from None
    except (LookupError, ValueError) as error:
        raise _fault(shown, "xml.syntax", f"its encoding cannot be read: {error}") from None
    return above[0].children[0]


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def _fault(
    shown: str, code: str, message: str, line: int | None = None, column: int | None = None
) -> ContentError:
    origin = Origin(path=shown, line=line, column=column)
    return ContentError(f"{shown}: {message}", code=code, hint="tell its owner", origin=origin)
