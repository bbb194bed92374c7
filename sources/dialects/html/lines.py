"""A page as the lines that somebody would copy from it, each with what its element tells."""

from collections import Counter
from collections.abc import Callable, Iterator

from selectolax.lexbor import LexborNode

from sources.common.page.parts import Line, figure_of, person_of, unquoted
from sources.dialects.html.images import Resolve, picture_of
from sources.dialects.html.metadata import plain

HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_NO_WORDS = """
script style noscript template svg math iframe object embed canvas audio video select button
textarea input form nav dialog head meta link title map datalist
"""
SKIPPED = frozenset(_NO_WORDS.split())
AROUND = frozenset(("footer", "aside"))
"""Left out, unless they belong to a quote or a figure."""
_WITHIN_LINES = """
a abbr b bdi bdo cite code data del dfn em i ins kbd label mark q s samp small span strong sub sup
time u var wbr font
"""
INLINE = frozenset(_WITHIN_LINES.split())
MARKS = "a[href], em, strong, b, i, sub, sup, code"
NOWHERE = "\u2009Web"
"""In place of the site's name, which is no part of the page; no line of a page can be this."""
_LISTED = frozenset(["ul", "ol", "table", "dl"])


class LineReader:
    """Reads the lines below a node, in their order, with the node of each. `mend` makes addresses whole."""

    def __init__(self, resolve: Resolve, mend: Callable[[str], str]) -> None:
        self.resolve, self.mend = resolve, mend
        self.lines: list[Line] = []
        self.nodes: list[LexborNode] = []
        self._words: list[str] = []

    def read(self, root: LexborNode) -> "LineReader":
        self._inside(root)
        self._break(root)
        return self

    def _inside(self, node: LexborNode) -> None:
        for child in node.iter(include_text=True):
            if child.is_text_node:
                self._words.append(child.text(deep=False) or "")
            elif child.is_element_node and not is_hidden(child):
                self._element(child, node)

    def _element(self, node: LexborNode, above: LexborNode) -> None:
        tag = node.tag or ""
        if tag in SKIPPED or tag in AROUND:
            return
        if tag == "br":
            self._break(above)
        elif tag == "img":
            self._image(node)
        elif tag in HEADINGS:
            self._whole(node, above, is_heading=True)
        elif tag == "blockquote":
            self._quote(node, above)
        elif tag == "p" and not node.css("img, br"):
            self._whole(node, above)
        elif tag in _LISTED and is_text(node):
            self._whole(node, above, is_list=True)
        elif tag == "figcaption" and node.parent is not None and node.parent.css("img"):
            return  # said with its image
        elif tag in INLINE and not node.css("img, h1, h2, h3, h4, h5, h6, p, div, br"):
            self._words.append(node.text(separator=""))
        else:
            self._break(above)
            self._inside(node)
            self._break(node)

    def _whole(
        self, node: LexborNode, above: LexborNode, *, is_heading: bool = False, is_list: bool = False
    ) -> None:
        """An element that is a line by itself; of a heading, images and line breaks are looked at first."""
        self._break(above)
        for image in node.css("img") if is_heading else ():
            self._image(image)
        text = plain(node.text(separator="" if not is_list and not is_heading else " "))
        is_marked = is_list or (not is_heading and bool(node.css(MARKS)))
        html = node.html if is_list else f"<p>{plain(node.inner_html)}</p>"
        html = self.mend(html or "") if is_marked else None
        self._add(text, node, is_heading=is_heading, is_list=is_list, html=html)

    def _image(self, node: LexborNode) -> None:
        picture = picture_of(node, self.resolve)
        words = picture.words
        if picture.url is None or not (picture.alt or words.caption or words.credit):
            return
        self._break(node)
        text = " ".join(one for one in (words.caption, words.credit) if one)
        self._add(text or picture.alt, node, picture=picture)

    def _quote(self, node: LexborNode, above: LexborNode) -> None:
        """What was said in quotation marks, and a line for who said it, with the role."""
        self._break(above)
        byline = node.css_first("footer, cite, figcaption")
        figure = node.parent if node.parent is not None and node.parent.tag == "figure" else None
        outside = figure.css_first("figcaption") if figure is not None and byline is None else None
        who = _joined(byline or outside)
        said = "\n\n".join(_paragraphs(node, byline))
        said = unquoted(said) or said
        if who and person_of(who):
            self._add(f"“{said}”", node)
            self._add(who, byline or outside or node)
        else:
            self._add(said if not who else f"{said} {who}", node)

    def _break(self, node: LexborNode) -> None:
        text, self._words = plain("".join(self._words)), []
        self._add(text, node)

    def _add(self, text: str, node: LexborNode, **told: object) -> None:
        if text:
            self.lines.append(Line(text, len(self.lines) + 1, text, **told))  # type: ignore[arg-type]
            self.nodes.append(node)


def is_hidden(node: LexborNode) -> bool:
    """Whether nobody sees it."""
    said = node.attributes
    style = (said.get("style") or "").replace(" ", "").lower()
    return "hidden" in said or said.get("aria-hidden") == "true" or "display:none" in style


def is_text(node: LexborNode) -> bool:
    """Whether a list or a table is words of the page, and not a row of cards, of links or of figures."""
    if node.css("img, h1, h2, h3, h4, h5, h6, blockquote, figure, form"):
        return False
    if node.tag == "table":
        return True
    items = [plain(one.text(separator=" ")) for one in node.css("li, dd")]
    links = [plain(one.text()) for one in node.css("li a, dd a")]
    return any(item for item in items) and items != links and not any(figure_of(item) for item in items)


class Selectors:
    """The ways to nodes of one page as CSS selectors. The children of a node are counted once."""

    def __init__(self) -> None:
        self._counted: dict[int, dict[int, str]] = {}

    def of(self, node: LexborNode) -> str:
        """The way to a node, from the nearest element with an id."""
        steps: list[str] = []
        here: LexborNode | None = node
        while here is not None and here.tag not in ("html", "body", None) and len(steps) < 12:
            own = here.attributes.get("id") if here.is_element_node else None
            if own and own.replace("-", "").replace("_", "").isalnum() and not own[0].isdigit():
                steps.append(f"#{own}")
                break
            if here.is_element_node:
                steps.append(f"{here.tag}{self._nth(here)}")
            here = here.parent
        return " > ".join(reversed(steps))[-300:]

    def _nth(self, node: LexborNode) -> str:
        above = node.parent
        if above is None:
            return ""
        if above.mem_id not in self._counted:
            children = list(above.iter())
            often, seen = Counter(child.tag for child in children), Counter[str | None]()
            counted: dict[int, str] = {}
            for child in children:
                seen[child.tag] += 1
                counted[child.mem_id] = "" if often[child.tag] == 1 else f":nth-of-type({seen[child.tag]})"
            self._counted[above.mem_id] = counted
        return self._counted[above.mem_id].get(node.mem_id, "")


def _joined(node: LexborNode | None) -> str:
    """Who said something, with a comma between the name and the role where they are elements of their own."""
    if node is None:
        return ""
    parts = [plain(one.text(separator=" ")) for one in node.iter() if one.tag != "br"]
    whole = plain(node.text(separator=" ")).strip(" —–-")
    joined = ", ".join(part.strip(" ,—–-") for part in parts if part)
    return (
        joined
        if len(parts) > 1 and joined.replace(",", "").split() == whole.replace(",", "").split()
        else whole
    )


def _paragraphs(node: LexborNode, byline: LexborNode | None) -> Iterator[str]:
    who = plain(byline.text(separator=" ")) if byline is not None else ""
    paragraphs = [plain(one.text(separator="")) for one in node.css("p")]
    if not paragraphs:
        paragraphs = [plain(node.text(separator=" ")).removesuffix(who).strip()]
    yield from (text for text in paragraphs if text and text != who)


def headed_by(lines: LineReader, title: str) -> list[Line]:
    """The lines below the name of the site, with the title among the first of them.

    Short lines that stand with the title belong to the image above it, as they do where its words stand
    on both sides of them.
    """
    found = lines.lines
    top = [at for at, line in enumerate(found[:8]) if line.is_heading]
    at = next((one for one in top if found[one].text == title), next(iter(top), None))
    head = Line(NOWHERE, 0, NOWHERE)
    if at is None:
        return [head, *([Line(title, 0, title, is_heading=True)] if title else []), *found]
    end, above = at + 1, lines.nodes[at].parent
    while end < min(at + 3, len(found)) and _stands_with(lines, end, above):
        end += 1
    hero = next((line for line in found[:at] if line.picture is not None), None)
    again = [hero] if hero is not None and end > at + 1 else []
    before = [] if hero is None else found[:at]
    aside = found[:at] if hero is None else []
    return [head, *before, *found[at:end], *again, *aside, *found[end:]]


def _stands_with(lines: LineReader, at: int, above: LexborNode | None) -> bool:
    line, parent = lines.lines[at], lines.nodes[at].parent
    other = line.is_text or line.is_heading or line.picture or figure_of(line.text)
    return not other and above is not None and parent is not None and parent.mem_id == above.mem_id
