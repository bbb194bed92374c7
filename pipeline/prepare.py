"""Everything before the plan: read, validate, check references, transform. Touches no channel, no ledger."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pipeline.attach import attach
from pipeline.barriers import barriers_in
from pipeline.config import Project
from pipeline.desire import desires
from pipeline.findings import Findings
from pipeline.ledger import now as clock
from pipeline.read import Content, Reader
from pipeline.references import ReferenceCheck
from pipeline.transform import May, Transformed, Transformer, Watch
from schemas.problems import Origin
from schemas.record import Path, is_public

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


class Preparation:
    """Prepares the content of a project."""

    def __init__(self, project: Project, progress: Progress = silent, may: May = is_public) -> None:
        self.project, self.may = project, may
        self.reader = Reader(project, progress)

    def place(self, ident: str, path: Path) -> Origin | None:
        """Where a field of a record stands in its source."""
        found = self.reader.content.origins.get(ident)
        return self.project.sources[found[0]].locate(found[1], path) if found else None

    def prepare(self, now: datetime, watch: Watch = lambda step, record: None) -> Prepared:
        """All content, as it may be shown at the instant `now`."""
        content = self.reader.read()
        attach(content, self.project.site.default_locale)
        ReferenceCheck(content.records, content.findings, self.place).run()
        transformer = Transformer(self.project, content.findings, self.place, watch, self.may)
        return Prepared(content, transformer.transform(content.records, now), now)


def check(
    project: Project, now: datetime | None = None, progress: Progress = silent, *, accessibility: bool = False
) -> Prepared:
    """Read, validate, transform, and render for every channel; write nothing.

    With `accessibility`, what stands in the way of readers in that is noted as well.
    """
    preparation = Preparation(project, progress)
    prepared = preparation.prepare(now or clock())
    public, findings = prepared.transformed.public, prepared.findings
    for exporter in project.channels.values():
        for desired in desires(exporter, public, findings, preparation.place):
            if accessibility:
                for problem in barriers_in(desired, public, preparation.place, exporter.seen(desired)):
                    findings.add(problem)
    return prepared
