"""What a work is, in the words of no standard: the facts that every channel of report metadata writes. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from html import unescape

import nh3
from babel import Locale, UnknownLocaleError

from exporters.base import Lookup
from exporters.licences import Terms, terms
from exporters.links import Links
from exporters.parts import urn_of
from exporters.public import shown
from schemas.agents import Contributor, Organisation, Person
from schemas.article import Article
from schemas.base import RichText
from schemas.errors import Unsupported
from schemas.record import Record
from schemas.report import Report, ReportFile
from schemas.species import Species

_UNWRITABLE = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Controls, halves of characters and non-characters: what no standard here can hold."""
_BREAKS = re.compile("[ \t\n\r\x85\u2028\u2029]+")
_ENDS_BLOCK = re.compile(
    r"</(?:p|li|h[1-6]|div|blockquote|dd|dt|tr|pre|ul|ol|figure|table|section)\s*>", re.IGNORECASE
)
_LINE_END = re.compile(r"<br\b[^<>]*>", re.IGNORECASE)
_NOT_IN_ADDRESSES = re.compile(r"""[\s<>"{}|\\^`]""")
_IN_JOURNAL = re.compile(r"\s*(?P<volume>[^\s:()]+)\s*(?:\((?P<issue>[^()]+)\))?\s*(?::\s*(?P<pages>\S.*))?")
_PAGES = re.compile(r"([A-Za-z]?\d+)\s*[-\u2010-\u2015]+\s*([A-Za-z]?\d+)")


@dataclass(frozen=True)
class Body:
    """An organisation: publisher or affiliation."""

    name: str
    ror: str | None = None
    place: str | None = None


@dataclass(frozen=True)
class Name:
    """A person with a `family` name, or somebody with one undivided `literal` name."""

    family: str = ""
    given: str = ""
    literal: str = ""
    role: str = "author"
    orcid: str | None = None
    ror: str | None = None
    affiliation: Body | None = None
    corporate: bool = False

    @property
    def inverted(self) -> str:
        """`Nowell, Kristin`; a name that is not divided as it is."""
        return self.literal or ", ".join(part for part in (self.family, self.given) if part)


@dataclass(frozen=True)
class Container:
    """The journal or series that a work stands in, and its place there."""

    title: str
    issn: str | None = None
    number: str | None = None
    volume: str | None = None
    issue: str | None = None
    pages: tuple[str, ...] = ()
    """First and last page, or one page or article number."""


@dataclass(frozen=True)
class File:
    """One file of a work, at an absolute address."""

    url: str
    media_type: str | None
    size: int | None


@dataclass(frozen=True)
class Work:
    """A report or an article as libraries describe it. Texts hold nothing that cannot be written."""

    key: str
    """ASCII, unique in one language, made from the record's key: it never changes."""
    urn: str
    type: str
    title: str
    subtitle: str
    locale: str
    """Language of the description."""
    language: str | None
    """Language of the work, as far as it is known."""
    names: tuple[Name, ...]
    publisher: Body | None
    container: Container | None
    issued: tuple[int, ...]
    """Year, month, day as far as they are known."""
    doi: str | None
    isbn: tuple[str, ...]
    url: str
    """Where the work can be read."""
    page: str
    """Its page on the site."""
    edition: str
    extent: int | None
    """Pages."""
    abstract: str
    """Plain text; empty lines part paragraphs."""
    species: tuple[str, ...]
    topics: tuple[str, ...]
    countries: tuple[str, ...]
    """Names, in the language of the description."""
    terms: Terms | None
    holder: str
    files: tuple[File, ...]
    related: tuple[str, ...]
    """The URNs of related works that may be shown."""
    citation: str

    @property
    def full_title(self) -> str:
        """Title and subtitle in one line."""
        if not self.subtitle:
            return self.title
        return f"{self.title}{' ' if self.title.endswith(('?', '!', ':', '.', '…')) else ': '}{self.subtitle}"

    @property
    def subjects(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.species, *self.topics)))

    @property
    def creators(self) -> tuple[Name, ...]:
        """Those who stand for the work: its authors, else its editors, else everybody."""
        for role in ("author", "editor"):
            if found := self.by(role):
                return found
        return self.names

    def by(self, role: str) -> tuple[Name, ...]:
        """Everybody with a role, in the order in which they are named."""
        return tuple(name for name in self.names if name.role == role)

    @property
    def day(self) -> str:
        """The date of issue as W3CDTF writes it; empty if it is not known."""
        return "-".join(f"{part:0{4 if at == 0 else 2}}" for at, part in enumerate(self.issued))


def work_of(record: Record, links: Links, lookup: Lookup) -> Work:
    """The facts of a record. Raises Unsupported for what is neither report nor article."""
    seen = shown(record, lookup)
    if isinstance(seen, Report):
        return _report(seen, links)
    if isinstance(seen, Article):
        return _article(seen, links)
    raise Unsupported("only reports and articles have a place here", hint="leave its kind out of `kinds`")


def _report(record: Report, links: Links) -> Work:
    unstated = record.locale if len(record.alternates) < 2 else None
    page = links.site.url_of(record)
    rights = record.rights
    licence = record.licence or (rights.licence if rights else None)
    statement = line(rights.statement) if rights else ""
    return Work(
        **_common(record, links),
        type=record.type,
        subtitle=line(record.subtitle),
        language=record.language or unstated,
        publisher=_publisher(record, links),
        container=_container(record),
        issued=_parts(record.issued),
        doi=_doi(record.doi),
        isbn=tuple(map(line, record.isbn)),
        url=_address(record.url, links) or page,
        page=page,
        edition=line(record.edition),
        extent=record.pages,
        abstract=prose(record.abstract),
        terms=terms(line(licence), statement),
        holder=line(rights.holder) if rights else "",
        files=tuple(filter(None, (_file(one, links) for one in record.files))),
        related=_related(record.related, links),
        citation=line(record.citation),
    )


def _article(record: Article, links: Links) -> Work:
    page = links.site.url_of(record)
    rights = record.rights
    at = record.published_at or record.embargo_until
    return Work(
        **_common(record, links),
        type="article",
        subtitle="",
        language=record.locale,
        publisher=Body(line(links.site.title)),
        container=None,
        issued=(at.year, at.month, at.day) if at else (),
        doi=None,
        isbn=(),
        url=page,
        page=page,
        edition="",
        extent=None,
        abstract=line(record.summary),
        terms=terms(line(rights.licence), line(rights.statement)) if rights else None,
        holder=line(rights.holder) if rights else "",
        files=(),
        related=_related(record.reports, links),
        citation="",
    )


def _common(record: Report | Article, links: Links) -> dict[str, object]:
    named = [(key, links.record(key)) for key in record.species]
    species = [one.scientific_name if isinstance(one, Species) else one and one.title for _, one in named]
    topics = [found.title for key in record.topics if (found := links.record(key))]
    return {
        "key": record.key.removeprefix("report:"),
        "urn": urn_of(record.ident),
        "title": line(record.title),
        "locale": record.locale,
        "names": tuple(filter(None, (_name(one, links) for one in record.authors))),
        "species": _lines(species),
        "topics": _lines((*topics, *record.tags)),
        "countries": _lines(_country(code, record.locale) for code in record.countries),
    }


def line(text: str | None) -> str:
    """A text in one line, without what cannot be written."""
    return _BREAKS.sub(" ", _UNWRITABLE.sub("", text or "")).strip()


def prose(rich: RichText | None) -> str:
    """Prose as plain text; empty lines part paragraphs."""
    if rich is None:
        return ""
    text = rich.text
    if rich.format == "html":
        text = _LINE_END.sub("\n", _ENDS_BLOCK.sub(r"\g<0>\n\n", _UNWRITABLE.sub("", text)))
        text = unescape(nh3.clean(text, tags=set()))
    return "\n\n".join(filter(None, map(line, re.split(r"\r?\n[ \t\r]*\n", text))))


def _lines(texts: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(line, texts))))


def _name(one: Contributor, links: Links) -> Name | None:
    """Somebody's name; None if nothing of it can be shown."""
    found = links.record(one.person) if one.person else None
    person = found if isinstance(found, Person) else None
    at = links.record(person.organisation) if person and person.organisation else None
    family, given, whole = line(one.family), line(one.given), line(one.name)
    if person and not (family or given or whole):
        family, given = line(person.family), line(person.given)
    literal = "" if family else whole or line(one.display)
    if not (family or literal):
        return None
    return Name(
        family=family,
        given=given if family else "",
        literal=literal,
        role=one.role,
        orcid=one.orcid,
        ror=one.ror,
        affiliation=_body(at) if isinstance(at, Organisation) else None,
        corporate=not (family or one.person or one.orcid) and bool(one.organisation or one.ror),
    )


def _body(found: Organisation) -> Body | None:
    name = line(found.name)
    return Body(name, found.ror, line(found.place) or None) if name else None


def _publisher(record: Report, links: Links) -> Body | None:
    found = links.record(record.publisher) if record.publisher else None
    body = _body(found) if isinstance(found, Organisation) else None
    return body and Body(body.name, body.ror, line(record.publication_place) or body.place)


def _container(record: Report) -> Container | None:
    """A journal's number such as `8(3):e57872` or `24:3505–3526` is volume, issue and pages."""
    series = record.series
    if series is None or not (title := line(series.title)):
        return None
    number = line(series.number) or None
    if record.type != "journal_article" or number is None:
        return Container(title, series.issn, number)
    parts = _IN_JOURNAL.fullmatch(number)
    if parts is None:
        return Container(title, series.issn, volume=number)
    span = _PAGES.fullmatch(parts["pages"] or "")
    pages = span.groups() if span else (parts["pages"],) if parts["pages"] else ()
    return Container(title, series.issn, volume=parts["volume"], issue=parts["issue"], pages=tuple(pages))


def _parts(written: str) -> tuple[int, ...]:
    """A date's parts; a day that its month does not have is left out."""
    parts = tuple(int(part) for part in written.split("-"))
    try:
        date(*parts, *(1,) * (3 - len(parts)))
    except ValueError:
        return parts[:2]
    return parts


def _doi(doi: str | None) -> str | None:
    return _NOT_IN_ADDRESSES.sub(_percent, line(doi)) if doi else None


def _address(url: str | None, links: Links) -> str | None:
    """An absolute web address; None for any other kind of link."""
    found = links.absolute(_UNWRITABLE.sub("", url or "").strip())
    return _NOT_IN_ADDRESSES.sub(_percent, found) if re.match(r"https?://", found, re.IGNORECASE) else None


def _percent(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode())


def _file(one: ReportFile, links: Links) -> File | None:
    url = _address(one.url, links)
    return File(url, one.media_type, one.size) if url else None


def _related(keys: Iterable[str], links: Links) -> tuple[str, ...]:
    return tuple(urn_of(found.ident) for key in keys if (found := links.record(key)))


def _country(code: str, locale: str) -> str:
    try:
        names = Locale.parse(locale, sep="-").territories
    except (UnknownLocaleError, ValueError):
        names = Locale("en").territories
    return str(names.get(code, code))
