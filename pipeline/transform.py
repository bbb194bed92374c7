"""Run the steps over what may be shown now, and apart from it over what may not yet."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipeline.config import Project
from pipeline.explain import dotted
from pipeline.findings import Findings
from pipeline.index import RecordIndex
from pipeline.references import Place
from pipeline.steps.base import Step, StepContext
from pipeline.steps.marks import cited
from schemas import plugins
from schemas.problems import Problem, Severity
from schemas.record import Path, Record, is_public
from schemas.walk import without

BEFORE = ("slugs", "markdown", "resolve", "sanitise")
"""Steps that no content can do without; they run first unless the configuration places them."""
AFTER = ("summarise",)

Watch = Callable[[str, Record], None]
"""Is shown each record after each step, by the step's name."""
May = Callable[[Record, datetime], bool]
"""May a record be shown at that instant?"""


@dataclass(frozen=True)
class Transformed:
    """Records after the last step."""

    public: RecordIndex
    """What every channel may show at the instant of the run."""
    hidden: RecordIndex
    """Drafts, embargoed and expired records: looked over for problems, shown to nobody."""
    waiting: frozenset[str] = frozenset()
    """Idents of records that are public, but cannot be shown without one that is not."""


def chain(project: Project) -> list[tuple[str, Any]]:
    """Names and options of all steps, in the order in which they run."""
    written = {name for name, _ in project.steps}
    before = [(name, _defaults(name)) for name in BEFORE if name not in written]
    after = [(name, _defaults(name)) for name in AFTER if name not in written]
    return [*before, *project.steps, *_clean_again(project), *after]


def _clean_again(project: Project) -> list[tuple[str, Any]]:
    """Steps that are not ours may bring HTML in, so what they leave is sanitised once more."""
    foreign = [n for n, _ in project.steps if not plugins.find("steps", n).__module__.startswith("pipeline.")]
    return [("sanitise", dict(project.steps).get("sanitise", _defaults("sanitise")))] if foreign else []


def _defaults(name: str) -> Any:
    return plugins.find("steps", name).Options()


class Transformer:
    """The steps of a project, over the records of one run."""

    def __init__(
        self,
        project: Project,
        findings: Findings,
        place: Place,
        watch: Watch = lambda step, record: None,
        may: May = is_public,
    ) -> None:
        self.project, self.findings, self.place, self.watch = project, findings, place, watch
        self.may = may

    def transform(self, records: Mapping[str, Record], now: datetime) -> Transformed:
        """All records that are not held back; what is public at `now` sees only what is public too."""
        locale = self.project.site.default_locale
        standing = [r for ident, r in sorted(records.items()) if not self.findings.holds(ident)]
        everything = RecordIndex(standing, locale)
        shown = everything.where(lambda record: self.may(record, now))
        visible = RecordIndex(self._visible(shown, everything), locale)
        public = self._run(_with_alternates(visible), visible)
        hidden = everything.where(lambda record: not self.may(record, now))
        later = RecordIndex(self._run(hidden, everything), locale)
        waiting = {record.ident for record in shown} - {record.ident for record in visible}
        return Transformed(RecordIndex(public, locale), later, frozenset(waiting))

    def _visible(self, shown: RecordIndex, everything: RecordIndex) -> list[Record]:
        """Public records without their references to records that are not, or that wait for such ones."""
        hidden = {key for key in everything.keys if key not in shown}
        left = list(shown)
        while True:
            waiting: list[Record] = []
            going: list[Record] = []
            for record in left:
                rest = None if hidden.intersection(cited(record)) else without(record, hidden.__contains__)
                (waiting if rest is None else going).append(rest or record)
            for record in waiting:
                message = f"{record.key} needs a record that may not be shown yet, so it has to wait"
                self._note(record, "reference.not_public", message, severity="warning")
            left = going
            if not (lost := {record.key for record in waiting} - {record.key for record in going}):
                return left
            hidden |= lost

    def _run(self, records: Iterable[Record], index: RecordIndex) -> list[Record]:
        context = StepContext(self.project.site, index, self._report)
        stream: Iterator[Record] = iter(records)
        for name, options in chain(self.project):
            step: Step = plugins.find("steps", name)(options, context)
            stream = self._watched(name, step.apply(self._standing(stream)))
        return list(self._standing(stream))

    def _standing(self, records: Iterator[Record]) -> Iterator[Record]:
        return (record for record in records if not self.findings.holds(record.ident))

    def _watched(self, name: str, records: Iterator[Record]) -> Iterator[Record]:
        for record in records:
            self.watch(name, record)
            yield record

    def _report(
        self,
        record: Record,
        code: str,
        message: str,
        *,
        path: Path = (),
        hint: str | None = None,
        severity: Severity = "warning",
    ) -> None:
        self._note(record, code, message, path=path, hint=hint, severity=severity)

    def _note(
        self,
        record: Record,
        code: str,
        message: str,
        *,
        path: Path = (),
        hint: str | None = None,
        severity: Severity,
    ) -> None:
        self.findings.add(
            Problem(
                code=code,
                message=message,
                severity=severity,
                origin=self.place(record.ident, path),
                hint=hint,
                key=record.key,
                locale=record.locale,
                field=dotted(path) or None,
            )
        )


def _with_alternates(records: RecordIndex) -> Iterator[Record]:
    languages: dict[str, list[str]] = {}
    for record in records:
        languages.setdefault(record.key, []).append(record.locale)
    for record in records:
        others = languages[record.key]
        yield record.model_copy(update={"alternates": tuple(sorted(others))}) if len(others) > 1 else record
