"""DataCite 4.6 metadata as XML, from the same as JSON."""

from collections.abc import Iterator

from exporters.base import Fields
from exporters.common.xml_text import DECLARATION, element, parent

NAMESPACE = "http://datacite.org/schema/kernel-4"
ROOT = {
    "xmlns": NAMESPACE,
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "xsi:schemaLocation": f"{NAMESPACE} http://schema.datacite.org/meta/kernel-4.6/metadata.xsd",
}
LISTS = {
    "titles": ("title", "title"),
    "subjects": ("subject", "subject"),
    "dates": ("date", "date"),
    "alternateIdentifiers": ("alternateIdentifier", "alternateIdentifier"),
    "rightsList": ("rights", "rights"),
    "descriptions": ("description", "description"),
}
"""Lists whose items are a text with attributes: the element, and the member that holds the text."""
PLAIN = {"sizes": "size", "formats": "format"}
ATTRIBUTES = {"lang": "xml:lang", "schemeUri": "schemeURI", "rightsUri": "rightsURI"}
IN_ITEM = ("volume", "issue", "number", "firstPage", "lastPage")


def xml(metadata: Fields) -> bytes:
    """The whole document."""
    return f"{DECLARATION}{parent('resource', _elements(metadata), ROOT)}\n".encode()


def _elements(metadata: Fields) -> Iterator[str]:
    kind = metadata["types"]
    yield element("identifier", metadata["doi"], {"identifierType": "DOI"})
    yield _list("creators", (_name("creator", one, 2) for one in metadata["creators"]))
    yield _texts("titles", metadata["titles"])
    yield _text("publisher", "name", metadata["publisher"])
    yield element("publicationYear", metadata["publicationYear"])
    yield element("resourceType", kind["resourceType"], {"resourceTypeGeneral": kind["resourceTypeGeneral"]})
    if named := metadata.get("contributors"):
        yield _list("contributors", (_name("contributor", one, 2) for one in named))
    for name in LISTS:
        if name != "titles" and name in metadata:
            yield _texts(name, metadata[name])
    for name, inner in PLAIN.items():
        if name in metadata:
            yield _list(name, (element(inner, text) for text in metadata[name]))
    for name in ("language", "version"):
        if name in metadata:
            yield element(name, metadata[name])
    if items := metadata.get("relatedItems"):
        yield _list("relatedItems", map(_item, items))
    if places := metadata.get("geoLocations"):
        named = (element("geoLocationPlace", place["geoLocationPlace"]) for place in places)
        yield _list("geoLocations", (parent("geoLocation", [place], depth=2) for place in named))


def _list(name: str, children: Iterator[str], depth: int = 1) -> str:
    return parent(name, children, depth=depth)


def _texts(name: str, items: list[Fields], depth: int = 1) -> str:
    inner, member = LISTS[name]
    return _list(name, (_text(inner, member, one) for one in items), depth)


def _text(name: str, member: str, fields: Fields) -> str:
    """A text; everything beside it is an attribute, in the order of the alphabet."""
    beside = {ATTRIBUTES.get(key, key): value for key, value in sorted(fields.items()) if key != member}
    return element(name, fields[member], beside)


def _name(name: str, fields: Fields, depth: int) -> str:
    kind = fields.get("contributorType")
    inner = [element(f"{name}Name", fields["name"], {"nameType": fields.get("nameType")})]
    inner += [element(part, fields[part]) for part in ("givenName", "familyName") if part in fields]
    inner += [_text("nameIdentifier", "nameIdentifier", one) for one in fields.get("nameIdentifiers", ())]
    inner += [_text("affiliation", "name", one) for one in fields.get("affiliation", ())]
    return parent(name, inner, {"contributorType": kind}, depth)


def _item(fields: Fields) -> str:
    """A related item; its parts have to be in this order."""
    inner = []
    if number := fields.get("relatedItemIdentifier"):
        inner.append(_text("relatedItemIdentifier", "relatedItemIdentifier", number))
    inner.append(_texts("titles", fields["titles"], depth=3))
    inner += [element(part, fields[part]) for part in IN_ITEM if part in fields]
    kind = {name: fields[name] for name in ("relatedItemType", "relationType")}
    return parent("relatedItem", inner, kind, depth=2)
