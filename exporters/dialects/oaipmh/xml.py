"""OAI-PMH 2.0 as XML (https://www.openarchives.org/OAI/openarchivesprotocol.html). Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from exporters.common.xml_text import DECLARATION, element, parent, start

MARKER = "<!-- urn:leopard:oaipmh:1 -->"
PREFIX = "oai_dc"
GRANULARITY = "YYYY-MM-DDThh:mm:ssZ"
_OAI = "http://www.openarchives.org/OAI/2.0/"
_OAI_DC = f"{_OAI}oai_dc/"
_OAI_DC_XSD = f"{_OAI}oai_dc.xsd"
_INSTANCE = {"xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance"}
_ROOT = {"xmlns": _OAI, **_INSTANCE, "xsi:schemaLocation": f"{_OAI} {_OAI}OAI-PMH.xsd"}
_DC = {
    "xmlns:oai_dc": _OAI_DC,
    "xmlns:dc": "http://purl.org/dc/elements/1.1/",
    **_INSTANCE,
    "xsi:schemaLocation": f"{_OAI_DC} {_OAI_DC_XSD}",
}
_IDENTIFIER = f"{_OAI}oai-identifier"


@dataclass(frozen=True)
class About:
    """The repository itself."""

    name: str
    base_url: str
    admin_email: str
    namespace: str
    earliest: str
    """No datestamp is earlier."""
    page: int
    """Records in one answer."""

    def identifier(self, ident: str) -> str:
        """A record's identifier by the scheme `oai`: it does not change with the site's address."""
        return f"oai:{self.namespace}:{ident}"

    def ident(self, identifier: str) -> str:
        """The record that an identifier names; empty for identifiers that are not ours."""
        before = self.identifier("")
        return identifier.removeprefix(before) if identifier.startswith(before) else ""


@dataclass(frozen=True)
class Item:
    """One record of the repository; one that is gone has no metadata."""

    ident: str
    datestamp: str
    deleted: bool
    sets: tuple[str, ...]
    metadata: str


@dataclass(frozen=True)
class Token:
    """Where a list goes on; empty text ends one that was given in parts."""

    text: str
    size: int
    cursor: int


def response(about: About, at: str, asked: Mapping[str, str], inner: Iterable[str]) -> str:
    """A whole answer, given at an instant to what was asked."""
    parts = (element("responseDate", at), element("request", about.base_url, asked), *inner)
    return f"{DECLARATION}{MARKER}\n{parent('OAI-PMH', parts, _ROOT)}\n"


def error(code: str, words: str) -> str:
    """What is wrong with a request."""
    return element("error", words, {"code": code})


def identify(about: About, sample: str) -> str:
    """The answer to Identify."""
    scheme = {
        "xmlns": _IDENTIFIER,
        **_INSTANCE,
        "xsi:schemaLocation": f"{_IDENTIFIER} {_IDENTIFIER}.xsd",
    }
    described = (
        element("scheme", "oai"),
        element("repositoryIdentifier", about.namespace),
        element("delimiter", ":"),
        element("sampleIdentifier", about.identifier(sample)),
    )
    children = (
        element("repositoryName", about.name),
        element("baseURL", about.base_url),
        element("protocolVersion", "2.0"),
        element("adminEmail", about.admin_email),
        element("earliestDatestamp", about.earliest),
        element("deletedRecord", "persistent"),
        element("granularity", GRANULARITY),
        parent("description", (parent("oai-identifier", described, scheme, 3),), depth=2),
    )
    return parent("Identify", children, depth=1)


def formats() -> str:
    """The answer to ListMetadataFormats: every record has the same."""
    known = (
        element("metadataPrefix", PREFIX),
        element("schema", _OAI_DC_XSD),
        element("metadataNamespace", _OAI_DC),
    )
    return parent("ListMetadataFormats", (parent("metadataFormat", known, depth=2),), depth=1)


def sets(known: Iterable[tuple[str, str]]) -> str:
    """The answer to ListSets, from specs and names."""
    listed = (
        parent("set", (element("setSpec", spec), element("setName", name)), depth=2) for spec, name in known
    )
    return parent("ListSets", listed, depth=1)


def header(about: About, item: Item, depth: int = 2) -> str:
    """A record's header, alone or inside of a record."""
    children = (
        element("identifier", about.identifier(item.ident)),
        element("datestamp", item.datestamp),
        *(element("setSpec", spec) for spec in item.sets),
    )
    return parent("header", children, {"status": "deleted"} if item.deleted else None, depth)


def record(about: About, item: Item) -> str:
    """A whole record."""
    metadata = () if item.deleted else (parent("metadata", (item.metadata,), depth=3),)
    return parent("record", (header(about, item, 3), *metadata), depth=2)


def listing(verb: str, about: About, items: Iterable[Item], token: Token | None) -> str:
    """The answer to ListRecords or ListIdentifiers, or a part of it."""
    made = (record(about, item) if verb == "ListRecords" else header(about, item) for item in items)
    counted = {"completeListSize": token.size, "cursor": token.cursor} if token else {}
    goes_on = (element("resumptionToken", token.text, counted),) if token else ()
    return parent(verb, (*made, *goes_on), depth=1)


def single(about: About, item: Item) -> str:
    """The answer to GetRecord."""
    return parent("GetRecord", (record(about, item),), depth=1)


def oai_dc(elements: Iterable[tuple[str, str, str | None]]) -> str:
    """Unqualified Dublin Core, from names, values and their languages."""
    made = "".join(
        f"\n          {element(f'dc:{name}', value, {'xml:lang': language})}"
        for name, value, language in elements
    )
    return f"{start('oai_dc:dc', _DC)}{made}\n        </oai_dc:dc>"
