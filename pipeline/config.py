"""leopard.yaml: read, checked as a whole, every mistake in one report."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from exporters.base import ChannelContext, Exporter
from pipeline.alerts.model import Alert
from pipeline.engine.model import EngineOptions
from pipeline.explain import dotted, explain
from pipeline.schedule.model import Freeze, Job
from pipeline.web.model import Dashboard
from schemas import canonical, plugins
from schemas.base import Model
from schemas.errors import ConfigError, ContentError
from schemas.problems import Origin, Problem
from schemas.record import Path as FieldPath
from schemas.site import Site
from sources.base import Source, SourceContext
from sources.common import yaml_text
from transport.files import read_text

FILE = "leopard.yaml"


class Use(Model):
    """A plugin and its options, as they are written."""

    use: str
    options: dict[str, Any] = Field({})

    @classmethod
    def of(cls, written: str | dict[str, Any]) -> "Use":
        if isinstance(written, str):
            return cls(use=written)
        return cls(use=written["use"], options={k: v for k, v in written.items() if k != "use"})


class Written(Model):
    """leopard.yaml as it is written, before the plugins' own options are looked at."""

    model_config = ConfigDict(title=FILE)

    site: Site
    ledger: str = Field("sqlite:///.leopard/ledger.db", description="Where is remembered what was done")
    engine: EngineOptions = Field(EngineOptions(), exclude=True, description="Who does the work")
    sources: dict[str, dict[str, Any]] = Field({}, description="Where content is read from, by name")
    steps: tuple[str | dict[str, Any], ...] | None = Field(None, description="Steps after the essential ones")
    channels: dict[str, dict[str, Any]] = Field({}, description="Where content is published to, by name")
    schedule: tuple[Job, ...] = Field((), description="What `leopard serve` does when")
    freeze: tuple[Freeze, ...] = Field((), description="Windows in which channels are left alone")
    dashboard: Dashboard = Field(Dashboard(), description="Who is let in by `leopard serve`")
    alerts: tuple[Alert, ...] = Field((), description="Who is told when something is wrong")


DEFAULT_STEPS = ("typography", "link_species", "credits")


@dataclass(frozen=True)
class Project:
    """A content project: its folder and its checked configuration."""

    root: Path
    written: Written
    sources: Mapping[str, Source]
    steps: tuple[tuple[str, Any], ...]
    """Names of steps with their options, in the order in which they are written."""
    channels: Mapping[str, Exporter]

    @property
    def site(self) -> Site:
        return self.written.site

    def fingerprint(self) -> str:
        """Changes when anything does that is configured; knows no secret."""
        return canonical.digest(self.written.model_dump(mode="json"))

    def channel(self, name: str) -> Exporter:
        """One channel by name. Raises ConfigError with the nearest name."""
        if name not in self.channels:
            known = sorted(self.channels)
            hint = plugins.did_you_mean(name, known) or f"there are: {', '.join(known) or 'none'}"
            raise ConfigError(f"there is no channel called {name!r}", hint=hint)
        return self.channels[name]


class _Reader:
    """Checks one leopard.yaml and collects what is wrong with it."""

    def __init__(self, root: Path, text: str) -> None:
        self.root, self.text = root, text
        self.problems: list[Problem] = []

    def place(self, path: FieldPath) -> Origin:
        line, column = yaml_text.locate(self.text, path) or (1, 1)
        return Origin(path=FILE, line=line, column=column)

    def model(self, model: type[BaseModel], data: Any, path: FieldPath) -> Any:
        """`data` as a model, or None with its problems noted."""
        try:
            return model.model_validate(data)
        except ValidationError as error:
            whole = f"`{dotted(path)}`" if path else None
            for problem, inner in explain(error, model, data, "config", at=path, whole=whole):
                self.problems.append(problem.model_copy(update={"origin": self.place((*path, *inner))}))
        return None

    def plugin(self, group: str, written: Any, path: FieldPath) -> tuple[Any, Any] | None:
        """The plugin's class and its checked options."""
        if isinstance(written, dict) and not isinstance(written.get("use"), str):
            hint = f"add `use: …`; there are: {', '.join(plugins.names(group))}"
            self.note(f"`{dotted(path)}` does not say what it uses", path, hint)
            return None
        use = Use.of(written)
        try:
            found = plugins.find(group, use.use)
            options = self.model(found.Options, use.options, path)
        except ConfigError as error:
            self.note(error.message, (*path, "use") if isinstance(written, dict) else path, error.hint)
            return None
        if options is None:
            return None
        self.kinds(options, path)
        return found, options

    def kinds(self, options: Any, path: FieldPath) -> None:
        """Note the kinds that a source or a channel names and that do not exist."""
        named: dict[FieldPath, str | None] = {("kind",): getattr(options, "kind", None)}
        named |= {("kinds", at): kind for at, kind in enumerate(getattr(options, "kinds", None) or ())}
        known = plugins.names("kinds")
        for inner, kind in named.items():
            if kind is not None and kind not in known:
                hint = plugins.did_you_mean(kind, known) or f"there are: {', '.join(known)}"
                self.note(f"there is no kind called {kind!r}", (*path, *inner), hint)

    def note(self, message: str, path: FieldPath, hint: str | None = None) -> None:
        self.problems.append(
            Problem(code="config.invalid", message=message, hint=hint, origin=self.place(path))
        )

    def all(self, group: str, written: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
        for name, one in written.items():
            if not plugins.is_name(name):
                hint = "use lower-case letters, digits, - and _"
                self.note(f"{name!r} cannot be the name of a {group.removesuffix('s')}", (group, name), hint)
            elif (found := self.plugin(_GROUPS[group], one, (group, name))) is not None:
                yield name, *found


_GROUPS = {"sources": "sources", "channels": "exporters"}


def load(root: Path) -> Project:
    """The project in a folder. Raises ConfigError with every problem there is."""
    try:
        text = read_text(root / FILE, FILE)
        data = yaml_text.load(text, FILE)
    except ContentError as error:
        if not (root / FILE).exists():
            hint = "go to a project's folder, say -C DIR, or begin one: leopard init DIR"
            raise ConfigError(f"there is no {FILE} in {root}", hint=hint) from None
        raise ConfigError(f"{FILE} cannot be read", problems=(error.problem,)) from error
    data = data if data is not None else {}
    reader = _Reader(root, text)
    written: Written | None = reader.model(Written, data, ())
    sources = list(reader.all("sources", written.sources if written else _mappings(data, "sources")))
    channels = list(reader.all("channels", written.channels if written else _mappings(data, "channels")))
    steps = tuple(_steps(reader, written.steps if written else _list(data, "steps")))
    _check_languages(reader, written, sources, channels)
    _check_places(reader, channels)
    _check_jobs(reader, written, data)
    if written is None or reader.problems:
        raise _refusal(reader.problems)
    return Project(
        root,
        written,
        {name: found(options, SourceContext(root, written.site)) for name, found, options in sources},
        steps,
        {name: found(options, ChannelContext(name, root, written.site)) for name, found, options in channels},
    )


def _mappings(data: Any, name: str) -> dict[str, Any]:
    """What can be looked at of a part although something else in the file is wrong."""
    part = data.get(name) if isinstance(data, dict) else None
    return {k: v for k, v in part.items() if isinstance(v, dict)} if isinstance(part, dict) else {}


def _list(data: Any, name: str) -> list[Any]:
    part = data.get(name) if isinstance(data, dict) else None
    return part if isinstance(part, list) else []


_Plugins = list[tuple[str, Any, Any]]


def _steps(reader: _Reader, written: Sequence[Any] | None) -> Iterator[tuple[str, Any]]:
    for at, one in enumerate(DEFAULT_STEPS if written is None else written):
        found = reader.plugin("steps", one, ("steps", at)) if isinstance(one, str | dict) else None
        if found is not None:
            yield Use.of(one).use, found[1]


def _check_languages(reader: _Reader, written: Written | None, sources: _Plugins, channels: _Plugins) -> None:
    known = written.site.languages if written else ()
    named = [(("sources", name, "locale"), getattr(options, "locale", None)) for name, _, options in sources]
    for name, _, options in channels:
        locales = getattr(options, "locales", None) or ()
        named += [(("channels", name, "locales"), locale) for locale in locales]
    for path, locale in named:
        if known and locale is not None and locale not in known:
            hint = "correct it, or add it to `site.languages`"
            reader.note(f"the site has no language {locale!r}; it has {', '.join(known)}", path, hint)


def _check_places(reader: _Reader, channels: _Plugins) -> None:
    """Two channels in one place would take turns in overwriting each other."""
    owners: dict[str, str] = {}
    for name, _, options in channels:
        path = getattr(options, "path", None)
        if isinstance(path, str):
            owner = owners.setdefault(os.path.normpath(reader.root / path), name)
            if owner != name:
                message = f"the channels {owner!r} and {name!r} both publish to {path}"
                reader.note(message, ("channels", name, "path"), "give each a place of its own")


def _check_jobs(reader: _Reader, written: Written | None, data: Any) -> None:
    known = list(_mappings(data, "channels"))
    for part, named in (("schedule", "sync"), ("freeze", "channels"), ("alerts", "channels")):
        for at, one in enumerate(_list(data, part)):
            for name in _list(one, named):
                if name not in known:
                    hint = plugins.did_you_mean(str(name), known)
                    message = f"`{part}` names the channel {name!r}, which does not exist"
                    reader.note(message, (part, at, named), hint)
    titles: set[str] = set()
    for at, job in enumerate(written.schedule if written else ()):
        if job.title in titles:
            hint = "remove one of them, or give each a `name` of its own"
            reader.note(f"the schedule has two jobs {job.title!r}", ("schedule", at), hint)
        titles.add(job.title)


def _refusal(problems: list[Problem]) -> ConfigError:
    count = "one problem" if len(problems) == 1 else f"{len(problems)} problems"
    return ConfigError(f"{FILE} has {count}", problems=tuple(problems))


def configuration_of(exporter: Exporter) -> str:
    """Changes when anything does that is configured of a channel; secrets do not count."""
    return canonical.digest({"uses": exporter.name, **exporter.options.model_dump(mode="json")})
