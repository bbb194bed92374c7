"""leopard.yaml: read, checked as a whole, every mistake in one report."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from exporters.base import ChannelContext, Exporter
from pipeline.explain import explain
from schemas import canonical, plugins
from schemas.base import Model
from schemas.errors import ConfigError, ContentError
from schemas.problems import Origin, Problem
from schemas.record import Path as FieldPath
from schemas.site import Site
from sources import yaml_text
from sources.base import Source, SourceContext
from transport.files import read_text

FILE = "leopard.yaml"


class Use(Model):
    """A plugin and its options, as they are written."""

    use: str
    options: dict[str, Any] = Field({})

    @classmethod
    def of(cls, written: Any) -> "Use":
        if isinstance(written, str):
            return cls(use=written)
        return cls(use=written["use"], options={k: v for k, v in written.items() if k != "use"})


class Job(Model):
    """One entry of the schedule."""

    sync: tuple[str, ...] | Literal["all"] = Field(description="Channels, or `all`")
    every: str = Field(
        pattern=r"^(\d+ )?(minute|hour|day|week)s?$|^(mon|tues|wednes|thurs|fri|satur|sun)day$",
        description="How often",
        examples=["15 minutes", "day", "monday"],
    )
    at: str | None = Field(None, pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["02:00"])
    timezone: str | None = Field(None, description="IANA zone of `at`; by default the site's")


class Written(Model):
    """leopard.yaml as it is written, before the plugins' own options are looked at."""

    model_config = ConfigDict(title=FILE)

    site: Site
    ledger: str = Field("sqlite:///.leopard/ledger.db", description="Where is remembered what was done")
    engine: Literal["local"] = Field("local", description="Who does the work")
    sources: dict[str, dict[str, Any]] = Field({}, description="Where content is read from, by name")
    steps: tuple[str | dict[str, Any], ...] | None = Field(None, description="Steps after the essential ones")
    channels: dict[str, dict[str, Any]] = Field({}, description="Where content is published to, by name")
    schedule: tuple[Job, ...] = ()


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
        line, column = yaml_text.locate(self.text, path) or (None, None)
        return Origin(path=FILE, line=line, column=column)

    def model(self, model: type[BaseModel], data: Any, path: FieldPath) -> Any:
        """`data` as a model, or None with its problems noted."""
        try:
            return model.model_validate(data)
        except ValidationError as error:
            for problem, inner in explain(error, model, data, "config"):
                self.problems.append(problem.model_copy(update={"origin": self.place((*path, *inner))}))
        return None

    def plugin(self, group: str, written: Any, path: FieldPath) -> tuple[Any, Any] | None:
        """The plugin's class and its checked options."""
        if isinstance(written, dict) and "use" not in written:
            self.note(f"`{'.'.join(map(str, path))}` does not say what it uses", path, "add `use: …`")
            return None
        use = Use.of(written)
        try:
            found = plugins.find(group, use.use)
            options = self.model(found.Options, use.options, path)
        except ConfigError as error:
            self.note(error.message, (*path, "use") if isinstance(written, dict) else path, error.hint)
            return None
        return (found, options) if options is not None else None

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
    reader = _Reader(root, text)
    written: Written | None = reader.model(Written, data if data is not None else {}, ())
    if written is None:
        raise _refusal(reader.problems)
    sources = {
        name: found(options, SourceContext(root, written.site))
        for name, found, options in reader.all("sources", written.sources)
    }
    channels = {
        name: found(options, ChannelContext(name, root, written.site))
        for name, found, options in reader.all("channels", written.channels)
    }
    steps = tuple(_steps(reader, written))
    _check_jobs(reader, written)
    if reader.problems:
        raise _refusal(reader.problems)
    return Project(root, written, sources, steps, channels)


def _steps(reader: _Reader, written: Written) -> Iterator[tuple[str, Any]]:
    for at, one in enumerate(DEFAULT_STEPS if written.steps is None else written.steps):
        found = reader.plugin("steps", one, ("steps", at))
        if found is not None:
            yield Use.of(one).use, found[1]


def _check_jobs(reader: _Reader, written: Written) -> None:
    for at, job in enumerate(written.schedule):
        for name in () if job.sync == "all" else job.sync:
            if name not in written.channels:
                hint = plugins.did_you_mean(name, list(written.channels))
                reader.note(
                    f"the schedule names the channel {name!r}, which does not exist", ("schedule", at), hint
                )


def _refusal(problems: list[Problem]) -> ConfigError:
    count = "one problem" if len(problems) == 1 else f"{len(problems)} problems"
    return ConfigError(f"{FILE} has {count}", problems=tuple(problems))
