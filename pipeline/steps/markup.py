"""HTML as a row of tags and texts: how steps edit words without touching tags. Not a step itself."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from html import escape, unescape
from typing import NamedTuple

import pyromark

from schemas.base import KIND_PATTERN, RichText
from schemas.plugins import names

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
VERBATIM = frozenset({"code", "pre", "kbd", "samp", "script", "style"})
"""Elements whose text stands as it was written."""

LINK_REL = "noopener noreferrer"

_TAG = re.compile(r"""<(/?)([a-zA-Z][a-zA-Z0-9-]*)(?:[^<>"']|"[^"]*"|'[^']*')*+>""")
_START_TAG = re.compile(r"""<[a-zA-Z][a-zA-Z0-9-]*(?:(?:[^<>"']|"[^"]*"|'[^']*')*+>)?""")
_WITHIN_LINES = """
a abbr b bdi bdo cite code data del dfn em i ins kbd mark q s samp small span strong sub sup time u var wbr
"""
_INLINE = frozenset(_WITHIN_LINES.split())
_WITHOUT_END = (
    "area base br col embed hr img input link meta source track wbr p li dt dd tr td th thead tbody tfoot"
)
_UNCLOSED = frozenset(_WITHOUT_END.split())
_SYMBOLIC = re.compile(rf"""\s(?:href|src)\s*=\s*["']?({KIND_PATTERN}):([^"'\s>]*)""")
_ALIGNED = re.compile(r'<(t[hd]) style="text-align: (left|center|right)">')
_MARKDOWN = pyromark.Options.ENABLE_TABLES | pyromark.Options.ENABLE_STRIKETHROUGH


class Piece(NamedTuple):
    """A tag or the text between two tags."""

    text: str
    tag: str
    """`p` for a start tag, `/p` for an end tag, empty for text."""
    inside: frozenset[str]
    """Those of the watched elements that are open here."""

    @property
    def breaks(self) -> bool:
        """Whether words on both sides of this tag stand apart."""
        return bool(self.tag) and self.tag.removeprefix("/") not in _INLINE


def pieces(html: str, watch: frozenset[str] = VERBATIM) -> Iterator[Piece]:
    """Cut HTML into tags and texts; joined again they are the same HTML."""
    depth: dict[str, int] = {}
    inside: frozenset[str] = frozenset()
    at = 0
    for match in _TAG.finditer(html):
        if match.start() > at:
            yield Piece(html[at : match.start()], "", inside)
        at, name = match.end(), match[2].lower()
        if name in watch:
            depth[name] = max(0, depth.get(name, 0) + (-1 if match[1] else 1))
            inside = frozenset(open_ for open_, times in depth.items() if times)
        yield Piece(match[0], match[1] + name, inside)
    if at < len(html):
        yield Piece(html[at:], "", inside)


def start_tags(html: str) -> list[str]:
    """Every start tag as it is written; of one that is never closed, `<` and its name."""
    return [match[0] for match in _START_TAG.finditer(html)]


def depth(html: str) -> int:
    """How many elements stand inside each other at most; those that need no end tag are not counted."""
    open_: Counter[str] = Counter()
    now = deepest = 0
    for match in _TAG.finditer(html):
        name = match[2].lower()
        if name in _UNCLOSED or (match[1] and not open_[name]):
            continue
        step = -1 if match[1] else 1
        open_[name] += step
        now += step
        deepest = max(deepest, now)
    return deepest


def map_text(html: str, change: Callable[[str], str]) -> str:
    """HTML with every text, as it is escaped there, changed; verbatim elements are left alone."""
    return "".join(piece.text if piece.tag or piece.inside else change(piece.text) for piece in pieces(html))


def plain_text(html: str, without: frozenset[str] = frozenset()) -> str:
    """The words that are read, on one line; what stands in elements of `without` is left out."""
    unread = without | {"script", "style"}
    words = (
        " " if piece.breaks else "" if piece.tag or piece.inside else piece.text
        for piece in pieces(html, unread)
    )
    return " ".join(unescape("".join(words)).split())


def to_html(prose: RichText) -> str:
    """Prose in HTML, not yet sanitised. Markdown is CommonMark with tables and ~~strikethrough~~."""
    if prose.format == "html":
        return prose.text
    if prose.format == "markdown":
        return _ALIGNED.sub(r'<\1 align="\2">', pyromark.html(prose.text, options=_MARKDOWN))
    paragraphs = re.split(r"\n\s*\n", "\n".join(prose.text.splitlines()).strip())
    return "".join(f"<p>{'<br>'.join(escape_text(part).splitlines())}</p>\n" for part in paragraphs if part)


def escape_text(text: str) -> str:
    """Text as it stands between tags, written as the sanitiser writes it."""
    return escape(text, quote=False).replace("\xa0", "&nbsp;")


def linked_keys(html: str) -> list[str]:
    """What links and images name by a key such as `page:leopards`, in their order, valid or not."""
    if ":" not in html:
        return []
    kinds = names("kinds")
    found = (match for tag in _TAG.finditer(html) for match in _SYMBOLIC.finditer(tag[0]))
    return [f"{match[1]}:{match[2]}" for match in found if match[1] in kinds]


def key_link(key: str, html: str) -> str:
    """A link to a record by its key, which exporters turn into an address."""
    return f'<a href="{key}" rel="{LINK_REL}">{html}</a>'
