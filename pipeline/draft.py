"""One raw record on its way to a valid one, with every problem at its place."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from slugify import slugify

from pipeline.config import Project
from pipeline.explain import dotted, explain, path_in
from pipeline.media import with_files
from schemas import plugins
from schemas.errors import ConfigError, ContentError
from schemas.problems import Problem
from schemas.record import Path as FieldPath
from schemas.record import Record
from sources.base import Raw, Source

Translation = Mapping[str, Any] | None
"""What is written under a language of `translations`; None for the record itself."""


class Draft:
    """One raw record on its way to a valid one."""

    def __init__(
        self,
        project: Project,
        zone: ZoneInfo,
        tell: Callable[[Problem], object],
        source: Source,
        raw: Raw,
        own: Translation,
    ) -> None:
        self.project, self.zone, self.tell = project, zone, tell
        self.source, self.raw, self.own = source, raw, own
        self.lost = False
        """True if a problem leaves open which record this is."""
        self.noted = False
        """True if there was any problem."""
        options, site = source.options, project.site
        self.kind = raw.data.get("kind") or options.kind or source.default_kind
        self.locale = raw.data.get("locale") or raw.locale or options.locale or site.default_locale
        self.key = self._key()

    def _key(self) -> Any:
        written = self.raw.data.get("key")
        if written is not None:
            return written if not isinstance(written, str) or ":" in written else f"{self.kind}:{written}"
        parts = [part if _SLUG.fullmatch(part) else slugify(part) for part in self.raw.name.split("/")]
        return f"{self.kind}:{'/'.join(part for part in parts if part)}"

    def validated(self) -> Record | None:
        """The record, or None with its problems noted."""
        model = self._model()
        if model is None:
            return None
        data = {**self.raw.data, "kind": self.kind, "key": self.key, "locale": self.locale}
        try:
            record: Record = model.model_validate(data, context={"timezone": self.zone})
        except ValidationError as error:
            for problem, path in explain(error, model, data, "record"):
                self.note(problem, path)
            return None
        if not self._fits(record):
            return None
        return with_files(record, self.raw.origin.path, self.project.root, self._complain)

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
        languages = self.project.site.languages
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
        self.noted = True
        self.lost = self.lost or path[:1] in _IDENTITY
        update: dict[str, Any] = {
            "key": _printable(self.key),
            "locale": _printable(self.locale),
            "field": dotted(path) or None,
            "origin": self.source.locate(self.raw.origin, self._written(path)),
        }
        if path == ("key",) and "key" not in self.raw.data:
            update["hint"] = "rename the file, or write a `key:` into it"
        self.tell(problem.model_copy(update=update))

    def _written(self, path: FieldPath) -> FieldPath:
        """Where the field, or what is around it, is written: in a translation, or in the record itself."""
        if self.own is not None and (not path or path[0] in (*self.own, "locale")):
            return ("translations", str(self.locale), *path)
        inside = path_in(self.raw.data, path)
        return inside if inside == path else path[:-1]


_SLUG = re.compile("[a-z0-9]+(?:-[a-z0-9]+)*")
"""What slugify leaves as it is."""
_IDENTITY = (("kind",), ("key",), ("locale",))


def _printable(text: Any) -> str | None:
    """A key or a language as far as it can be shown; None if it is nothing of that sort."""
    return text if isinstance(text, str) and text.isprintable() else None


def translations(raw: Raw) -> Iterator[tuple[Raw, Translation]]:
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
