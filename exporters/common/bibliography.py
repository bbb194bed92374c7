"""The facts of reports and articles for every channel of report metadata. Pure."""

import re
from collections.abc import Iterable
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import nh3
from babel import Locale, UnknownLocaleError

from exporters.base import Lookup
from exporters.common.licences import terms
from exporters.common.links import Links
from exporters.common.parts import plain_text, published, tags_of, urn_of, web_address
from exporters.common.public import shown
from exporters.common.works import Body, Container, File, Name, Work
from exporters.common.xml_text import allowed
from schemas.agents import Contributor, Organisation, Person
from schemas.article import Article
from schemas.base import RichText
from schemas.errors import Unsupported
from schemas.record import Record
from schemas.report import Report, ReportFile
from schemas.species import Species

_BREAKS = re.compile("[ \t\n\u2028\u2029]+")
_ENDS_BLOCK = re.compile(
    r"</(?:p|li|h[1-6]|div|blockquote|dd|dt|tr|pre|ul|ol|figure|table|section)\s*>", re.IGNORECASE
)
_LINE_END = re.compile(r"<br\b[^<>]*>", re.IGNORECASE)
_IN_JOURNAL = re.compile(r"(?P<volume>[^\s:()]+) ?(?:\((?P<issue>[^()]+)\) ?)?(?:: ?(?P<pages>\S.*))?")
_PAGES = re.compile(r"([A-Za-z]?\d+) ?[-\u2010-\u2015]+ ?([A-Za-z]?\d+)")
_NOT_IN_A_DOI = re.compile(r"[\s{}\\\\]")


def work_of(record: Record, links: Links, lookup: Lookup) -> Work:
    """The facts of a record. Raises Unsupported for what is neither report nor article."""
    seen = shown(record, lookup)
    if isinstance(seen, Report):
        return _report(seen, links)
    if isinstance(seen, Article):
        return _article(seen, links)
    raise Unsupported("only reports and articles have a place here", hint="leave its kind out of `kinds`")


def _report(record: Report, links: Links) -> Work:
    common = _common(record, links)
    unstated = record.locale if len(record.alternates) < 2 else None
    rights = record.rights
    licence = record.licence or (rights.licence if rights else None)
    return Work(
        **common,
        type=record.type,
        subtitle=line(record.subtitle),
        language=record.language or unstated,
        publisher=_publisher(record, links),
        container=_container(record),
        issued=tuple(map(int, record.issued.split("-"))),
        doi=_NOT_IN_A_DOI.sub(_percent, line(record.doi)) or None,
        isbn=record.isbn,
        url=web_address(links.absolute(record.url or "")) or common["page"],
        edition=line(record.edition),
        extent=record.pages,
        abstract=prose(record.abstract),
        terms=terms(line(licence), line(rights.statement if rights else None)),
        files=tuple(filter(None, (_file(one, links) for one in record.files))),
        related=_related(record.related, links),
        citation=line(record.citation),
    )


def _article(record: Article, links: Links) -> Work:
    common = _common(record, links)
    at = published(record, links)
    day = at.astimezone(ZoneInfo(links.site.timezone)).date() if at else None
    rights = record.rights
    return Work(
        **common,
        type="article",
        language=record.locale,
        publisher=Body(line(links.site.title)),
        issued=(day.year, day.month, day.day) if day else (),
        url=common["page"],
        abstract=line(record.summary),
        terms=terms(line(rights.licence), line(rights.statement)) if rights else None,
        related=_related(record.reports, links),
    )


def _common(record: Report | Article, links: Links) -> dict[str, Any]:
    named = (links.record(key) for key in record.species)
    return {
        "key": record.key.removeprefix("report:"),
        "urn": urn_of(record.ident, links.site),
        "title": line(record.title),
        "locale": record.locale,
        "page": web_address(links.site.url_of(record)) or "",
        "names": tuple(filter(None, (_name(one, links) for one in record.authors))),
        "species": _lines(one.scientific_name for one in named if isinstance(one, Species)),
        "topics": _lines(tags_of(record, links)),
        "countries": _lines(_country(code, record.locale) for code in record.countries),
        "holder": line(record.rights.holder) if record.rights else "",
    }


def line(text: str | None) -> str:
    """A text in one line, without what cannot be written."""
    return _BREAKS.sub(" ", allowed(plain_text(text or ""))).strip()


def prose(rich: RichText | None) -> str:
    """Prose as plain text; empty lines part paragraphs."""
    if rich is None:
        return ""
    text = rich.text
    if rich.format == "html":
        text = _LINE_END.sub("\n", _ENDS_BLOCK.sub(r"\g<0>\n\n", plain_text(text)))
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


def _percent(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode())


def _file(one: ReportFile, links: Links) -> File | None:
    known = links.file(one)
    url = web_address(links.absolute(known.url or ""))
    return File(url, known.media_type, known.size) if url or known.asset else None


def _related(keys: Iterable[str], links: Links) -> tuple[str, ...]:
    return tuple(urn_of(found.ident, links.site) for key in keys if (found := links.record(key)))


def _country(code: str, locale: str) -> str:
    try:
        names = Locale.parse(locale, sep="-").territories
    except (UnknownLocaleError, ValueError):
        names = Locale("en").territories
    return str(names.get(code, code))
