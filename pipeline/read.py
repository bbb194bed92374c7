"""Read and validate: from sources to records, with every problem at its place."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from slugify import slugify

from pipeline.config import Project
from pipeline.explain import dotted, explain, path_in
from pipeline.findings import Findings
from pipeline.media import with_files
from pipeline.observe.spans import span
from pipeline.odd_text import odd_texts, told, whole
from schemas import plugins
from schemas.errors import ConfigError, ContentError, LeopardError
from schemas.problems import Origin, Problem
from schemas.record import Path as FieldPath
from schemas.record import Record
from sources.base import COMPLETE, Input, Outcome, Raw, Source

Progress = Callable[[str, int], None]
"""Is told what is being done, and how much of it has been."""

Translation = Mapping[str, Any] | None
"""What is written under a language of `translations`; None for the record itself."""

log = logging.getLogger("leopard")


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
            with span("read", source=name) as told:
                self.content.outcomes[name] = self._source(name, source)
                told.facts["records"] = self.content.counts[name]
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
        except Exception as error:  # noqa: BLE001  # whatever a source raises, it is the source that failed
            return self._failed(getattr(source.options, "path", name), error, "failed")

    def _input(self, name: str, source: Source, part: Input) -> Outcome:
        reading, outcome = source.read(part), COMPLETE
        while True:
            try:
                found = next(reading)
            except StopIteration as end:
                return outcome.worst(end.value)
            except Exception as error:  # noqa: BLE001  # as above; the other inputs can still be read
                return self._failed(part.name, error, "partial")
            if isinstance(found, Problem):
                self.content.findings.add(found)
                continue
            self.content.counts[name] += 1
            self.progress("read", 1)
            for raw, own in _translations(found):
                outcome = outcome.worst(self._record(name, source, raw, own))

    def _failed(self, path: str, error: Exception, state: Literal["partial", "failed"]) -> Outcome:
        log.debug("%s broke off", path, exc_info=error)
        what = str(error) if isinstance(error, LeopardError | OSError) else f"{type(error).__name__}: {error}"
        message = f"{path} could not be read to its end: {what}"
        self.content.findings.add(Problem(code="source.failed", message=message, origin=Origin(path=path)))
        return Outcome(state=state, reason=message)

    def _record(self, name: str, source: Source, raw: Raw, own: Translation) -> Outcome:
        """Keep one record, if it is valid. Partial if it cannot be told which record it is meant to be."""
        if odd := list(odd_texts(raw.data)):
            raw = replace(raw, data=whole(raw.data))
        draft = Draft(self, source, raw, own)
        record = draft.validated()
        if record is None:
            return (
                Outcome(state="partial", reason=f"{raw.origin} has no valid key") if draft.lost else COMPLETE
            )
        if odd:
            draft.note(*told(record.key, odd))
        self.content.kinds[name].add(record.kind)
        first = self.content.origins.get(record.ident)
        if first is not None and record.ident not in self.implied:
            if not raw.implied:
                self._taken(record, (name, raw.origin), first)
            return COMPLETE
        if raw.implied:
            self.implied.add(record.ident)
        else:
            self.implied.discard(record.ident)
        self.content.records[record.ident] = record
        self.content.origins[record.ident] = (name, raw.origin)
        return COMPLETE

    def _taken(self, record: Record, second: tuple[str, Origin], first: tuple[str, Origin]) -> None:
        told = f"{record.key} in {record.locale}"
        places = [(second[1], first[1]), (first[1], second[1])]
        messages = [f"{told} stands twice: here and at {there}" for _, there in places]
        hint = "give one of them another `key:`, or remove it; until then neither is published"
        if first[1] == second[1]:
            messages = [f"{told} is read twice, by the sources {first[0]} and {second[0]}"]
            hint = "correct the `path` of one of them in leopard.yaml; until then it is not published"
            if first[0] == second[0]:
                messages = [f"{told} has that very language among its `translations`"]
                hint = "keep only other languages there; until then it is not published"
        for message, (here, _) in zip(messages, places, strict=False):
            self.content.findings.add(
                Problem(
                    code="record.duplicate_key",
                    message=message,
                    hint=hint,
                    origin=here,
                    key=record.key,
                    locale=record.locale,
                )
            )


class Draft:
    """One raw record on its way to a valid one."""

    def __init__(self, reader: Reader, source: Source, raw: Raw, own: Translation) -> None:
        self.reader, self.source, self.raw, self.own = reader, source, raw, own
        self.lost = False
        """True if a problem leaves open which record this is."""
        options, site = source.options, reader.project.site
        self.kind = raw.data.get("kind") or options.kind or source.default_kind
        self.locale = raw.data.get("locale") or raw.locale or options.locale or site.default_locale
        self.key = self._key()

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
            message = "nothing says of which kind this is"
            self.note(Problem(code="record.no_kind", message=message, hint=hint), ("kind",))
            return None
        try:
            model: type[Record] = plugins.find("kinds", self.kind)
        except ConfigError as error:
            problem = Problem(code="record.unknown_kind", message=error.message, hint=error.hint)
            self.note(problem, ("kind",))
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
        if record.translations:
            message = "a translation has no translations of its own"
            self.note(Problem(code="record.wrong_value", message=message), ("translations",))
            return False
        return True

    def _complain(self, error: ContentError, path: FieldPath) -> None:
        self.note(error.problem, path)

    def note(self, problem: Problem, path: FieldPath = ()) -> None:
        """Add a problem with this record, at the place of `path` in its source."""
        self.lost = self.lost or path[:1] in _IDENTITY
        update: dict[str, Any] = {
            "key": _printable(self.key),
            "locale": _printable(self.locale),
            "field": dotted(path) or None,
            "origin": self.source.locate(self.raw.origin, self._written(path)),
        }
        if path == ("key",) and "key" not in self.raw.data:
            update["hint"] = "rename the file, or write a `key:` into it"
        self.reader.content.findings.add(problem.model_copy(update=update))

    def _written(self, path: FieldPath) -> FieldPath:
        """Where the field, or what is around it, is written: in a translation, or in the record itself."""
        if self.own is not None and (not path or path[0] in (*self.own, "locale")):
            return ("translations", str(self.locale), *path)
        inside = path_in(self.raw.data, path)
        return inside if inside == path else path[:-1]


_IDENTITY = (("kind",), ("key",), ("locale",))


def _printable(text: Any) -> str | None:
    """A key or a language as far as it can be shown; None if it is nothing of that sort."""
    return text if isinstance(text, str) and text.isprintable() else None


def _translations(raw: Raw) -> Iterator[tuple[Raw, Translation]]:
    """The record itself, and one more for each language that is under `translations`."""
    others = raw.data.get("translations")
    if not isinstance(others, dict):
        yield raw, None
        return
    good = {locale: fields for locale, fields in others.items() if locale and isinstance(fields, dict)}
    base = {name: value for name, value in raw.data.items() if name != "translations"}
    bad = {locale: fields for locale, fields in others.items() if locale not in good}
    yield Raw({**base, "translations": bad}, raw.origin, raw.name, raw.locale, raw.implied), None
    for locale, fields in good.items():
        yield Raw({**base, **fields, "locale": locale}, raw.origin, raw.name, locale, raw.implied), fields
