"""The metadata of a harvested record as a work: Dublin Core (`oai_dc`) and DataCite (`datacite`)."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from sources.common.datacite_work import attributes_of, work_of
from sources.common.languages import language_tag
from sources.common.markup import prose
from sources.common.works import Body, Name, Work, licence_of, partial_date
from sources.common.xml_tree import Element

TYPES = {
    "article": "journal_article",
    "journal article": "journal_article",
    "briefing": "briefing",
    "book": "book",
    "dataset": "dataset",
    "proceedings": "proceedings",
    "conference paper": "proceedings",
}
"""Words of `dc:type`, in lower case, by our types; every other one is a report."""
_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*|info:doi/)?(10\.\d{4,9}/\S+)", re.IGNORECASE)
_ISBN = re.compile(r"(?:urn:)?isbn[: ]?\s*([\dX -]{10,17})", re.IGNORECASE)

Item = dict[str, Any]
"""What is kept of a record: plain JSON values."""


def dublin_core(metadata: Element) -> Item | None:
    """Per element its texts, and the language of the first title that says one."""
    found: Item = {}
    for one in metadata.children:
        if one.words:
            found.setdefault(one.name, []).append(one.words)
    titles = (one.attributes.get("lang") for one in metadata.each("title"))
    return found | {"lang": next(filter(None, titles), None)} if found.get("title") else None


def datacite(metadata: Element) -> Item | None:
    """The attributes of a DOI; `oai_datacite` has them in an envelope."""
    resource = metadata.below("resource")
    return attributes_of(resource) if resource is not None else None


def of_dublin_core(item: Item) -> Work:
    """A work from the fifteen elements, each of which may be there never or often."""
    identifiers = item.get("identifier", [])
    addresses = [one for one in identifiers if re.match(r"https?://\S+$", one)]
    own = [one for one in addresses if not _DOI.fullmatch(one)]
    rights = item.get("rights", [])
    licence = next(filter(_is_licence, map(licence_of, rights)), "")
    types = [one.strip().lower() for one in item.get("type", [])]
    return Work(
        title=item["title"][0],
        type=next((TYPES[one] for one in types if one in TYPES), "report"),
        names=tuple(_names(item)),
        publisher=next((Body(one) for one in item.get("publisher", [])), None),
        issued=next(filter(None, map(partial_date, item.get("date", []))), None),
        language=next(filter(None, map(language_tag, item.get("language", []))), None),
        isbn=tuple(found[1].strip() for one in identifiers if (found := _ISBN.fullmatch(one.strip()))),
        doi=next((found[1] for one in identifiers if (found := _DOI.fullmatch(one.strip()))), None),
        url=next(iter(own or addresses), None),
        abstract=prose(item["description"][0]) if item.get("description") else None,
        licence=licence,
        rights="" if licence else next((one for one in rights if not one.startswith("http")), ""),
        series=next((one for one in item.get("source", []) if not one.startswith("http")), ""),
        tags=tuple(item.get("subject", [])),
    )


def _is_licence(text: str) -> bool:
    return bool(re.fullmatch(r"CC0?-[A-Z0-9.-]+", text))


def _names(item: Item) -> Iterator[Name]:
    """Creators; `Nowell, K.` is a person, a name without a comma may be anybody."""
    for one in item.get("creator", []):
        family, comma, given = one.partition(",")
        yield Name(family.strip(), given.strip()) if comma and given.strip() else Name(name=one)


FORMATS: dict[str, tuple[Callable[[Element], Item | None], Callable[[Item], Work]]] = {
    "oai_dc": (dublin_core, of_dublin_core),
    "datacite": (datacite, work_of),
    "oai_datacite": (datacite, work_of),
}
"""Per format, how its metadata are kept, and what they say."""
