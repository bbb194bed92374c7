"""Everything that one source gives, as it gives it, with what is wrong with each record."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Any

from pydantic import ValidationError

from pipeline.cache.reading import InputMemory
from pipeline.cache.store import Store
from pipeline.config import Project
from pipeline.draft import Draft, Translation
from pipeline.explain import explain
from pipeline.prepare import Progress, silent
from pipeline.read import Reader
from schemas import plugins
from schemas.errors import ConfigError
from schemas.problems import Problem
from sources.base import Outcome, Raw, Source, SourceContext


@dataclass(frozen=True)
class Found:
    """One record in one language, to be written down."""

    data: dict[str, Any]
    """Its fields; `kind` and `key` come first, and `locale` where it is not the site's first."""
    kind: Any
    key: Any
    locale: Any
    name: str
    """What the source calls it."""
    place: str
    path: str
    """Of the file that it came from, from the project: paths of files count from its folder."""
    implied: bool = False
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Collected:
    """All of one source: records, what is wrong, and how complete it is."""

    found: list[Found]
    problems: Sequence[Problem]
    outcome: Outcome


def collect(project: Project, source: Source, progress: Progress = silent) -> Collected:
    """Read and validate one source, whether it is in leopard.yaml or not."""
    reader = _Collector(replace(project, sources={source.name: source}), progress)
    content = reader.read()
    found = list(reader.found)
    alone = Counter(one.path for one in found if not one.implied)
    problems = content.findings.problems
    about: dict[tuple[Any, ...], list[Problem]] = {}
    for problem in problems:
        place = problem.origin.path if problem.origin is not None else None
        of = (problem.key, problem.locale) if problem.key is not None else (place,)
        about.setdefault(of, []).append(problem)
    for at, one in enumerate(found):
        mine = about.get((one.key, one.locale), []) if isinstance(one.key, str) else []
        if alone[one.path] == 1 and not one.implied:
            mine = [*mine, *about.get((one.path,), [])]
        found[at] = replace(one, problems=tuple(mine))
    return Collected(found, problems, content.outcomes[source.name])


def source_of(project: Project, use: str, options: Mapping[str, Any]) -> Source:
    """A source that is in no leopard.yaml. Raises ConfigError with everything that is wrong with it."""
    found = plugins.find("sources", use)
    try:
        chosen = found.Options.model_validate(dict(options))
    except ValidationError as error:
        problems = [
            problem for problem, _ in explain(error, found.Options, dict(options), "config", whole="it")
        ]
        raise ConfigError(f"the source {use} cannot be used so", problems=tuple(problems)) from None
    source: Source = found(chosen, SourceContext(project.root, project.site))
    return source


class _Collector(Reader):
    """Keeps what each record was made of."""

    def __init__(self, project: Project, progress: Progress) -> None:
        super().__init__(project, Store(None, ""), progress)
        self.found: list[Found] = []

    def _record(self, name: str, source: Source, raw: Raw, own: Translation, memory: InputMemory) -> Outcome:
        draft = Draft(self.project, self.examiner.zone, self.content.findings.add, source, raw, own)
        given = {
            field: plain(value) for field, value in raw.data.items() if field not in ("kind", "key", "locale")
        }
        if not given.get("translations"):
            given.pop("translations", None)
        site = self.project.site
        own_locale = {} if draft.locale == site.default_locale else {"locale": plain(draft.locale)}
        data = {"kind": plain(draft.kind), "key": plain(draft.key), **own_locale, **given}
        names = (draft.kind, draft.key, draft.locale, raw.name)
        self.found.append(Found(data, *names, str(raw.origin), raw.origin.path, raw.implied))
        return super()._record(name, source, raw, own, memory)


def plain(value: Any) -> Any:
    """Data as JSON has it."""
    match value:
        case dict():
            return {str(name): plain(inner) for name, inner in value.items()}
        case list() | tuple():
            return [plain(inner) for inner in value]
        case date() | time():
            return value.isoformat()
        case str() | int() | float() | None:
            return value
    return str(value)


def same(one: Any, other: Any) -> bool:
    """Whether two data are validated alike: a number counts as its digits."""
    return json.dumps(_digits(one), sort_keys=True) == json.dumps(_digits(other), sort_keys=True)


def _digits(value: Any) -> Any:
    match value:
        case dict():
            return {name: _digits(inner) for name, inner in value.items()}
        case list():
            return [_digits(inner) for inner in value]
        case bool() | None:
            return value
    return str(value)
