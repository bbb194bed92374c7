"""Parts of items that several channels show the same way: dates, names, images, attachments. Pure."""

import mimetypes
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID, uuid5

from exporters.base import Fields
from exporters.links import Links
from schemas.agents import Contributor, Organisation, Person
from schemas.page import Hero, Page, Statistics
from schemas.record import Record
from schemas.report import ReportFile
from schemas.species import Species
from schemas.statistic import Quoted

NAMESPACE = UUID("6f1d2f0e-5b0c-5a52-9d5c-3c0a7f2b8e41")
"""Never to be changed: every item's id is made from it and from the record's ident."""
_CONTROLS = {code: None for code in (*range(0x20), *range(0x7F, 0xA0)) if code not in (0x09, 0x0A)}


def urn_of(ident: str) -> str:
    """The name of a record that never changes, whatever its title, slug or address (RFC 9562, version 5)."""
    return uuid5(NAMESPACE, ident).urn


def plain_text(text: str) -> str:
    """Without control characters, which mean nothing to readers and break some."""
    return text.translate(_CONTROLS).strip()


def rfc3339(at: datetime | None) -> str | None:
    """An instant as RFC 3339 writes it, whose offsets have no seconds."""
    if at is None:
        return None
    offset = at.utcoffset()
    if offset is None or offset.seconds % 60 or not offset:
        return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return at.isoformat()


def image_url(record: Record, links: Links) -> str | None:
    """The absolute address of a record's main image: its own, or its hero's."""
    blocks = record.blocks if isinstance(record, Page) else ()
    heroes = (block.image for block in blocks if isinstance(block, Hero))
    asset = links.asset(next(filter(None, (record.image, *heroes)), None))
    return links.asset_url(asset) if asset else None


def authors_of(record: Record) -> list[Contributor]:
    """Those who wrote a record, as far as they have a name."""
    named: tuple[Contributor, ...] = getattr(record, "authors", ())
    return [one for one in named if one.role == "author" and one.display]


def author(one: Contributor, links: Links) -> Fields:
    """Name and address of one author; the address is an identifier where there is one."""
    key = one.person or one.organisation
    named = links.record(key) if key else None
    own = named.url if isinstance(named, Person | Organisation) else None
    identifier = f"https://orcid.org/{one.orcid}" if one.orcid else one.ror
    return {"name": plain_text(one.display), "url": identifier or (links.absolute(own) if own else None)}


def attachment(one: ReportFile, links: Links) -> Fields:
    """A report's file as JSON Feed describes attachments."""
    url = links.absolute(one.url or "")
    guessed = mimetypes.guess_type(url)[0] or "application/octet-stream"
    return {
        "url": url,
        "mime_type": one.media_type or guessed,
        "title": one.label,
        "size_in_bytes": one.size,
    }


def statistics_of(record: Record) -> Iterator[Quoted]:
    """Every figure that a record quotes, in the order in which they stand."""
    blocks = record.blocks if isinstance(record, Page) else ()
    lists = [block.items for block in blocks if isinstance(block, Statistics)]
    for items in (*lists, getattr(record, "statistics", ())):
        yield from (one for one in items if isinstance(one, Quoted))


def species(key: str, links: Links) -> Fields:
    """Key and names of a species that a record is about."""
    found = links.record(key)
    named = {"scientific_name": found.scientific_name} if isinstance(found, Species) else {}
    return {"key": key, "title": found.title if found else None, **named}
