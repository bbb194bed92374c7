"""HTML as a tree of elements, there and back. Pure."""

from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser

from exporters.common.links import tag

_ATTRIBUTES = {"a": {"href", "rel", "title"}, "img": {"src", "alt", "width", "height"}}
_VOID = {"br", "hr", "img", "wbr", "col"}


@dataclass
class Tag:
    """An element of HTML and what it holds."""

    name: str
    attributes: dict[str, str | None] = field(default_factory=dict)
    children: list["Tag | str"] = field(default_factory=list)

    @property
    def tags(self) -> list["Tag"]:
        return [one for one in self.children if isinstance(one, Tag)]

    @property
    def is_plain(self) -> bool:
        """Has it no attribute that the editor would lose?"""
        return set(self.attributes) <= _ATTRIBUTES.get(self.name, set())


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Tag("")
        self.open = [self.root]

    def handle_starttag(self, name: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Tag(name, dict(attrs))
        self.open[-1].children.append(made)
        if name not in _VOID:
            self.open.append(made)

    def handle_endtag(self, name: str) -> None:
        at = next((at for at in range(len(self.open) - 1, 0, -1) if self.open[at].name == name), None)
        if at is not None:
            del self.open[at:]

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def parsed(html: str) -> Tag:
    """The elements of a piece of HTML, below one without a name."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    return builder.root


def html_of(one: Tag | str) -> str:
    """An element, or a text, as HTML again."""
    if isinstance(one, str):
        return escape(one, quote=False)
    end = "" if one.name in _VOID else f"</{one.name}>"
    return f"{tag(one.name, one.attributes)}{''.join(map(html_of, one.children))}{end}"
