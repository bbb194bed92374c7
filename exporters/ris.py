"""Publish reports as RIS, the tagged lines that reference managers import."""

from collections.abc import Iterable, Iterator

from pydantic import Field

from exporters.base import Capabilities, Fields, Lookup
from exporters.common.bibliography import line, work_of
from exporters.common.documents import DocumentExporter
from exporters.common.files_elsewhere import FilesElsewhere
from exporters.common.works import Work
from schemas.record import Record

TYPES = {
    "report": "RPRT",
    "briefing": "RPRT",
    "journal_article": "JOUR",
    "book": "BOOK",
    "dataset": "DATA",
    "proceedings": "CONF",
    "article": "ELEC",
}
ORDER = (
    "TY", "DP", "DB", "ID", "AU", "A2", "A4", "TI", "T2", "T3", "M1", "VL", "IS", "SP", "EP", "PY",
    "DA", "PB", "CY", "ET", "SN", "M3", "LA", "DO", "UR", "L1", "AN", "KW", "AB",
)  # fmt: skip
"""Of the tags in an entry: `TY` has to be the first; `DP`, our marker, stands early."""


class RisExporter(FilesElsewhere, DocumentExporter):
    """One file a language, an entry a report."""

    name = "ris"
    capabilities = Capabilities(reads=False, delete=True, locales=True, document=True)
    marker = b"\nDP  - Leopard\r\n"

    class Options(FilesElsewhere.Options, DocumentExporter.Options):
        path: str = Field(
            pattern=r"[^/]\.ris$",
            description="The file in the site's first language; in others, their tag is put before `.ris`",
        )
        kinds: tuple[str, ...] | None = Field(("report",), description="`report`, `article` or both")

    options: Options

    def describe(self, record: Record, lookup: Lookup) -> Fields:
        return _tags(work_of(record, self.links(record, lookup), lookup), self.context.site.title)

    def item(self, fields: Fields, *, first: bool) -> bytes:
        lines = (f"{tag}  - {value}\r\n" for tag in ORDER for value in fields.get(tag, ()))
        return "".join((*lines, "ER  - \r\n\r\n")).encode()

    def whole(self, locale: str, items: Iterable[bytes]) -> Iterator[bytes]:
        yield from items


def _tags(work: Work, site: str) -> Fields:
    """Every tag with its lines."""
    year, *rest = work.day.split("-")
    publisher = work.publisher
    tags: dict[str, Iterable[str | None]] = {
        "TY": [TYPES[work.type]],
        "DP": ["Leopard"],
        "DB": [line(site)],
        "ID": [work.key],
        "AU": [name.inverted for name in work.by("author")],
        "A2": [name.inverted for name in work.by("editor")],
        "A4": [name.inverted for name in work.by("translator")],
        "TI": [work.full_title],
        "PY": [year],
        "DA": ["/".join((year, *rest, *("",) * (3 - len(rest))))] if year else [],
        "PB": [publisher.name] if publisher else [],
        "CY": [publisher.place] if publisher else [],
        "ET": [work.edition],
        "M3": ["Briefing" if work.type == "briefing" else None],
        "LA": [work.language],
        "DO": [work.doi],
        "UR": [work.url.replace(";", "%3B")],
        "L1": [file.url.replace(";", "%3B") for file in work.files if file.url],
        "AN": [work.urn],
        "KW": work.subjects,
        "AB": [" ".join(work.abstract.split("\n\n"))],
        **_container(work),
    }
    lists = {tag: [value for value in values if value] for tag, values in tags.items()}
    return {tag: values for tag, values in lists.items() if values}


def _container(work: Work) -> dict[str, Iterable[str | None]]:
    """Where a work stands: `SP` is the first page, of a whole book or report the number of its pages."""
    found = work.container
    extent = [str(work.extent)] if work.extent else []
    if found is None:
        return {"SN": work.isbn, "SP": extent}
    numbers = (*work.isbn, found.issn)
    if work.type != "journal_article":
        return {"T3": [found.title], "M1": [found.number], "SN": numbers, "SP": extent}
    first, last = (*found.pages, None, None)[:2]
    pages: dict[str, Iterable[str | None]] = {"SP": [first] if first else extent, "EP": [last]}
    return {"T2": [found.title], "VL": [found.volume], "IS": [found.issue], "SN": numbers, **pages}
