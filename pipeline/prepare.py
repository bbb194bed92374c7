"""Everything before the plan: read, validate, check references, transform. Touches no channel, no ledger."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from pipeline.attach import attach
from pipeline.cache.body import BrokenCache
from pipeline.cache.code import code_of
from pipeline.cache.store import FILE, discard, opened
from pipeline.config import Project
from pipeline.desire import desires
from pipeline.engine.base import LOCAL, Engine
from pipeline.findings import Findings
from pipeline.ledger import now as clock
from pipeline.read import Content, Reader
from pipeline.references import ReferenceCheck
from pipeline.transform import Transformed, Transformer, Watch
from pipeline.visibility import May
from schemas.problems import Origin
from schemas.record import Path as FieldPath
from schemas.record import is_public

Progress = Callable[[str, int], None]
"""Is told what is being done, and how much of it has been."""


def silent(what: str, done: int) -> None:
    """A progress that tells nobody."""


@dataclass
class Prepared:
    """Content that is ready to be planned."""

    content: Content
    transformed: Transformed
    at: datetime

    @property
    def findings(self) -> Findings:
        return self.content.findings


def cache_file(project: Project) -> Path:
    """Beside the ledger if that is a file, else in the project. Used if its folder is there."""
    try:
        url = make_url(project.written.ledger)
        beside = url.database if url.get_backend_name() == "sqlite" else None
    except ArgumentError:
        beside = None
    is_file = beside and beside != ":memory:"
    return (project.root / str(beside)).parent / FILE if is_file else project.root / ".leopard" / FILE


class Preparation:
    """Prepares the content of a project; with `afresh`, as if nothing of it had ever been read."""

    def __init__(
        self,
        project: Project,
        progress: Progress = silent,
        may: May = is_public,
        *,
        afresh: bool = False,
        engine: Engine = LOCAL,
    ) -> None:
        self.project, self.progress, self.may, self.afresh = project, progress, may, afresh
        self.engine = engine
        self.reader = self._reader()

    def _reader(self) -> Reader:
        path = None if self.afresh else cache_file(self.project)
        return Reader(self.project, opened(path, code_of(self.project)), self.progress, self.engine)

    def place(self, ident: str, path: FieldPath) -> Origin | None:
        """Where a field of a record stands in its source."""
        found = self.reader.content.origin(ident)
        return self.project.sources[found[0]].locate(found[1], path) if found else None

    def prepare(self, now: datetime, watch: Watch | None = None) -> Prepared:
        """All content, as it may be shown at the instant `now`."""
        content = self.reader.read()
        attach(content, self.project.site.default_locale)
        ReferenceCheck(content.cards, content.findings, self.place).run()
        transformer = Transformer(self.project, content, self.place, watch, self.may, self.engine)
        prepared = Prepared(content, transformer.transform(now), now)
        content.store.commit()
        return prepared

    def again(self) -> "Preparation":
        """What the cache holds cannot be read: another one, that does without it."""
        content = self.reader.content
        content.store.close()
        discard(cache_file(self.project))
        return Preparation(self.project, self.progress, self.may, afresh=True, engine=self.engine)


def check(
    project: Project,
    now: datetime | None = None,
    progress: Progress = silent,
    *,
    afresh: bool = False,
    accessibility: bool = False,
    engine: Engine = LOCAL,
) -> Prepared:
    """Read, validate, transform, and render for every channel; write nothing.

    With `accessibility`, what stands in the way of readers in that is noted as well.
    """
    preparation = Preparation(project, progress, afresh=afresh, engine=engine)
    try:
        return _checked(preparation, now or clock(), accessibility=accessibility)
    except BrokenCache:
        if preparation.afresh:
            raise
        return _checked(preparation.again(), now or clock(), accessibility=accessibility)


def _checked(preparation: Preparation, now: datetime, *, accessibility: bool) -> Prepared:
    prepared = preparation.prepare(now)
    public, findings = prepared.transformed.public, prepared.findings
    for exporter in preparation.project.channels.values():
        engine, read = preparation.engine, prepared.content.cards
        for desired in desires(exporter, public, findings, preparation.place, engine=engine, read=read):
            if accessibility:
                from pipeline.barriers import barriers_in

                for problem in barriers_in(desired, public, preparation.place, exporter.seen(desired)):
                    findings.add(problem)
    return prepared
