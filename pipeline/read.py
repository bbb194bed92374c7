"""Read and validate: from sources to records, with every problem at its place."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from slugify import slugify

from pipeline.config import Project
from pipeline.explain import dotted, explain, path_in
from pipeline.findings import Findings
from pipeline.media import with_files
from schemas import plugins
from schemas.base import UNDETERMINED
from schemas.errors import ConfigError, ContentError, LeopardError
from schemas.problems import Origin, Problem
from schemas.record import Path as FieldPath
from schemas.record import Record
from sources.base import COMPLETE, Input, Outcome, Raw, Source

Progress = Callable[[str, int], None]
"""Is told what is being done, and how much of it has been."""


@dataclass
class Content:
    """What the sources gave: valid records with their origins, and how complete it was."""

    findings: Findings
    records: dict[str, Record] = field(default_factory=dict)
    origins: dict[str, tuple[str, Origin]] = field(default_factory=dict)
    """Per ident, the name of the source and the place."""
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    kinds: dict[str, set[str]] = field(default_factory=dict)
    """Per source, the kinds it gave."""
    counts: dict[str, int] = field(default_factory=dict)
    """Per source, how many raw records it gave."""


class Reader:
    """Reads every source of a project into one Content."""

    def __init__(self, project: Project, progress: Progress = lambda what, done: None) -> None:
        self.project, self.progress = project, progress
        self.content = Content(Findings(project.root))
        self.zone = ZoneInfo(project.site.timezone)
        self.implied: set[str] = set()

    def read(self) -> Content:
        """All sources, in the order of the configuration."""
        for name, source in self.project.sources.items():
            self.content.kinds[name], self.content.counts[name] = set(), 0
            self.content.outcomes[name] = self._source(name, source)
        for ident in self.content.findings.held:
            self.content.records.pop(ident, None)
        return self.content

    def _source(self, name: str, source: Source) -> Outcome:
        outcome = COMPLETE
        try:
            listing = source.inputs()
            while True:
                try:
                    part = next(listing)
                except StopIteration as end:
                    return outcome.worst(end.value)
                if isinstance(part, Problem):
                    self.content.findings.add(part)
                else:
                    outcome = outcome.worst(self._input(name, source, part))
        except (LeopardError, OSError) as error:
            reason = f"{name} could not be read to its end: {error}"
            place = Origin(path=getattr(source.options, "path", name))
            self.content.findings.add(Problem(code="source.failed", message=reason, origin=place))
            return Outcome(state="failed", reason=reason)

    def _input(self, name: str, source: Source, part: Input) -> Outcome:
        reading = source.read(part)
        while True:
            try:
                found = next(reading)
            except StopIteration as end:
                result: Outcome = end.value
                return result
            if isinstance(found, Problem):
                self.content.findings.add(found)
                continue
            self.content.counts[name] += 1
            self.progress("read", 1)
            for raw in _translations(found):
                self._record(name, source, raw)

    def _record(self, name: str, source: Source, raw: Raw) -> None:
        draft = _Draft(self, name, source, raw)
        record = draft.validated()
        if record is None:
            return
        self.content.kinds[name].add(record.kind)
        first = self.content.origins.get(record.ident)
        if first is not None and record.ident not in self.implied:
            if not raw.implied:
                self._taken(record, raw.origin, first[1])
            return
        if raw.implied:
            self.implied.add(record.ident)
        else:
            self.implied.discard(record.ident)
        self.content.records[record.ident] = record
        self.content.origins[record.ident] = (name, raw.origin)

    def _taken(self, record: Record, origin: Origin, first: Origin) -> None:
        for here, there in ((origin, first), (first, origin)):
            self.content.findings.add(
                Problem(
                    code="record.duplicate_key",
                    message=f"{record.key} in {record.locale} stands twice: here and at {there}",
                    hint="give one of them another `key:`, or remove it; until then neither is published",
                    origin=here,
                    key=record.key,
                    locale=record.locale,
                )
            )


class _Draft:
    """One raw record on its way to a valid one."""

    def __init__(self, reader: Reader, name: str, source: Source, raw: Raw) -> None:
        self.reader, self.source, self.raw = reader, source, raw
        options, site = source.options, reader.project.site
        self.kind = raw.data.get("kind") or options.kind or source.default_kind
        self.locale = raw.data.get("locale") or raw.locale or options.locale or site.default_locale
        self.key = self._key()
        self.name = name

    def _key(self) -> Any:
        written = self.raw.data.get("key")
        if written is not None:
            return written if not isinstance(written, str) or ":" in written else f"{self.kind}:{written}"
        parts = [slugify(part) for part in self.raw.name.split("/")]
        return f"{self.kind}:{'/'.join(part for part in parts if part)}"

    def validated(self) -> Record | None:
        """The record, or None with its problems noted."""
        model = self._model()
        if model is None:
            return None
        data = {**self.raw.data, "kind": self.kind, "key": self.key, "locale": self.locale}
        try:
            record: Record = model.model_validate(data, context={"timezone": self.reader.zone})
        except ValidationError as error:
            for problem, path in explain(error, model, data, "record"):
                self.note(problem, path)
            return None
        if not self._fits(record):
            return None
        folder = (self.reader.project.root / self.raw.origin.path).parent
        return with_files(record, folder, self.reader.project.root, self._complain)

    def _model(self) -> type[Record] | None:
        if not isinstance(self.kind, str):
            hint = "add `kind:` to it, or to its source in leopard.yaml"
            self.note(Problem(code="record.no_kind", message="nothing says of which kind this is", hint=hint))
            return None
        try:
            model: type[Record] = plugins.find("kinds", self.kind)
        except ConfigError as error:
            problem = Problem(code="record.unknown_kind", message=error.message, hint=error.hint)
            self.note(problem, ("kind",) if "kind" in self.raw.data else ())
            return None
        return model

    def _fits(self, record: Record) -> bool:
        languages = self.reader.project.site.languages
        if record.key.partition(":")[0] != record.kind:
            message = f"the key {record.key} does not begin with its kind, {record.kind}:"
            self.note(Problem(code="record.wrong_key", message=message), ("key",))
            return False
        if record.locale not in languages:
            message = f"the site has no language {record.locale!r}; it has {', '.join(languages)}"
            hint = "correct `locale`, or add the language to `site.languages` in leopard.yaml"
            self.note(Problem(code="record.unknown_language", message=message, hint=hint), ("locale",))
            return False
        return True

    def _complain(self, error: ContentError, path: FieldPath) -> None:
        self.note(error.problem, path)

    def note(self, problem: Problem, path: FieldPath = ()) -> None:
        """Add a problem with this record, at the place of `path` in its source."""
        inside = path_in(self.raw.data, path)
        known = {"key": self.key, "locale": self.locale, "field": dotted(path) or None}
        place = self.source.locate(self.raw.origin, inside if inside == path else path[:-1])
        self.reader.content.findings.add(problem.model_copy(update={**known, "origin": place}))


def _translations(raw: Raw) -> Iterator[Raw]:
    """The record itself, and one more for each language under `translations`."""
    others = raw.data.get("translations")
    if not isinstance(others, dict):
        yield raw
        return
    base = {name: value for name, value in raw.data.items() if name != "translations"}
    yield Raw(base, raw.origin, raw.name, raw.locale, raw.implied)
    for locale, fields in others.items():
        if locale != UNDETERMINED and isinstance(fields, dict):
            yield Raw({**base, **fields, "locale": locale}, raw.origin, raw.name, locale, raw.implied)
