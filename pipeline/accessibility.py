"""What stands in the way of readers who do not see a page, or not well: a pure check of HTML (WCAG 2.2)."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Literal
from urllib.parse import unquote, urlsplit

from babel.core import get_global
from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipeline.steps.markup import HEADINGS

LONGEST_ALT = 150
"""Characters that are heard in one go; what takes more belongs into a caption."""
_QUOTED = 60

NON_TEXT = "1.1.1 Non-text Content"
STRUCTURE = "1.3.1 Info and Relationships"
LINK_PURPOSE = "2.4.4 Link Purpose (In Context)"
HEADINGS_AND_LABELS = "2.4.6 Headings and Labels"
PARTS = "3.1.2 Language of Parts"

Code = Literal[
    "accessibility.no_alt",
    "accessibility.alt_is_file_name",
    "accessibility.alt_too_long",
    "accessibility.heading_skipped",
    "accessibility.several_titles",
    "accessibility.empty_heading",
    "accessibility.empty_link",
    "accessibility.vague_link",
    "accessibility.address_as_link",
    "accessibility.no_header_cells",
    "accessibility.no_language",
]


@dataclass(frozen=True)
class Barrier:
    """One thing that stands in the way, and the criterion of WCAG 2.2 that it fails."""

    code: Code
    message: str
    hint: str
    criterion: str
    about: str = ""
    """The words it is about, as they stand in the HTML: a link's text, an image's `alt`."""


def barriers(html: str) -> list[Barrier]:
    """What stands in the way in a page, or in a part of one, in its order."""
    body = LexborHTMLParser(html).body
    if body is None:
        return []
    found: list[Barrier] = []
    level = 0
    for node in body.traverse(include_text=True):
        if node.is_text_node:
            found += _foreign(node)
        elif node.tag in HEADINGS:
            found += _heading(node, level)
            level = int(node.tag[1])
        elif node.tag == "img":
            found += _image(node)
        elif node.tag == "a" and "href" in node.attributes:
            found += _link(node)
        elif node.tag == "table":
            found += _table(node)
    return list(dict.fromkeys(found))


def _heading(node: LexborNode, before: int) -> Iterator[Barrier]:
    words, level = _name(node), int((node.tag or "h0")[1])
    if not words:
        message, hint = f"a heading (h{level}) is empty", "write its words, or remove it"
        yield Barrier("accessibility.empty_heading", message, hint, HEADINGS_AND_LABELS)
    if level == 1 and before:
        message = f"the heading {_quoted(words)} is a second title (h1)"
        hint = "make it a heading of the second level; the record's title is the h1"
        yield Barrier("accessibility.several_titles", message, hint, STRUCTURE, words)
    elif words and before and level > before + 1:
        message = f"the heading {_quoted(words)} is an h{level} below an h{before}, so a level is left out"
        yield Barrier("accessibility.heading_skipped", message, f"make it an h{before + 1}", STRUCTURE, words)


def _image(node: LexborNode) -> Iterator[Barrier]:
    alt, source = node.attributes.get("alt"), node.attributes.get("src") or ""
    if "alt" not in node.attributes and not _is_hidden(node):
        file = _file_of(source)
        message = f"the image {_quoted(file)} has no words for those who do not see it"
        hint = 'say in `alt` what it shows; alt="" if it says nothing'
        yield Barrier("accessibility.no_alt", message, hint, NON_TEXT, file)
    elif alt and _is_file_name(alt, source):
        message = f"the words for an image are the name of a file, {_quoted(alt)}"
        hint = "say what the image shows"
        yield Barrier("accessibility.alt_is_file_name", message, hint, NON_TEXT, alt)
    elif alt and len(alt) > LONGEST_ALT:
        message = f"the words for an image, {_quoted(alt)}, are {len(alt)} characters long"
        hint = f"say it in {LONGEST_ALT}, and the rest in the caption or the text"
        yield Barrier("accessibility.alt_too_long", message, hint, NON_TEXT, alt)


def _file_of(source: str) -> str:
    try:
        return unquote(PurePosixPath(urlsplit(source).path).name) or source
    except ValueError:
        return source


_FILE_NAME = re.compile(r"\S+\.(jpe?g|png|gif|webp|avif|svg|tiff?|bmp|heic)", re.IGNORECASE)
_OF_A_CAMERA = re.compile(r"(IMG|DSC[FN]?|PXL|MVI|P|_MG)[_-]?\d{3,}[\w-]*", re.IGNORECASE)


def _is_file_name(alt: str, source: str) -> bool:
    if _FILE_NAME.fullmatch(alt.strip()) or _OF_A_CAMERA.fullmatch(alt.strip()):
        return True
    stem = PurePosixPath(_file_of(source)).stem
    return alt.strip() == stem and any(sign in stem for sign in "-_0123456789")


_VAGUE = frozenset(
    {
        *("click", "click here", "tap here", "press here", "here", "this", "this link", "this page", "link"),
        *("more", "read more", "see more", "show more", "learn more", "find out more", "more information"),
        *("more info", "info", "details", "more details", "continue", "continue reading", "go", "website"),
        *("cliquez ici", "cliquer ici", "ici", "lien", "ce lien", "plus", "lire plus", "en savoir plus"),
        *("lire la suite", "la suite", "suite", "voir plus", "plus d'informations"),
        *("hier", "hier klicken", "klicken sie hier", "mehr", "mehr lesen", "weiterlesen", "mehr erfahren"),
        *("aquí", "haga clic aquí", "haz clic aquí", "más", "leer más", "ver más", "más información"),
        *("aqui", "clique aqui", "mais", "leia mais", "ler mais", "saiba mais", "mais informações"),
    }
)
"""Words that say nothing of where a link leads: English, French, German, Spanish and Portuguese."""
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)


def _link(node: LexborNode) -> Iterator[Barrier]:
    words, leads = _name(node), node.attributes.get("href") or ""
    if not words:
        message = f"the link to {_quoted(leads)} has no words"
        hint = "write where it leads; of an image in it, say so in `alt`"
        yield Barrier("accessibility.empty_link", message, hint, LINK_PURPOSE, leads)
    elif _ADDRESS.fullmatch(words) or words == leads:
        message = f"the words of a link are the address itself, {_quoted(words)}"
        hint = "write what is there; a screen reader spells the address out"
        yield Barrier("accessibility.address_as_link", message, hint, LINK_PURPOSE, words)
    elif words.replace("’", "'").strip(" .…!:»›→>").casefold() in _VAGUE:
        message = f"the words of the link {_quoted(words)} do not say where it leads"
        hint = "make the words that say it the link"
        yield Barrier("accessibility.vague_link", message, hint, LINK_PURPOSE, words)


def _table(node: LexborNode) -> Iterator[Barrier]:
    if node.attributes.get("role") in ("presentation", "none") or node.css_first("th") is not None:
        return
    words = _name(node)
    message = f"the table that begins with {_quoted(words)} has no header cells"
    hint = "make the cells that name a column or a row `th`"
    yield Barrier("accessibility.no_header_cells", message, hint, STRUCTURE, words[:_QUOTED])


_LETTERS = {
    "Arab": {"ARABIC"},
    "Armn": {"ARMENIAN"},
    "Beng": {"BENGALI"},
    "Cyrl": {"CYRILLIC"},
    "Deva": {"DEVANAGARI"},
    "Ethi": {"ETHIOPIC"},
    "Geor": {"GEORGIAN"},
    "Grek": {"GREEK"},
    "Hans": {"CJK"},
    "Hant": {"CJK"},
    "Hebr": {"HEBREW"},
    "Jpan": {"CJK", "HIRAGANA", "KATAKANA"},
    "Khmr": {"KHMER"},
    "Kore": {"CJK", "HANGUL"},
    "Latn": set(),
    "Mymr": {"MYANMAR"},
    "Taml": {"TAMIL"},
    "Thai": {"THAI"},
    "Tibt": {"TIBETAN"},
}
"""Per script (ISO 15924), how the Unicode names of its letters begin. Latin letters stand in any text."""
_FOREIGN = frozenset[str]().union(*_LETTERS.values())
_WORD = re.compile(r"[^\W\d_]{2,}")


def _foreign(node: LexborNode) -> Iterator[Barrier]:
    """Words in a script in which the language around them is not written."""
    text = node.text(deep=False)
    if text.isascii() or (own := _LETTERS.get(_script(_language(node)))) is None:
        return
    for word in _WORD.findall(text):
        letters = unicodedata.name(word[0], "").partition(" ")[0].partition("-")[0]
        if letters in _FOREIGN - own:
            message = (
                f"{_quoted(word)} is in another script than the text around it, and nothing says in "
                "which language"
            )
            hint = 'say it around these words, as in <span lang="zh">'
            yield Barrier("accessibility.no_language", message, hint, PARTS, word)
            return


@lru_cache(maxsize=256)
def _script(tag: str) -> str:
    """The script of a language tag, as CLDR's likely subtags have it; empty if nobody can tell."""
    known = get_global("likely_subtags")
    language, *more = tag.split("-")
    likely = known.get("_".join([language.lower(), *more])) or known.get(language.lower(), "")
    return next((part.title() for part in (*more, *likely.split("_")) if len(part) == 4), "")


def _language(node: LexborNode) -> str:
    """What is said of the language at this place; empty if nothing is."""
    above = node.parent
    while above is not None:
        if said := above.attributes.get("lang"):
            return said
        above = above.parent
    return ""


def _is_hidden(node: LexborNode | None) -> bool:
    while node is not None:
        if node.attributes.get("aria-hidden") == "true":
            return True
        node = node.parent
    return False


def _name(node: LexborNode) -> str:
    """The words by which a reader who does not see it knows an element, on one line."""
    if label := (node.attributes.get("aria-label") or "").strip():
        return label
    words = [
        one.text(deep=False) if one.is_text_node else one.attributes.get("alt") or ""
        for one in node.traverse(include_text=True)
        if one.is_text_node or one.tag == "img"
    ]
    return " ".join("".join(words).split()) or (node.attributes.get("title") or "").strip()


def _quoted(words: str) -> str:
    return f"“{words if len(words) <= _QUOTED else words[: _QUOTED - 1] + '…'}”"
