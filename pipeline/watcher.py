"""Check a project again and again, and tell only what has become of its problems since the last time."""

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.config import FILE, Project, load
from pipeline.prepare import Prepared, check
from pipeline.settled import fingerprint as listing
from pipeline.watching import changes, folders_of
from pipeline.web.preview.kept import keeping
from schemas.errors import ConfigError
from schemas.problems import Problem
from transport.files import fingerprint

Ident = tuple[str, ...]


@dataclass(frozen=True)
class Turn:
    """What one check found that the one before did not, and what it found no more."""

    new: list[Problem]
    solved: list[Problem]
    problems: list[Problem]
    """All that there are now."""
    is_first: bool = False


class Watcher:
    """Watches one project. Raises ConfigError if there is none at first."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._configured = fingerprint(root / FILE)
        self._project = keeping(load(root))
        self._refused: tuple[Problem, ...] = ()
        """What is wrong with leopard.yaml as it is now; all else is as it was before."""
        self._files: list[str] = []
        self._listed: str | None = None

    def turns(self, stop: threading.Event) -> Iterator[Turn]:
        """The first check, and then one for each change that made a difference, until told to stop."""
        known = self._check()
        yield Turn(known, [], known, is_first=True)
        while not stop.is_set():
            folders = folders_of(self._project, self._files)
            for at, saved in enumerate(changes(folders, stop)):
                missed = at == 0 and self._listing(self._project) != self._listed
                if not (saved or missed or fingerprint(self.root / FILE) != self._configured):
                    continue
                found = self._check()
                new, solved = _less(found, known), _less(known, found)
                known = found
                if new or solved:
                    yield Turn(new, solved, known)
                if folders_of(self._project, self._files) != folders:
                    break

    def _check(self) -> list[Problem]:
        """All problems of now; of leopard.yaml alone, where it cannot be taken."""
        configured = fingerprint(self.root / FILE)
        if configured != self._configured:
            self._configured = configured
            self._refused = ()
            try:
                self._project = keeping(load(self.root))
            except ConfigError as error:
                self._refused = error.problems or (error.problem,)
        refused = list(self._refused)
        self._listed = self._listing(self._project)
        prepared: Prepared = check(self._project)
        self._files = list(prepared.content.files())
        return [*refused, *prepared.findings.problems]

    def _listing(self, project: Project) -> str | None:
        """What changes when a file does that is read; None if that cannot be told."""
        found = listing(project, ())
        return found[0] if found else None


def _ident(problem: Problem) -> Ident:
    """What makes a problem the same one, though lines above it came or went."""
    origin = problem.origin
    place = (origin.path, origin.within or "") if origin is not None else ("", "")
    about = (problem.key, problem.locale, problem.field, problem.channel)
    return problem.code, problem.message, *place, *(one or "" for one in about)


def _less(some: list[Problem], others: list[Problem]) -> list[Problem]:
    """Those of some that are not among the others; what stands twice counts twice."""
    left = Counter(map(_ident, others))
    found = []
    for problem in some:
        if left[_ident(problem)]:
            left[_ident(problem)] -= 1
        else:
            found.append(problem)
    return found
