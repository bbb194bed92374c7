"""
Publish to Directus 11 and 12, over its REST API.

Each record is a row in its language, below one item a key; blocks, lists and relations are tables of their
own, and one request writes a page with all of its parts, or nothing. Ids are made from the ident: what is
ours is found by them, and nothing can be created twice.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import count, groupby
from pathlib import Path, PurePosixPath

from pydantic import Field

from exporters.base import Capabilities, Desired, Fields, Lookup, Remote, Write, reference
from exporters.cms.base import CmsExporter, CmsOptions
from exporters.cms.content import Content
from exporters.cms.linked_data import with_graph
from exporters.dialects.directus.calls import AT_ONCE, Calls
from exporters.dialects.directus.files import fields_of_asset, file_of
from exporters.dialects.directus.model import DIGEST, FILE_STATUS, RECORD, RECORDS, kinds_of, limits
from exporters.dialects.directus.pages import STATES, Pages, check_unchanged, kind_of
from exporters.dialects.directus.refusals import refusal
from exporters.dialects.directus.rows import at, id_of, row_of, spelt
from exporters.dialects.directus.setup import Tables, problems, setup
from schemas import canonical
from schemas.asset import Asset
from schemas.errors import LeopardError, NotFound, Rejected, Unsupported
from schemas.model import MARKER, content_type
from schemas.problems import Problem
from schemas.record import Record
from transport.secrets import Secret

BATCH = 50
LARGEST = 700_000
"""Bytes of a batch, of the million that Directus takes unless it is told otherwise."""
Outcomes = dict[str, Remote | LeopardError]


class DirectusExporter(CmsExporter):
    """Collections whose names begin with `leopard_`, and files."""

    name = "directus"
    capabilities = Capabilities(
        **dict.fromkeys(("delete", "unpublish", "drafts", "locales"), True),
        **dict.fromkeys(("assets", "references", "lookup", "conditional"), True),
        batch=BATCH,
    )

    class Options(CmsOptions):
        token: Secret = Field(description="Static token of a user of Directus: `env:NAME` or `file:PATH`")

    options: Options
    refusal = staticmethod(refusal)

    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.secret(self.options.token)}"}

    @cached_property
    def pages(self) -> Pages:
        return Pages(self.options.url.rstrip("/"), kinds_of(self.options.kinds), self.options.mapping)

    @property
    def calls(self) -> Calls:
        return Calls(self.api, self.pages)

    @property
    def locales(self) -> tuple[str, ...]:
        return self.options.locales or self.context.site.languages

    # Records as fields.

    def content(self, record: Record, lookup: Lookup) -> Content:
        def relation(other: Record) -> Fields:
            if isinstance(other, Asset):
                raise Unsupported(f"it names {other.key} where Directus can only hold a record")
            return reference(other)

        return replace(super().content(record, lookup), relation=relation)

    def mapped(self, record: Record, content: Content) -> Fields:
        if isinstance(record, Asset):
            return fields_of_asset(record, content, self.locales)
        known = content.of(record)
        return {name: known.get(name) for name in self.pages.table(record.kind).fields}

    def accept(self, desired: Desired) -> None:
        super().accept(desired)
        if desired.locale not in self.locales:
            raise Unsupported(f"the channel holds {', '.join(self.locales)}, and not {desired.locale}")
        if desired.kind == "asset":
            if not desired.file:
                raise Unsupported("its bytes are not in the project, so they cannot be uploaded")
            return
        for path, longest in limits(self.pages.table(desired.kind)).items():
            text = at(desired.fields, path)
            if isinstance(text, str) and len(text) > longest:
                said = f"{len(text)} characters; Directus holds {longest}"
                raise Unsupported(f"the field {'.'.join(path)} has {said}")

    def normalise(self, fields: Fields) -> Fields:
        return spelt(with_graph(fields, self.pages.address), self.pages.address)

    # What is there.

    def read(self) -> Iterator[Remote]:
        for kind in self.pages.kinds:
            for page in count(1):
                rows = self.calls.rows(kind, {MARKER: {"_nnull": True}}, page)
                yield from (self.pages.remote(kind, row) for row in rows if "@" in row[MARKER])
                if len(rows) < AT_ONCE:
                    break

    def find(self, idents: Iterable[str]) -> Iterator[Remote]:
        for kind, named in groupby(sorted(idents), lambda ident: ident.partition(":")[0]):
            ids = [id_of(ident) for ident in named] if kind in self.pages.kinds else []
            for first in range(0, len(ids), AT_ONCE):
                ours = [{"id": {"_in": ids[first : first + AT_ONCE]}}, {MARKER: {"_nnull": True}}]
                rows = self.calls.rows(kind, {"_and": ours})
                yield from (self.pages.remote(kind, row) for row in rows)

    # Writing.

    def create(self, desired: Desired) -> Remote:
        if desired.kind == "asset":
            return self._upload(desired)
        return self.calls.write("POST", desired.kind, self._row(desired, new=True))[0]

    def update(self, remote: Remote, desired: Desired) -> Remote:
        if desired.kind == "asset":
            return self._replace(remote, desired)
        return self.calls.change(remote, self._row(desired))

    def unpublish(self, remote: Remote) -> Remote:
        return self.calls.change(remote, {self.pages.status(kind_of(remote)): STATES["withdrawn"]})

    def delete(self, remote: Remote) -> None:
        """The row, and with the last of its rows the item."""
        kind = kind_of(remote)
        row = self.calls.there(kind, [remote]).get(remote.ident)
        if row is not None:
            check_unchanged(remote, row)
        one = id_of(remote.ident)
        if kind == "asset":
            self.calls.delete("/files", {"id": {"_eq": remote.id}})
        else:
            alone = {content_type(kind).plural: {"_none": {"id": {"_neq": one}}}}
            self.calls.delete(f"/items/{RECORDS}", {"_and": [{"id": {"_eq": remote.id}}, alone]})
            self.calls.delete(self.pages.path(kind), {"id": {"_eq": one}})
        if row is None:
            raise NotFound(f"{remote.ident} is not in Directus any more")

    def _row(self, desired: Desired, *, new: bool = False) -> Fields:
        """What is sent for a record; a new row brings its item, or joins the one that is there."""
        row = id_of(desired.ident)
        fields = row_of(self.pages.table(desired.kind), self.normalise(desired.fields), row)
        sent = {"id": row, "status": STATES[desired.state], **fields}
        if not new:
            return sent
        item = {"id": id_of(desired.key), MARKER: desired.key}
        named = {MARKER: desired.ident, "languages_code": desired.locale}
        return {**sent, **named, RECORD: item}

    # Batches: arrays of rows, each of which Directus stores as a whole or not at all.

    def write_many(self, writes: Iterable[Write]) -> Outcomes:
        outcomes: Outcomes = {}
        for (kind, old), group in groupby(sorted(writes, key=_sort), key=_sort):
            alike = list(group)
            outcomes |= self._alone(alike) if kind == "asset" else self._batch(kind, alike, old=old)
        return outcomes

    def _batch(self, kind: str, writes: list[Write], *, old: bool) -> Outcomes:
        """Creates, or updates, of one kind, in as few requests as their size allows."""
        try:
            outcomes = self._hindered(kind, [one.remote for one in writes if one.remote])
        except LeopardError as error:
            return dict.fromkeys((one.desired.ident for one in writes), error)
        ready = [one for one in writes if one.desired.ident not in outcomes]
        for portion in _portions([(one, self._row(one.desired, new=not old)) for one in ready]):
            idents = [one.desired.ident for one, _ in portion]
            try:
                pages = self.calls.write("PATCH" if old else "POST", kind, [row for _, row in portion])
                gone = NotFound("it is not in Directus any more")
                outcomes |= {**dict.fromkeys(idents, gone), **{page.ident: page for page in pages}}
            except Rejected:  # because of one of them, and none was written
                outcomes |= self._alone(one for one, _ in portion)
            except LeopardError as error:
                outcomes |= dict.fromkeys(idents, error)
        return outcomes

    def _hindered(self, kind: str, remotes: Sequence[Remote]) -> Outcomes:
        """Of pages to be updated, those that are gone or were changed by somebody."""
        outcomes: Outcomes = {}
        there = self.calls.there(kind, remotes) if remotes else {}
        for remote in remotes:
            try:
                if remote.ident not in there:
                    raise NotFound(f"{remote.ident} is not in Directus any more")
                check_unchanged(remote, there[remote.ident])
            except Rejected as error:
                outcomes[remote.ident] = error
        return outcomes

    def _alone(self, writes: Iterable[Write]) -> Outcomes:
        outcomes: Outcomes = {}
        for one in writes:
            try:
                outcomes[one.desired.ident] = (
                    self.update(one.remote, one.desired) if one.remote else self.create(one.desired)
                )
            except LeopardError as error:
                outcomes[one.desired.ident] = error
        return outcomes

    # Files.

    def _upload(self, desired: Desired) -> Remote:
        """The bytes first; then the words, as a form holds no lists of them, and with them our marker.

        So it is not there before it is whole. What a run left behind that died in between is taken up.
        """
        made = Remote(id=id_of(desired.ident), key=desired.key, locale=desired.locale)
        left = self.calls.unmarked(made.id)
        if left is None:
            self._send_bytes("POST", "/files", desired, {"id": made.id})
        elif not _has_bytes(left, desired):
            self._send_bytes("PATCH", f"/files/{made.id}", desired, {})
        return self.calls.change(made, {MARKER: desired.ident, **self._file(desired, made.id)})

    def _replace(self, remote: Remote, desired: Desired) -> Remote:
        """The words first, which shows whether the file is as we know it; then the bytes, if they differ."""
        changed = self.calls.change(remote, self._file(desired, remote.id))
        if _has_bytes(changed.fields, desired):
            return changed
        self._send_bytes("PATCH", f"/files/{remote.id}", desired, {})
        for page in self.find([desired.ident]):
            return page
        raise NotFound(f"{desired.ident} is not in Directus any more")

    def _send_bytes(self, method: str, path: str, desired: Desired, marks: Fields) -> None:
        file = desired.file or ""
        known = {name: desired.fields.get(name) for name in ("filename_download", DIGEST)}
        data = {**marks, **known, FILE_STATUS: STATES[desired.state]}
        part = (f"bytes{PurePosixPath(file).suffix}", self.bytes_of(file), desired.fields.get("type"))
        self.api.call(method, path, params={"fields": "id"}, data=data, files={"file": part})

    def _file(self, desired: Desired, file: str) -> Fields:
        return {FILE_STATUS: STATES[desired.state], **file_of(self.normalise(desired.fields), file)}

    # Preparing the target.

    def check(self) -> Iterator[Problem]:
        yield from problems(self.api, self._tables(), self.locales)

    def setup(self, folder: Path) -> Iterator[str]:
        yield from setup(self.api, self._tables(), self.locales)

    def _tables(self) -> Tables:
        kinds, own = self.pages.kinds, self.pages.own
        return Tables.of(kinds, [(self.pages.collection(kind), name) for kind in kinds for name in own(kind)])


def _has_bytes(held: Fields, desired: Desired) -> bool:
    """Does a file hold the bytes? Their size tells whether an upload came to its end."""
    return all(held.get(name) == desired.fields.get(name) for name in (DIGEST, "filesize"))


def _sort(one: Write) -> tuple[str, bool]:
    return one.desired.kind, one.remote is not None


def _portions(rows: Iterable[tuple[Write, Fields]]) -> Iterator[list[tuple[Write, Fields]]]:
    """Rows that fit into one request."""
    portion: list[tuple[Write, Fields]] = []
    size = 0
    for one, row in rows:
        long = len(canonical.dump(row))
        if portion and size + long > LARGEST:
            yield portion
            portion, size = [], 0
        portion.append((one, row))
        size += long
    if portion:
        yield portion
