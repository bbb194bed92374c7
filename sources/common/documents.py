"""What YAML and JSON files share: a document is one record, or a list of records."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any

from schemas.problems import Origin, Problem
from sources.base import COMPLETE, Input, Outcome, Raw
from sources.common.files import FileSource, Records
from sources.common.naming import nameless, own_name
from sources.common.places import Place


class DocumentSource(FileSource):
    """Files that hold a mapping (a record) or a list of mappings (a record each).

    A record that is alone in its file is named after the file; one in a list after the file and what
    `naming.own_name` finds in it.
    """

    @abstractmethod
    def load(self, text: str, shown: str) -> tuple[Any, list[Place]]:
        """The data, and the places of the items if it is a list, else the one place of all of it."""

    def parse(self, text: str, part: Input) -> Records:
        data, places = self.load(text, part.name)
        name, locale = self.name_of(part)
        outcome = COMPLETE
        if isinstance(data, list):
            found: Iterator[Raw | Problem] = (
                self.item(item, _origin(part, place), name, locale)
                for item, place in zip(data, places, strict=True)
            )
        else:
            found = iter((self._alone(data, _origin(part, *places), name, locale),))
        for one in found:
            if isinstance(one, Problem):
                outcome = _partial(part, one)
            yield one
        return outcome

    def item(
        self, data: Any, origin: Origin, name: str, locale: str | None, digest: bytes | None = None
    ) -> Raw | Problem:
        """One record of several in the file `name`, or what is wrong with it as a whole."""
        if not isinstance(data, dict):
            return self._shapeless(data, origin)
        own = own_name(data)
        return nameless(origin) if own is None else Raw(data, origin, f"{name}/{own}", locale, digest=digest)

    def _alone(self, data: Any, origin: Origin, name: str, locale: str | None) -> Raw | Problem:
        if data is None:
            hint = "write a `title`, or remove the file"
            return Problem(
                code=f"{self.name}.empty", message="there is nothing in it", hint=hint, origin=origin
            )
        return Raw(data, origin, name, locale) if isinstance(data, dict) else self._shapeless(data, origin)

    def _shapeless(self, data: Any, origin: Origin) -> Problem:
        found = "a list" if isinstance(data, list) else "nothing" if data is None else f"only {_shown(data)}"
        message = f"a record is a mapping of names to values, and here is {found}"
        hint = "write `name: value`" if self.name == "yaml" else 'write {"name": value}'
        return Problem(code=f"{self.name}.shape", message=message, hint=hint, origin=origin)


def _origin(part: Input, place: Place = (1, 1)) -> Origin:
    return Origin(path=part.name, line=place[0], column=place[1])


def _partial(part: Input, problem: Problem) -> Outcome:
    return Outcome(state="partial", reason=f"{part.name}: {problem.message}")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}…"
