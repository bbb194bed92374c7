"""Publish reports as Dublin Core (DCMI Metadata Terms, ISO 15836) in RDF/XML."""

from collections.abc import Iterable, Iterator

from pydantic import Field

from exporters.base import Capabilities, Fields, Lookup
from exporters.common.bibliography import work_of
from exporters.common.documents import DocumentExporter
from exporters.common.files_elsewhere import FilesElsewhere
from exporters.common.works import Work
from exporters.common.xml_text import DECLARATION, element, parent, start
from schemas.record import Record

NAMESPACES = {
    "xmlns:rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xmlns:rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xmlns:dc": "http://purl.org/dc/elements/1.1/",
    "xmlns:dcterms": "http://purl.org/dc/terms/",
}
W3CDTF = "http://purl.org/dc/terms/W3CDTF"
DCMI_TYPE = "http://purl.org/dc/dcmitype/"
TRANSLATED = ("dc:title", "dcterms:abstract", "dc:coverage")
"""Elements in the language of the description."""
RESOURCES = ("dcterms:type", "dcterms:license", "dcterms:hasFormat", "dcterms:relation")
"""Elements whose values are things and not words (their ranges in DCMI Metadata Terms)."""


class DublinCoreExporter(FilesElsewhere, DocumentExporter):
    """One document a language, a description a report."""

    name = "dublincore"
    capabilities = Capabilities(reads=False, delete=True, locales=True, document=True)
    marker = b"<!-- urn:leopard:dublincore:1 -->"

    class Options(FilesElsewhere.Options, DocumentExporter.Options):
        path: str = Field(
            pattern=r"[^/]\.(rdf|xml)$",
            description="The document in the first language; in others, their tag stands before the suffix",
        )
        kinds: tuple[str, ...] | None = Field(("report",), description="`report`, `article` or both")

    options: Options

    def describe(self, record: Record, lookup: Lookup) -> Fields:
        work = work_of(record, self.links(record, lookup), lookup)
        return {"about": work.urn, "elements": list(_elements(work))}

    def item(self, fields: Fields, *, first: bool) -> bytes:
        about = {"rdf:about": fields["about"]}
        return f"\n  {parent('rdf:Description', fields['elements'], about, depth=1)}".encode()

    def whole(self, locale: str, items: Iterable[bytes]) -> Iterator[bytes]:
        yield DECLARATION.encode() + self.marker + b"\n" + start("rdf:RDF", NAMESPACES).encode()
        yield from items
        yield b"\n</rdf:RDF>\n"


def _elements(work: Work) -> Iterator[str]:
    """Every element that says something, as XML."""
    for name, values in _values(work).items():
        yield from (_element(name, value, work.locale) for value in values if value)


def _values(work: Work) -> dict[str, Iterable[str | Fields | None]]:
    """Every element with its values; of a thing without an address, its properties."""
    terms, kind = work.terms, "Dataset" if work.type == "dataset" else "Text"
    return {
        "dc:title": [work.full_title],
        "dc:creator": [name.inverted for name in work.creators],
        "dc:contributor": [name.inverted for name in work.others],
        "dc:publisher": [work.publisher.name] if work.publisher else [],
        "dcterms:issued": [work.day],
        "dcterms:type": [DCMI_TYPE + kind],
        "dc:type": [work.type.replace("_", " ")],
        "dc:identifier": _identifiers(work),
        "dc:language": [work.language],
        "dcterms:isPartOf": _container(work),
        "dc:subject": work.subjects,
        "dc:coverage": work.countries,
        "dcterms:abstract": [work.abstract],
        "dcterms:bibliographicCitation": [work.citation],
        "dcterms:extent": [{"rdfs:label": f"{work.extent} pages"}] if work.extent else [],
        "dc:format": list(dict.fromkeys(file.media_type for file in work.files)),
        "dcterms:license": [terms.url] if terms else [],
        "dc:rights": [terms.words] if terms else [],
        "dcterms:rightsHolder": [{"rdfs:label": work.holder}] if work.holder else [],
        "dcterms:hasFormat": [file.url for file in work.files],
        "dcterms:relation": work.related,
    }


def _identifiers(work: Work) -> list[str]:
    doi = [f"https://doi.org/{work.doi}"] if work.doi else []
    isbn = (f"urn:isbn:{number}" for number in work.isbn)
    return list(dict.fromkeys((*doi, *isbn, work.url, work.urn)))


def _container(work: Work) -> list[Fields]:
    found = work.container
    if found is None:
        return []
    issn = {"dc:identifier": f"urn:issn:{found.issn}"} if found.issn else {}
    return [{"dc:title": found.title, **issn}]


def _element(name: str, value: str | Fields, locale: str) -> str:
    if isinstance(value, dict):
        inner = "".join(element(part, words) for part, words in value.items())
        return f"{start(name, {'rdf:parseType': 'Resource'})}{inner}</{name}>"
    if name in RESOURCES:
        return element(name, "", {"rdf:resource": value})
    kind = W3CDTF if name == "dcterms:issued" else None
    language = locale if name in TRANSLATED else None
    return element(name, value, {"rdf:datatype": kind, "xml:lang": language})
