"""Nothing to do costs nothing: tell an unchanged project without opening a file or asking a channel."""

import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from importlib.metadata import version

from pipeline.config import Project
from pipeline.ledger import Ledger
from pipeline.read import Content
from pipeline.rendered import code_of
from schemas import canonical
from schemas.base import Model
from schemas.problems import Problem
from sources.base import Input

RACY = 0.05
"""Seconds: a file changed this shortly before it was read may change again unseen (as git has it)."""


class Settled(Model):
    """A project as it was when a run ended with nothing left to do."""

    fingerprint: str
    since: datetime
    until: datetime | None = None
    """The next instant at which something is published or withdrawn by time alone."""
    media: tuple[str, ...] = ()
    """Files that records name."""
    channels: tuple[str, ...] = ()
    warnings: int = 0


def fingerprint(project: Project, media: Iterable[str]) -> tuple[str, float] | None:
    """A digest of all that the outcome of a run depends on, and when the youngest file was changed.

    None where something cannot be recognised without reading it.
    """
    summed, youngest = sha256(), 0.0
    summed.update(f"{version('leopard-pipeline')} {project.fingerprint()}".encode())
    for exporter in project.channels.values():
        summed.update(code_of(type(exporter)).encode())
    for part in _parts(project):
        if part is None or part.fingerprint is None:
            return None
        summed.update(f"{part.name}\0{part.fingerprint}\n".encode())
        youngest = max(youngest, part.changed_at or _changed_at(project, part.name))
    for path in sorted(media):
        try:
            stat = os.stat(project.root / path)
        except OSError:
            return None
        summed.update(
            f"{path}\0{stat.st_size} {stat.st_mtime_ns} {stat.st_ctime_ns} {stat.st_ino}\n".encode()
        )
        youngest = max(youngest, stat.st_mtime)
    return summed.hexdigest(), youngest


def _parts(project: Project) -> Iterator[Input | None]:
    for source in project.sources.values():
        listing = source.inputs()
        while True:
            try:
                part = next(listing)
            except StopIteration as end:
                if end.value.state != "complete":
                    yield None
                break
            yield None if isinstance(part, Problem) else part


def _changed_at(project: Project, name: str) -> float:
    try:
        return os.stat(project.root / name).st_mtime
    except OSError:
        return 0.0


def is_settled(project: Project, ledger: Ledger, names: Iterable[str], now: datetime) -> Settled | None:
    """What the ledger knows of this very state, if there is certainly nothing to do."""
    known = ledger.fact("settled")
    if known is None:
        return None
    settled = Settled.model_validate_json(known)
    if now < settled.since or (settled.until is not None and now >= settled.until):
        return None  # also when the clock has been set back
    if not set(names) <= set(settled.channels):
        return None
    found = fingerprint(project, settled.media)
    if found is None or found[0] != settled.fingerprint:
        return None
    return None if any(_absent(project, ledger, name) for name in names) else settled


def _absent(project: Project, ledger: Ledger, name: str) -> bool:
    exporter, pages = project.channels[name], ledger.pages
    gone = exporter.absent(pages.remotes(name, exporter.has_files), pages.documents(name))
    return any(True for _ in gone)


def settle(
    project: Project, ledger: Ledger, content: Content, names: Iterable[str], now: datetime, began: float
) -> None:
    """Remember that there is nothing left to do, if the next run could recognise this state."""
    media = tuple(sorted(set(content.files())))
    found = fingerprint(project, media)
    warned = sum(problem.severity == "warning" for problem in content.findings.problems)
    if found is None or found[1] > began - RACY:
        ledger.set_fact("settled", None)
        return
    settled = Settled(
        fingerprint=found[0],
        since=now,
        until=content.cards.next_turn(now),
        media=media,
        channels=tuple(sorted(names)),
        warnings=warned,
    )
    ledger.set_fact("settled", canonical.dump(settled.model_dump(mode="json")).decode())
