"""
One harness per parser: bytes in, and nothing out but records and problems.

A harness gets any bytes. It raises only where a promise is broken: an exception of another kind, an error
that leaves the reading complete, a record without a name, a place that cannot be looked up.
"""

import zipfile
from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from functools import cache
from io import BytesIO
from itertools import islice
from json import dumps, loads
from pathlib import Path, PurePosixPath
from types import SimpleNamespace

from harness import URL, Answers, Harness, check, of_answer, of_file, project

from schemas import plugins
from schemas.errors import ContentError
from sources.base import Outcome, Raw
from sources.capture import CaptureSource
from sources.common.dois import DoiSource
from sources.common.harvest import HarvestSource
from sources.crossref import CrossrefSource
from sources.csv_table import CsvSource
from sources.datacite import DataCiteSource
from sources.dialects.git.tree import Entry, entries
from sources.dialects.http.auth import Credentials
from sources.dialects.http.pages import Pages
from sources.dialects.oaipmh.metadata import FORMATS
from sources.dialects.oaipmh.protocol import Repository
from sources.feed import FeedSource
from sources.gbif import GbifSource
from sources.http_api import HttpSource
from sources.json_files import JsonSource
from sources.markdown_files import MarkdownSource
from sources.oaipmh import OaiPmhSource
from sources.sheet import SheetSource
from sources.xlsx_table import XlsxSource
from sources.yaml_files import YamlSource

TESTS = Path(__file__).resolve().parents[1]
CONTENT = TESTS.parent / "examples" / "leopards" / "content"
GOLDEN = TESTS / "sources" / "golden"


PAGING = (
    {"paging": "none"},
    {"paging": "page", "items": "data", "total": "meta.total"},
    {"paging": "cursor", "items": "data", "next": "next"},
    {"paging": "link"},
    {"paging": "offset", "items": "data.0", "id": "a.b", "fields": {"title": "a.0.b"}},
)


def http(data: bytes) -> None:
    """Reads the bytes as a page of an API; the first byte chooses the configuration."""
    options = HttpSource.Options(url=URL, **PAGING[data[0] % len(PAGING)] if data else {})
    source, link = HttpSource(options, project()), data[1:40].decode("latin-1")
    fetcher = Answers(data[1:], {"Link": link, "Content-Type": "application/json"})
    pages = Pages(options, fetcher, Credentials(options, project().root))
    with suppress(ContentError):
        for number, page in enumerate(pages.walk({}), 1):
            for at, item in enumerate(page.items, 1):
                name = source._name(item, number, at, pages)
                found = source._record(name, item, source.place(name))
                if isinstance(found, Raw):
                    check(source, [found], [], Outcome())


@cache
def workbook() -> dict[str, bytes]:
    """The parts of a small workbook."""
    from openpyxl import Workbook

    book, packed = Workbook(), BytesIO()
    for row in (["title", "tags", "published_at"], ["A", "x;y", date(2024, 5, 1)], ["B", None, 3.5]):
        book.active.append(row)
    book.active.merge_cells("A5:A7")
    book.save(packed)
    with zipfile.ZipFile(packed) as parts:
        return {name: parts.read(name) for name in parts.namelist()}


_xlsx = of_file(XlsxSource, "a.xlsx", kind="article")


def xlsx_parts(data: bytes) -> None:
    """Puts the bytes in place of one part of a workbook, which the first byte chooses."""
    names = sorted(workbook())
    chosen, packed = names[(data[0] if data else 0) % len(names)], BytesIO()
    with zipfile.ZipFile(packed, "w") as parts:
        for name, body in workbook().items():
            parts.writestr(name, data[1:] if name == chosen else body)
    _xlsx(packed.getvalue())


def _items(source: HarvestSource, items: Iterable[tuple[str, object]]) -> None:
    """Reads items as they would come from the disk, where they are JSON."""
    for name, item in items:
        found = list(source.records(name, loads(dumps(item)), source.place(name), SimpleNamespace(has=bool)))
        records = [one for one in found if isinstance(one, Raw)]
        check(source, records, [], Outcome(state="partial", reason="x"))


def oaipmh(data: bytes) -> None:
    """Reads the bytes as every answer of a repository; the first byte chooses the format."""
    format = sorted(FORMATS)[data[0] % 3] if data else "oai_dc"
    source = OaiPmhSource(OaiPmhSource.Options(url=URL, format=format), project())
    repository = Repository(URL, URL, Answers(data[1:]))
    with suppress(ContentError):
        repository.identify()
    with suppress(ContentError):
        listed = repository.records({"metadataPrefix": format}, lambda: None)
        items = [(one.identifier, FORMATS[format][0](one.metadata)) for one in listed if one.metadata]
        _items(source, items)


def works(of: type[DoiSource], **options: object) -> Harness:
    """Reads the bytes as what a registry says of one DOI, and as a page of a search."""

    def harness(data: bytes) -> None:
        single = of(of.Options(url=URL, dois=["10.1234/x"], **options), project())
        search = of(of.Options(url=URL, query="x", **options), project())
        with suppress(ContentError):
            _items(single, [("10.1234/x", single.single(Answers(data), "10.1234/x"))])
        with suppress(ContentError):
            pages = islice(search.pages(Answers(data)), 3)
            _items(search, [(search.doi_of(item), item) for page in pages for item in page])

    return harness


def gbif(data: bytes) -> None:
    """Reads the bytes as every answer about a name."""
    source = GbifSource(GbifSource.Options(url=URL, names=["Panthera pardus"]), project())
    with suppress(ContentError):
        _items(source, [("Panthera pardus", source._taxon(Answers(data), "Panthera pardus").model_dump())])


def git(data: bytes) -> None:
    """Reads the bytes as the listing of a tree."""
    for one in entries(data, "content", (".yaml",), URL):
        if isinstance(one, Entry):
            path = PurePosixPath(one.path)
            assert not path.is_absolute()
            assert ".." not in path.parts
            assert len(one.blob) >= 40


TREE = b"".join(
    mode + b" blob " + b"1" * 40 + b"      12\tcontent/" + name + b"\0"
    for mode, name in (
        (b"100644", b"a.yaml"),
        (b"120000", b"b.yaml"),
        (b"100755", b"../c.yaml"),
        (b"160000", b"d"),
    )
)


def _packed() -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as parts:
        for name, body in workbook().items():
            parts.writestr(name, body)
    return packed.getvalue()


def texts(*patterns: str) -> list[bytes]:
    """The bytes of files below the tests' golden files and the example project."""
    found = [path for pattern in patterns for base in (GOLDEN, CONTENT, TESTS) for path in base.glob(pattern)]
    return [path.read_bytes() for path in sorted(set(found)) if path.stat().st_size < 20_000]


TABLE = b'key;title;tags;authors.0.family\r\nreport:a;"A ""quoted""\r\nB";x;N\r\n;C;y;\r\n'
Target = SimpleNamespace
TARGETS: dict[str, Target] = {
    "yaml": Target(run=of_file(YamlSource, "a.yaml"), seeds=lambda: texts("**/*.yaml")),
    "json": Target(run=of_file(JsonSource, "a.json", kind="page"), seeds=lambda: texts("**/*.json")),
    "ndjson": Target(
        run=of_file(JsonSource, "a.ndjson", kind="page"),
        seeds=lambda: [b'{"title": "A", "tags": ["x"]}\n\n{"title": "B"}\n', b"\xff\xfe{\x00}\x00\n\x00"],
    ),
    "markdown": Target(run=of_file(MarkdownSource, "a.fr.md"), seeds=lambda: texts("**/*.md")),
    "csv": Target(
        run=of_file(CsvSource, "a.csv", kind="report", lists=["tags"]),
        seeds=lambda: [TABLE, *texts("**/*.csv")],
    ),
    "sheet": Target(run=of_answer(SheetSource, kind="report", lists=["tags"]), seeds=lambda: [TABLE]),
    "xlsx": Target(run=_xlsx, seeds=lambda: [_packed()]),
    "xlsx_parts": Target(
        run=xlsx_parts,
        seeds=lambda: [bytes([at]) + workbook()[name] for at, name in enumerate(sorted(workbook()))],
    ),
    "feed": Target(run=of_answer(FeedSource), seeds=lambda: texts("feed/*.xml", "feed/feed.json")),
    "http": Target(
        run=http,
        seeds=lambda: [
            *(
                bytes([at]) + b'{"data": [{"id": 1, "a": {"b": "x"}}], "next": "/x?b", "meta": {"total": 1}}'
                for at in range(5)
            ),
            *(b"\0" + text for text in texts("http/posts.json")),
        ],
    ),
    "capture": Target(run=of_file(CaptureSource, "a.txt"), seeds=lambda: texts("captures/*.txt", "**/*.txt")),
    "oaipmh": Target(
        run=oaipmh, seeds=lambda: [bytes([at % 3]) + one for at, one in enumerate(texts("oaipmh/*.xml"))]
    ),
    "crossref": Target(
        run=works(CrossrefSource, mailto="a@example.org"), seeds=lambda: texts("crossref/*.json")
    ),
    "datacite": Target(run=works(DataCiteSource), seeds=lambda: texts("datacite/*.json")),
    "git": Target(run=git, seeds=lambda: [TREE]),
    "gbif": Target(run=gbif, seeds=lambda: texts("gbif/*.json")),
}
"""Per name, what reads the bytes, and what the search begins with."""
for _name, _file, _seeds in (("html", "a.html", "**/*.html"), ("wordpress", "a.xml", "**/*.xml")):
    if _name in plugins.names("sources"):
        TARGETS[_name] = Target(
            run=of_file(plugins.find("sources", _name), _file), seeds=lambda pattern=_seeds: texts(pattern)
        )
