"""
A source: somewhere content is read from.

Words: a source lists its *inputs* (files, feeds, pages of an API), reads each into *raw records* with
their *origin*, and ends by saying how complete what it gave was. Absence must be proven: nothing is ever
deleted because a source could not be asked.

A plugin is one class in one file: declare `name`, `Options` and `default_kind`, write `inputs` and `read`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, NamedTuple, get_args

from pydantic import Field

from schemas.base import KIND_PATTERN, Locale, Model
from schemas.problems import Origin, Problem
from schemas.record import Path as FieldPath
from schemas.site import Site


class Input(Model):
    """One thing that is read as a whole. Same fingerprint, same content: it need not be read again."""

    name: str
    fingerprint: str | None = None
    """None where nothing cheap tells whether the content has changed."""
    changed_at: float | None = None
    """When it became what it is, in seconds since 1970, where it is no file of the project."""


State = Literal["complete", "partial", "failed"]
_STATES: tuple[State, ...] = get_args(State)
"""From the best to the worst."""


class Outcome(Model):
    """How complete a reading was, and why not."""

    state: State = "complete"
    reason: str | None = None

    def worst(self, other: "Outcome") -> "Outcome":
        """The less complete of two."""
        return other if _STATES.index(other.state) > _STATES.index(self.state) else self


COMPLETE = Outcome()


@dataclass(frozen=True, slots=True)
class Raw:
    """An unvalidated record and where it was found."""

    data: dict[str, Any]
    origin: Origin
    name: str
    """What its key is made of where it names none: the path inside the source, without suffixes."""
    locale: str | None = None
    """Its language, where the source itself says so, as `leopards.fr.yaml` does."""
    implied: bool = False
    """True for a record that another one merely mentions: it gives way to one that is written down."""
    digest: bytes | None = None
    """Of all the above but the place, where the source has one that costs less than theirs."""


class Line(NamedTuple):
    """A raw record as it is written, not read yet. Same digest, same record, wherever in its input."""

    number: int
    text: str
    digest: bytes


Known = Callable[[Sequence[Line], int], int]
"""Told lines and an index, it says how many of them from there on need not be read."""


class SourceOptions(Model):
    """What every source can be told."""

    kind: str | None = Field(
        None, pattern=rf"^{KIND_PATTERN}$", description="Kind of the records that do not say theirs"
    )
    locale: Locale | None = Field(None, description="Language of the records that do not say theirs")


@dataclass(frozen=True)
class SourceContext:
    """Where the project is and which site it is about."""

    root: Path
    site: Site


@dataclass(frozen=True, slots=True)
class Listing:
    """What a source finds in one folder. As long as all of that is as it was, so are its inputs."""

    folder: str
    names: list[str]
    """Of files that are read, and of links whatever they lead to."""
    links: list[str]
    """Those of them that are links."""
    whole: bool = True
    """Does another name in the folder matter?"""


Inputs = Generator[Input | Problem, None, Outcome]
Reading = Generator[Raw | Problem, None, Outcome]


class Source(ABC):
    """Somewhere content is read from."""

    name: ClassVar[str]
    default_kind: ClassVar[str | None] = None
    """Kind of records where neither they nor the configuration say one."""
    lists_ahead: ClassVar[bool] = False
    """True says that more inputs may be listed before one that was listed is read."""
    reads_anywhere: ClassVar[bool] = False
    """True says that `read` and `locate` need nothing but the input and the project's folder, so that
    another process may do them.
    """

    class Options(SourceOptions):
        pass

    def __init__(self, options: Any, context: SourceContext) -> None:
        self.options, self.context = options, context

    @abstractmethod
    def inputs(self) -> Inputs:
        """Yield what there is to read, in a stable order, and return how complete the list is.

        May yield problems for what cannot be listed. Must not parse contents; a source on the web fetches
        here, since only the answer tells whether it has changed. Raises nothing for bad content; an error
        that is raised counts as *failed*.
        """

    def listings(self) -> Iterator[Listing] | None:
        """Every folder that `inputs` looks into, if nothing but files of this machine tells what there is.

        None where that is not so. Raises OSError where it cannot be told.
        """
        return None

    @abstractmethod
    def read(self, part: Input) -> Reading:
        """Yield every raw record of one input, lazily and in order, and return how complete it was.

        Must yield a problem for what cannot be understood, and go on where it can.
        """

    def read_unknown(self, part: Input, known: Known) -> Reading:
        """As `read`, but of what is written line by line only those that are not `known`."""
        return self.read(part)

    def locate(self, origin: Origin, path: FieldPath) -> Origin:
        """The place of the field at `path` inside the record from `origin`; at worst `origin` itself.

        Only called to show a problem, so it may read the input again.
        """
        return origin
