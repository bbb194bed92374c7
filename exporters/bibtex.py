"""Publish reports as BibTeX, for LaTeX and everything that reads its databases."""

import re
from collections.abc import Iterable, Iterator

from pydantic import Field

from exporters.base import Capabilities, Fields, Lookup
from exporters.common.bibliography import work_of
from exporters.common.documents import DocumentExporter
from exporters.common.works import Name, Work
from schemas.record import Record

TYPES = {
    "report": "techreport",
    "briefing": "techreport",
    "journal_article": "article",
    "book": "book",
    "dataset": "misc",
    "proceedings": "proceedings",
    "article": "misc",
}
KINDS = {"briefing": "Briefing", "dataset": "Dataset"}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
ORDER = (
    "author", "editor", "translator", "title", "type", "howpublished", "journal", "series",
    "volume", "number", "pages", "pagetotal", "edition", "institution", "publisher", "address",
    "year", "month", "day", "isbn", "issn", "doi", "url", "language", "keywords", "copyright",
    "abstract",
)  # fmt: skip
_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"{$\lbrace$}",
    "}": r"{$\rbrace$}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": "{$<$}",
    ">": "{$>$}",
    "|": "{$|$}",
    **{sign: f"\\{sign}" for sign in "&%$#_"},
}
"""Braces are never written as `\\{`: BibTeX counts those too."""
_SIGNS = re.compile(r"[\\{}~^<>|&%$#_]")
_LIGATURES = re.compile(r"(?<=-)(?=-)|(?<=`)(?=`)|(?<=')(?=')|(?<=[!?])(?=`)|(?<=,)(?=,)")
"""Between two signs of which TeX would make another one."""
_NOT_VERBATIM = re.compile(r"[{}\\]")


class BibtexExporter(DocumentExporter):
    """One file a language, in UTF-8; what means something to LaTeX is escaped."""

    name = "bibtex"
    capabilities = Capabilities(reads=False, delete=True, locales=True, document=True)
    marker = b"% urn:leopard:bibtex:1"

    class Options(DocumentExporter.Options):
        path: str = Field(
            pattern=r"[^/]\.bib$",
            description="The file in the site's first language; in others, their tag is put before `.bib`",
        )
        kinds: tuple[str, ...] | None = Field(("report",), description="`report`, `article` or both")

    options: Options

    def describe(self, record: Record, lookup: Lookup) -> Fields:
        return _entry(work_of(record, self.links(record, lookup), lookup))

    def item(self, fields: Fields, *, first: bool) -> bytes:
        values = fields["fields"]
        named = "".join(f"  {name} = {values[name]},\n" for name in ORDER if name in values)
        return f"\n@{fields['type']}{{{fields['key']},\n{named}}}\n".encode()

    def whole(self, locale: str, items: Iterable[bytes]) -> Iterator[bytes]:
        yield self.marker + b"\n"
        yield from items


def escaped(text: str) -> str:
    """A text of which LaTeX makes exactly that text."""
    return _LIGATURES.sub("{}", _SIGNS.sub(lambda sign: _SPECIAL[sign[0]], text))


def _entry(work: Work) -> Fields:
    publisher = work.publisher
    month = work.issued[1] if len(work.issued) > 1 else None
    by = "institution" if TYPES[work.type] == "techreport" else "publisher"
    texts = {
        "type": KINDS.get(work.type) if by == "institution" else None,
        "howpublished": KINDS.get(work.type) if by == "publisher" else None,
        **_container(work),
        "pagetotal": str(work.extent) if work.extent else None,
        "edition": work.edition,
        by: publisher and publisher.name,
        "address": publisher and publisher.place,
        "year": work.day[:4],
        "day": str(work.issued[2]) if len(work.issued) > 2 else None,
        "isbn": " ".join(work.isbn),
        "language": work.language,
        "keywords": ", ".join(work.subjects),
        "copyright": work.terms and (work.terms.id or work.terms.words),
        "abstract": " ".join(work.abstract.split("\n\n")),
    }
    people = {role: " and ".join(map(_name, work.by(role))) for role in ("author", "editor", "translator")}
    values = {
        **people,
        "title": f"{{{escaped(work.full_title)}}}" if work.full_title else None,
        **{name: escaped(text) for name, text in texts.items() if text},
        "pages": "--".join(map(escaped, work.container.pages)) if work.container else None,
        "doi": _verbatim(work.doi or ""),
        "url": _verbatim(work.url),
    }
    braced = {name: f"{{{value}}}" for name, value in values.items() if value}
    named = {"month": MONTHS[month - 1]} if month else {}
    return {"type": TYPES[work.type], "key": work.key, "fields": {**braced, **named}}


def _name(name: Name) -> str:
    """`Nowell, Kristin`; in braces, what would else be taken apart."""
    if not (name.family and name.given):
        return f"{{{escaped(name.literal or name.family)}}}"
    return f"{_part(name.family)}, {_part(name.given)}"


def _part(text: str) -> str:
    whole = "," in text or re.search(r"(^|\s)and(\s|$)", text, re.IGNORECASE)
    return f"{{{escaped(text)}}}" if whole else escaped(text)


def _container(work: Work) -> dict[str, str | None]:
    found = work.container
    if found is None:
        return {}
    if work.type != "journal_article":
        return {"series": found.title, "number": found.number, "issn": found.issn}
    return {"journal": found.title, "volume": found.volume, "number": found.issue, "issn": found.issn}


def _verbatim(address: str) -> str:
    """Addresses are not escaped: BibTeX styles print them as they are."""
    return _NOT_VERBATIM.sub(lambda sign: f"%{ord(sign[0]):02X}", address)
