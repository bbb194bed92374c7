"""Reading again only what has changed."""

from collections.abc import Generator
from dataclasses import replace
from typing import TypeVar

from pipeline.config import Project
from schemas.problems import Origin, Problem
from schemas.record import Path
from sources.base import Input, Inputs, Outcome, Raw, Reading, Source

T = TypeVar("T")


class KeptSource(Source):
    """A source whose inputs are read again only if their fingerprint is another one.

    A source that has no path in the project cannot be watched: it is asked once what there is.
    """

    def __init__(self, source: Source) -> None:
        self.source, self.options = source, source.options
        self.name, self.default_kind = source.name, source.default_kind  # type: ignore[misc]  # handed on
        self.known: dict[str, tuple[str, list[Raw | Problem], Outcome]] = {}
        self.listed: tuple[list[Input | Problem], Outcome] | None = None

    def inputs(self) -> Inputs:
        if isinstance(getattr(self.options, "path", None), str):
            return (yield from self.source.inputs())
        if self.listed is None:
            parts: list[Input | Problem] = []
            outcome = yield from _noting(self.source.inputs(), parts)
            self.listed = parts, outcome
            return outcome
        yield from self.listed[0]
        return self.listed[1]

    def read(self, part: Input) -> Reading:
        known = self.known.get(part.name)
        if known is not None and known[0] == part.fingerprint:
            yield from known[1]
            return known[2]
        given: list[Raw | Problem] = []
        outcome = yield from _noting(self.source.read(part), given)
        if part.fingerprint is not None:
            self.known[part.name] = (part.fingerprint, given, outcome)
        return outcome

    def locate(self, origin: Origin, path: Path) -> Origin:
        return self.source.locate(origin, path)


def _noting(given: Generator[T, None, Outcome], noted: list[T]) -> Generator[T, None, Outcome]:
    """The same, written down on the way."""
    while True:
        try:
            one = next(given)
        except StopIteration as end:
            outcome: Outcome = end.value
            return outcome
        noted.append(one)
        yield one


def keeping(project: Project) -> Project:
    """The project, with sources that remember what they have read."""
    return replace(project, sources={name: KeptSource(one) for name, one in project.sources.items()})
