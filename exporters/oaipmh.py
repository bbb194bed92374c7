"""Publish reports for harvesters (OAI-PMH 2.0): a static, paged set, and what is answered live from."""

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from pydantic import Field

from exporters.base import Capabilities, Desired, Document, Fields, Listed, Lookup, Remote
from exporters.common.bibliography import line, work_of
from exporters.common.files_elsewhere import FilesElsewhere
from exporters.common.json_text import without_empty
from exporters.common.links import Links
from exporters.common.own_kinds import texts
from exporters.common.works import Work
from exporters.dialects.oaipmh import xml as xml
from exporters.dialects.oaipmh.protocol import SAMPLE
from exporters.dialects.oaipmh.store import APPLICATION, NAME, Made, Selection, Store, up
from exporters.dialects.oaipmh.xml import PREFIX, About, Token
from schemas import canonical
from schemas.errors import ChannelDown, Rejected
from schemas.record import Record
from transport.files import file_digest

FORMAT = 1
"""To be raised when the metadata of the same facts are written in another way."""
_SQLITE = b"SQLite format 3\0"
_TYPES = {"dataset": "Dataset"}
_ORDER = (
    *("title", "creator", "subject", "description", "publisher", "contributor", "date", "type"),
    *("format", "identifier", "source", "language", "relation", "coverage", "rights"),
)
"""The elements as DCMI lists them; what the ledger remembers has lost the order in which it was made."""
_TRANSLATED = ("title", "description", "coverage")
"""Elements in the language of the description."""


class OaiPmhExporter(FilesElsewhere):
    """Every record that was ever published stays, as deleted if it is gone (`persistent`)."""

    name = "oaipmh"
    reads_fields = False
    capabilities = Capabilities(reads=False, delete=True, locales=True, document=True)
    clock: Callable[[], datetime] = staticmethod(lambda: datetime.now(UTC))
    """When a record that is not what it was is seen to have changed."""

    class Options(FilesElsewhere.Options):
        path: str = Field(min_length=1, description="Folder that the files are written to")
        kinds: tuple[str, ...] | None = Field(("report",), description="`report`, `article` or both")
        namespace: str = Field(
            pattern=r"^[A-Za-z][A-Za-z0-9-]*(\.[A-Za-z][A-Za-z0-9-]*)+$",
            description="Domain name in every record's identifier, `oai:<namespace>:<key>@<language>`. "
            "Never to be changed, not even when the site moves to another domain",
        )
        admin_email: str = Field(
            pattern=r"^[^\s@]+@[^\s@]+\.[^\s@.]+$",
            description="Address that harvesters may write to; the protocol demands one",
        )
        endpoint: str | None = Field(
            None,
            pattern=r"^https?://[^\s/]+(/[^\s?#]*)?$",
            description="Address of the live endpoint; by default `oai` below the folder's",
        )
        page: int = Field(100, ge=1, le=1000, description="Records in one answer")

    options: Options

    @property
    def folder(self) -> Path:
        return self.context.root / self.options.path

    def files_of(self, remote: Listed) -> tuple[str, ...]:
        """None: a record's own file stays when it is gone, and says so."""
        return ()

    def is_ours(self, path: Path, relative: str) -> bool:
        with path.open("rb") as file:
            head = file.read(4096)
        if relative == NAME:
            return head.startswith(_SQLITE) and head[68:72] == APPLICATION.to_bytes(4, "big")
        return xml.MARKER.encode() in head

    def render(self, record: Record, lookup: Lookup) -> Fields:
        links = self.links(record, lookup)
        work = work_of(record, links, lookup)
        named = {f"type:{work.type}": work.type.replace("_", " ").capitalize(), **_topics(record, links)}
        fields: Fields = without_empty({"locale": work.locale, "dc": _elements(work), "sets": named})
        return fields

    def piece(self, desired: Desired) -> str | None:
        return _oai_dc(desired.fields.get("dc", {}), desired.fields["locale"])

    def read(self) -> Iterator[Remote]:
        """Nothing: what is published is remembered, and not read back."""
        return iter(())

    def create(self, desired: Desired) -> Remote:
        return Remote(
            id=desired.ident,
            key=desired.key,
            locale=desired.locale,
            fields=desired.fields,
            url=self.address(_file(desired.ident)),
        )

    def update(self, remote: Remote, desired: Desired) -> Remote:
        return self.create(desired)

    def delete(self, remote: Remote) -> None:
        """Nothing: to be gone is published."""

    def absent(self, remotes: Iterable[Listed], documents: Iterable[Document]) -> Iterator[str]:
        for remote in remotes:
            if not self._is_there(remote.ident):
                yield remote.ident
        yield from super().absent((), documents)

    def files(self, remotes: Iterable[Listed], documents: Iterable[Document]) -> Iterator[str]:
        folder = os.fspath(self.folder)
        yield from (f"{folder}/{_file(remote.ident)}" for remote in remotes)
        yield from super().files((), documents)

    def publish(self, remotes: Iterable[Listed], documents: Iterable[Document]) -> Iterator[Document]:
        last = tuple(documents)
        written: list[Document] = []
        path = self._store()
        with self._database(path), Store.writing(path) as store:
            about = self._take(store, remotes)
            for name, body in self._pages(store, about):
                written.append(self.publish_document(name, (body.encode(),), last))
                yield written[-1]
            for item, ours in store.unwritten(self._is_there):
                asked = {
                    "verb": "GetRecord",
                    "identifier": about.identifier(item.ident),
                    "metadataPrefix": PREFIX,
                }
                body = xml.response(about, item.datestamp, asked, (xml.single(about, item),))
                self.put(_file(item.ident), (body.encode(),), remembered=ours)
            store.all_written()
        with self.disk(path, "read"):
            digest, size = file_digest(path)
        yield Document(path=NAME, digest=digest, size=size)
        kept = {NAME, *(document.path for document in written)}
        self.discard(before.path for before in last if before.path not in kept)

    def _take(self, store: Store, remotes: Iterable[Listed]) -> About:
        """Remember what is published now."""
        names: dict[str, str] = {}
        first = self.context.site.default_locale

        def made() -> Iterator[Made]:
            for remote in remotes:
                fields = remote.fields
                for spec, name in fields.get("sets", {}).items():
                    for part in up(spec)[:-1]:
                        names.setdefault(part, part.rpartition(":")[2].capitalize())
                    names[spec] = name if fields["locale"] == first else names.get(spec, name)
                yield Made(
                    remote.ident,
                    canonical.digest([FORMAT, fields]),
                    tuple(sorted(fields.get("sets", {}))),
                    partial(_oai_dc, fields.get("dc", {}), fields["locale"]),
                )

        at = store.replace(made(), self._now)
        store.name_sets(names)
        before = store.about()
        about = About(
            name=self.context.site.title,
            base_url=self.options.endpoint or self.address("oai"),
            admin_email=self.options.admin_email,
            namespace=self.options.namespace,
            earliest=before.earliest if before else at,
            page=self.options.page,
        )
        store.describe(about)
        return about

    def _pages(self, store: Store, about: About) -> Iterator[tuple[str, str]]:
        """Name and text of each static answer, as of the latest change."""
        at = store.latest() or about.earliest
        first = store.items(Selection(), ("", ""), 1)
        sample = first[0].ident if first else SAMPLE
        sets = store.sets()
        listed = xml.sets(sets) if sets else xml.error("noSetHierarchy", "there are no sets")
        for verb, inner in (
            ("Identify", xml.identify(about, sample)),
            ("ListMetadataFormats", xml.formats()),
            ("ListSets", listed),
        ):
            yield f"{verb}.xml", xml.response(about, at, {"verb": verb}, (inner,))
        for verb in ("ListIdentifiers", "ListRecords"):
            yield from self._parts(verb, store, about, at)

    def _parts(self, verb: str, store: Store, about: About, at: str) -> Iterator[tuple[str, str]]:
        """The parts of a list: each one's token is the name of the next one's file."""
        total, number, after = store.count(Selection()), 1, ("", "")
        asked = {"verb": verb, "metadataPrefix": PREFIX}
        if not total:
            nothing = xml.error("noRecordsMatch", "nothing has been published yet")
            yield f"{verb}-1.xml", xml.response(about, at, asked, (nothing,))
        while items := store.items(Selection(), after, about.page):
            cursor = (number - 1) * about.page
            more = cursor + len(items) < total
            token = Token(f"{verb}-{number + 1}" if more else "", total, cursor)
            inner = xml.listing(verb, about, items, token if total > about.page else None)
            yield f"{verb}-{number}.xml", xml.response(about, at, asked, (inner,))
            number += 1
            asked = {"verb": verb, "resumptionToken": f"{verb}-{number}"}
            after = (items[-1].datestamp, items[-1].ident)

    def _is_there(self, ident: str) -> bool:
        return self._size(_file(ident)) not in (None, 0)

    def _store(self) -> Path:
        """The file of the memory, if it is ours or free."""
        path = self.place(NAME)
        with self.disk(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            if not self._is_free(path, NAME):
                raise Rejected(
                    f"{self.shown(path)} is already there and is not from this channel",
                    hint="move it away, or give the channel a folder of its own",
                )
        return path

    @contextmanager
    def _database(self, path: Path) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise ChannelDown(
                f"cannot use {self.shown(path)}: {error}",
                hint="put back a copy of it; without it every record counts as changed, "
                "and harvesters do not hear of those that are gone",
            ) from error

    def _now(self) -> str:
        return self.clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _file(ident: str) -> str:
    """Where a record's own answer is, from its key and language alone."""
    key, _, locale = ident.rpartition("@")
    return f"GetRecord/{key.replace(':', '/', 1)}.{locale}.xml"


def _topics(record: Record, links: Links) -> dict[str, str]:
    """Spec and name of the sets that a record is in by its topics."""
    topics = ((key, links.record(key)) for key in texts(record, "topics"))
    return {key.replace("/", ":"): line(topic.title) or key for key, topic in topics if topic is not None}


def _elements(work: Work) -> Fields:
    """A work as the fifteen elements of Dublin Core say it, each one's values in order."""
    doi = f"https://doi.org/{work.doi}" if work.doi else ""
    isbn, terms = (f"urn:isbn:{one}" for one in work.isbn), work.terms
    return {
        "title": [work.full_title],
        "creator": [name.inverted for name in work.creators],
        "subject": list(work.subjects),
        "description": [work.abstract],
        "publisher": [work.publisher.name] if work.publisher else [],
        "contributor": [name.inverted for name in work.others],
        "date": [work.day],
        "type": [_TYPES.get(work.type, "Text"), work.type.replace("_", " ")],
        "format": list(dict.fromkeys(file.media_type or "" for file in work.files)),
        "identifier": [*dict.fromkeys((work.page, work.url, doi, *isbn)), work.citation],
        "source": [work.container.title] if work.container else [],
        "language": [work.language or ""],
        "relation": [*(file.url or "" for file in work.files), *work.related],
        "coverage": list(work.countries),
        "rights": [terms.words, terms.url or ""] if terms else [work.holder],
    }


def _oai_dc(elements: dict[str, list[str]], locale: str) -> str:
    return xml.oai_dc(
        (name, value, locale if name in _TRANSLATED else None)
        for name in _ORDER
        for value in elements.get(name, ())
        if value
    )
