"""Parts of items that several channels show the same way: dates, names, images, attachments. Pure."""

import mimetypes
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from exporters.base import Fields
from exporters.common.links import Links
from exporters.common.own_kinds import people, texts
from schemas.agents import Contributor, Organisation, Person
from schemas.asset import Asset
from schemas.page import Hero, Page, Statistics
from schemas.record import Record
from schemas.report import Report, ReportFile
from schemas.site import Site
from schemas.species import Species
from schemas.statistic import Citation, Quoted

NAMESPACE = UUID("6f1d2f0e-5b0c-5a52-9d5c-3c0a7f2b8e41")
"""Never to be changed: every item's id is made from it, from the site's id and from the record's ident."""
_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_HALVES = {code: 0xFFFD for code in range(0xD800, 0xE000)}
_WITHOUT_ODD = {code: None for code in (*range(0x20), *range(0x7F, 0xA0), 0xFFFE, 0xFFFF)} | _HALVES
del _WITHOUT_ODD[0x09], _WITHOUT_ODD[0x0A]
_IN_ADDRESS = "!$%&'()*+,/:;=?@~"
"""What may stand in a path, a query or a fragment besides letters, digits and `-._` (RFC 3986)."""

_USUAL_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(?:/[A-Za-z0-9/._~-]*)?(?:\?[A-Za-z0-9=._~-]+)?")
"""What is written as it has to be."""


def urn_of(ident: str, site: Site) -> str:
    """The name of a record that never changes, whatever its title, slug or address (RFC 9562, version 5).

    Two sites with the same keys have other names only if they have an `id`.
    """
    return uuid5(uuid5(NAMESPACE, site.id) if site.id else NAMESPACE, ident).urn


def plain_text(text: str) -> str:
    """Without control characters, which mean nothing to readers and break some; half characters replaced.

    What is left can be written as UTF-8, and in XML 1.0.
    """
    return (text.translate(_WITHOUT_ODD) if _ODD.search(text) else text).strip()


def cleaned(value: Any) -> Any:
    """JSON values in which every text is `plain_text`."""
    if isinstance(value, str):
        return plain_text(value)
    if isinstance(value, dict):
        return {name: cleaned(inner) for name, inner in value.items()}
    return [cleaned(inner) for inner in value] if isinstance(value, list) else value


def web_address(address: str | None) -> str | None:
    """An absolute address as RFC 3986 writes it; None for what is none of the web."""
    return address if address and _USUAL_ADDRESS.fullmatch(address) else _quoted(address or "")


def _quoted(address: str) -> str | None:
    try:
        scheme, host, *rest = urlsplit(address.translate(_HALVES))
    except ValueError:
        return None
    if scheme not in ("http", "https") or not host:
        return None
    quoted = (quote(part, safe=_IN_ADDRESS) for part in rest)
    whole = urlunsplit((scheme, quote(host, safe=f"{_IN_ADDRESS}[]"), *quoted))
    return re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", whole)


def title_of(record: Record) -> str:
    """A title in which something can be read."""
    return plain_text(record.title) or record.key


def rfc3339(at: datetime | None) -> str | None:
    """An instant as RFC 3339 writes it, whose offsets have no seconds."""
    if at is None:
        return None
    offset = at.utcoffset()
    if offset and not offset.seconds % 60:
        return at.isoformat()
    try:
        return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except OverflowError:  # before the year 1
        return None


def rfc822(instant: str | None) -> str | None:
    """An instant as RFC 822 writes it, with a year of four digits, from how RFC 3339 does."""
    return format_datetime(datetime.fromisoformat(instant)) if instant else None


def published(record: Record, links: Links) -> datetime | None:
    """When a record appeared, as far as it is known; of a report's date the first day, at midnight there."""
    at = record.published_at or record.embargo_until
    if at is None and isinstance(record, Report):
        year, month, day = (*map(int, record.issued.split("-")), 1, 1)[:3]
        return datetime(year, month, day, tzinfo=ZoneInfo(links.site.timezone))
    return at


def image_of(record: Record, links: Links) -> Asset | None:
    """A record's main image: its own, or its hero's."""
    return links.asset(record.image or _hero(record))


def image_url(record: Record, links: Links) -> str | None:
    """The absolute address of a record's main image."""
    asset = image_of(record, links)
    return links.asset_url(asset) if asset else None


def banner_url(record: Record, links: Links) -> str | None:
    """The absolute address of the image that stands wide above a record: its hero's."""
    asset = links.asset(_hero(record))
    return links.asset_url(asset) if asset else None


def _hero(record: Record) -> str | None:
    blocks = record.blocks if isinstance(record, Page) else ()
    return next((block.image for block in blocks if isinstance(block, Hero) and block.image), None)


def media(asset: Asset, links: Links) -> Fields:
    """An image with what must travel with it: its credit, and the words for those who do not see it."""
    url = links.asset_url(asset)
    return {
        "url": web_address(url),
        "mime_type": asset.media_type or mimetypes.guess_type(url or "")[0],
        "size_in_bytes": asset.size,
        "width": asset.width,
        "height": asset.height,
        "alt": links.alt(asset),
        "credit": asset.credit,
    }


def tags_of(record: Record, links: Links) -> list[str]:
    """What a record is filed under, each word once: its tags, and the titles of its topics."""
    topics = (links.record(key) for key in texts(record, "topics"))
    words = (*record.tags, *(topic.title for topic in topics if topic))
    return list(dict.fromkeys(filter(None, map(plain_text, words))))


def rights_of(record: Record) -> str | None:
    """Who owns a record and on which terms it may be used, in one line; None if nothing is said."""
    said = record.rights
    if said and said.statement:
        return said.statement
    licence = (said.licence if said else None) or (record.licence if isinstance(record, Report) else None)
    return ", ".join(filter(None, (said.holder if said else None, licence))) or None


def authors_of(record: Record) -> list[Contributor]:
    """Those who wrote a record, as far as they have a name."""
    return [one for one in people(record) if one.role == "author" and one.display]


def author(one: Contributor, links: Links) -> Fields:
    """Name and address of one author; the address is an identifier where there is one."""
    key = one.person or one.organisation
    named = links.record(key) if key else None
    own = named.url if isinstance(named, Person | Organisation) else None
    identifier = f"https://orcid.org/{one.orcid}" if one.orcid else one.ror
    address = identifier or (links.absolute(own) if own else None)
    return {"name": plain_text(one.display), "url": web_address(address)}


def attachment(one: ReportFile, links: Links) -> Fields:
    """A report's file as JSON Feed describes attachments."""
    url = links.absolute(one.url or "")
    guessed = mimetypes.guess_type(url)[0] or "application/octet-stream"
    return {
        "url": web_address(url),
        "mime_type": one.media_type or guessed,
        "title": one.label,
        "size_in_bytes": one.size,
    }


def attachments_of(record: Record, links: Links) -> list[Fields]:
    """The files of a report that are on the web."""
    files: tuple[ReportFile, ...] = record.files if isinstance(record, Report) else ()
    found = (attachment(one, links) for one in map(links.file, files) if one.url)
    return [one for one in found if one["url"]]


def elsewhere(record: Record, links: Links) -> str | None:
    """The absolute address at which a report is at home, if that is not on the site."""
    written = record.url if isinstance(record, Report) else None
    return web_address(links.absolute(written)) if written else None


def statistics_of(record: Record) -> Iterator[Quoted]:
    """Every figure that a record quotes, in the order in which they stand."""
    blocks = record.blocks if isinstance(record, Page) else ()
    lists = [block.items for block in blocks if isinstance(block, Statistics)]
    own = getattr(record, "statistics", ())
    for items in (*lists, own if isinstance(own, tuple | list) else ()):
        yield from (one for one in items if isinstance(one, Quoted))


def statistic(one: Quoted, links: Links) -> Fields:
    """A figure with all that was said of it; the address of its citation is absolute."""
    fields: Fields = one.model_dump(mode="json")
    return {**fields, "citation": _citation(one.citation, links)} if one.citation else fields


def _citation(one: Citation, links: Links) -> Fields:
    url = web_address(links.absolute(one.url)) if one.url else _home(one.report, links)
    return {"report": one.report, "text": one.text, "url": url, "pages": one.pages}


def _home(key: str | None, links: Links) -> str | None:
    """Where a report is at home, else its address on the site."""
    found = links.record(key) if key else None
    return (elsewhere(found, links) or web_address(links.url(found.key))) if found else None


def citations_of(record: Record, links: Links) -> list[Fields]:
    """Every other work that a record names as a source, once: those of its figures, then its reports."""
    found = [_citation(one.citation, links) for one in statistics_of(record) if one.citation]
    for key in texts(record, "reports"):
        report = links.record(key)
        if isinstance(report, Report):
            found.append({"report": key, "text": report.citation or report.title, "url": _home(key, links)})
    works: dict[str, Fields] = {}
    for one in found:
        work = {name: one[name] for name in ("report", "text", "url")}
        works.setdefault(one["report"] or one["text"] or one["url"] or "", work)
    works.pop(record.key, None)
    return list(works.values())


def species(key: str, links: Links) -> Fields:
    """Key and names of a species that a record is about."""
    found = links.record(key)
    named = {"scientific_name": found.scientific_name} if isinstance(found, Species) else {}
    return {"key": key, "title": found.title if found else None, **named}
