"""Marked-up words of other people's metadata: as plain text, or in elements of HTML that mean the same."""

import re
from html import escape, unescape
from xml.parsers import expat

import nh3

_HTML = {
    "p": "p",
    "italic": "em",
    "i": "em",
    "em": "em",
    "bold": "strong",
    "b": "strong",
    "strong": "strong",
    "sup": "sup",
    "sub": "sub",
    "list": "ul",
    "ul": "ul",
    "ol": "ol",
    "list-item": "li",
    "li": "li",
    "title": "h3",
    "break": "br",
    "br": "br",
    "disp-quote": "blockquote",
}
"""Per element of JATS (jats.nlm.nih.gov), or of the HTML that stands in its place, the one in HTML."""
_EMPTY = ("br",)
_SILENT = ("tex-math", "annotation", "script", "style")
"""Elements whose text is not for readers."""
_BEGINNING = re.compile(r"<\s*(?:[\w-]+:)?(?:p|sec|title|list)\b", re.IGNORECASE)
_NAMED = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);)(\w{1,32};)?")
_LABEL = re.compile(r"<h3>\s*(?:Abstract|Summary)\.?\s*</h3>", re.IGNORECASE)


def plain(html: str) -> str:
    """Words without marks, on one line."""
    return re.sub(r"\s+", " ", unescape(nh3.clean(html, tags=set()))).strip()


def cut(text: str, longest: int) -> str:
    """The text, or its beginning with an ellipsis."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def prose(text: str) -> dict[str, str] | None:
    """An abstract as our prose: HTML where it has paragraphs or other marks, else plain text; None if empty.

    JATS becomes HTML of the same meaning without any attribute; what has no counterpart leaves its words.
    """
    if not text.strip():
        return None
    if "<" not in text:
        return {"format": "text", "text": unescape(text).strip()}
    html = _of_jats(text)
    if html is None:
        words = plain(text)
        return {"format": "text", "text": words} if words else None
    html = _LABEL.sub("", html, count=1).strip()
    return {"format": "html", "text": html} if plain(html) else None


def _of_jats(text: str) -> str | None:
    """The same in HTML; None if it is not well-formed."""
    made: list[str] = []
    silent = 0

    def start(name: str, _: object) -> None:
        nonlocal silent
        local = name.rpartition(":")[2]
        silent += local in _SILENT
        if not silent and (html := _HTML.get(local)):
            made.append(f"<{html}>")

    def end(name: str) -> None:
        nonlocal silent
        local = name.rpartition(":")[2]
        if not silent and (html := _HTML.get(local)) and html not in _EMPTY:
            made.append(f"</{html}>")
        silent -= local in _SILENT

    def data(words: str) -> None:
        if not silent:
            made.append(escape(words, quote=False))

    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = data
    known = _NAMED.sub(lambda found: _character(found[0]), text)
    whole = f"<x>{known}</x>" if _BEGINNING.search(known) else f"<x><p>{known}</p></x>"
    try:
        parser.Parse(whole.encode("utf-8", "replace"), True)
    except expat.ExpatError:
        return None
    return "".join(made)


def _character(entity: str) -> str:
    """What an entity of HTML stands for; an ampersand of its own as XML writes it."""
    known = unescape(entity)
    return escape(known if known != entity else entity, quote=False)
