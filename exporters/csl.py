"""Publish reports as CSL-JSON 1.0 (https://citationstyles.org): what citation managers and pandoc read."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import Field

from exporters.base import Capabilities, Fields, Lookup
from exporters.common.bibliography import work_of
from exporters.common.documents import DocumentExporter
from exporters.common.json_text import dumps, without_empty
from exporters.common.works import Name, Work
from schemas.record import Record

MARKER = "leopard"
TYPES = {
    "report": "report",
    "briefing": "report",
    "journal_article": "article-journal",
    "book": "book",
    "dataset": "dataset",
    "proceedings": "book",
    "article": "webpage",
}
GENRES = {"briefing": "Briefing", "proceedings": "Proceedings"}
ROLES = {"editor": "editor", "translator": "translator", "contributor": "contributor"}


class CslExporter(DocumentExporter):
    """One array of items a language."""

    name = "csl"
    capabilities = Capabilities(reads=False, delete=True, locales=True, document=True)
    marker = f'"{MARKER}": "urn:uuid:'.encode()

    class Options(DocumentExporter.Options):
        path: str = Field(
            pattern=r"[^/]\.json$",
            description="The file in the site's first language; in others, their tag is put before `.json`",
        )
        kinds: tuple[str, ...] | None = Field(("report",), description="`report`, `article` or both")

    options: Options

    def describe(self, record: Record, lookup: Lookup) -> Fields:
        return _item(work_of(record, self.links(record, lookup), lookup))

    def item(self, fields: Fields, *, first: bool) -> bytes:
        return (b"\n  " if first else b",\n  ") + dumps(fields).replace(b"\n", b"\n  ")

    def whole(self, locale: str, items: Iterable[bytes]) -> Iterator[bytes]:
        yield b"["
        yield from items
        yield b"\n]\n"

    def is_ours(self, path: Path, relative: str) -> bool:
        """An empty array carries no marker; nothing is lost with it."""
        data = path.read_bytes()
        return self.marker in data or data.split() == [b"[", b"]"]


def _item(work: Work) -> Fields:
    fields = {
        "id": work.key,
        "type": TYPES[work.type],
        "title": work.full_title,
        "author": [_name(name) for name in work.by("author")],
        **{role: [_name(name) for name in work.by(ours)] for ours, role in ROLES.items()},
        "issued": {"date-parts": [list(work.issued)]} if work.issued else None,
        "publisher": work.publisher and work.publisher.name,
        "publisher-place": work.publisher and work.publisher.place,
        **_container(work),
        "genre": GENRES.get(work.type),
        "edition": work.edition,
        "number-of-pages": str(work.extent) if work.extent else None,
        "ISBN": " ".join(work.isbn),
        "DOI": work.doi,
        "URL": work.url,
        "language": work.language,
        "abstract": work.abstract,
        "keyword": ", ".join(work.subjects),
        "custom": {MARKER: work.urn},
    }
    pruned: Fields = without_empty(fields)
    return pruned


def _name(name: Name) -> Fields:
    if name.literal:
        return {"literal": name.literal}
    return {"family": name.family, "given": name.given}


def _container(work: Work) -> Fields:
    found = work.container
    if found is None:
        return {}
    if work.type == "journal_article":
        named = {"container-title": found.title, "volume": found.volume, "issue": found.issue}
        return {**named, "ISSN": found.issn, "page": "-".join(found.pages)}
    number = "number" if TYPES[work.type] == "report" else "collection-number"
    return {"collection-title": found.title, number: found.number, "ISSN": found.issn}
