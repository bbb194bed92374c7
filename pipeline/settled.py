"""Nothing to do costs nothing: tell an unchanged project without opening a file or asking a channel."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from importlib.metadata import version
from itertools import chain

from pydantic import ValidationError

from pipeline.cache.code import code_of as code_of_content
from pipeline.config import Project
from pipeline.ledger import Ledger
from pipeline.prepare import cache_file
from pipeline.read import Content
from pipeline.rendered import code_of
from pipeline.stamp import make, survey
from pipeline.stamp.form import FILE, FOLDER, INTERPRETER, RACY, WAY, Draft, Piece, Stamp
from pipeline.stamp.quick import secrets_hold
from schemas import canonical
from schemas.base import Model
from schemas.problems import Problem
from sources.base import Input, Source


class Settled(Model):
    """A project as it was when a run ended with nothing left to do."""

    fingerprint: str
    since: datetime
    until: datetime | None = None
    """The next instant at which something is published or withdrawn by time alone."""
    media: tuple[str, ...] = ()
    """Files that records name, and links on the way to them."""
    channels: tuple[str, ...] = ()
    warnings: int = 0
    """Problems that were told and are no errors."""


@dataclass(frozen=True)
class Found:
    """What was seen of all that the outcome of a run depends on."""

    digest: str
    rest: str
    """Of sources that no file tells of; empty if there are none."""
    youngest: float
    """When the youngest of it was changed, in seconds since 1970."""


def fingerprint(project: Project, media: Iterable[str]) -> tuple[str, float] | None:
    """A digest of all that the outcome of a run depends on, and when the youngest file was changed.

    None where something cannot be recognised without reading it.
    """
    found = _look(project, media, lambda piece: None)
    return (found.digest, found.youngest) if found is not None else None


def _look(project: Project, media: Iterable[str], note: Callable[[Piece], None]) -> Found | None:
    """Look at everything once, and note each piece. None where something cannot be recognised."""
    summed, youngest = sha256(), 0.0
    about = (version("leopard-pipeline"), project.fingerprint(), code_of_content(project))
    summed.update(" ".join(about).encode())
    for exporter in project.channels.values():
        summed.update(code_of(type(exporter)).encode())
    by_files, others = _told_apart(project)
    try:
        for piece in chain(*map(survey.of_source, by_files), survey.of_media(project.root, media)):
            note(piece)
            summed.update(_words(project, piece))
            youngest = max(youngest, piece.youngest)
    except (OSError, OverflowError):
        return None
    rest = _rest(project, others)
    if rest is None:
        return None
    summed.update(rest[0].encode())
    return Found(summed.hexdigest(), rest[0], max(youngest, rest[1]))


def _told_apart(project: Project) -> tuple[list[Source], list[Source]]:
    """Sources that are told by files, and others."""
    found: tuple[list[Source], list[Source]] = [], []
    for source in project.sources.values():
        found[not survey.is_told_by_files(source)].append(source)
    return found


def _rest(project: Project, others: list[Source]) -> tuple[str, float] | None:
    """A digest of what the other sources list, empty if there are none, and when it was changed last."""
    summed, youngest = sha256(), 0.0
    for part in chain(*map(_parts, others)):
        if part is None or part.fingerprint is None:
            return None
        summed.update(f"{part.name}\0{part.fingerprint}\n".encode())
        youngest = max(youngest, part.changed_at or _changed_at(project, part.name))
    return (summed.hexdigest(), youngest) if others else ("", youngest)


def _words(project: Project, piece: Piece) -> bytes:
    """A piece without where the project itself is: it may be moved."""
    root = os.fsencode(project.root)
    leads = os.path.relpath(piece.names, os.path.realpath(root)) if piece.sort == WAY else piece.names
    words = (piece.sort, os.path.relpath(piece.place, root), leads, piece.seen)
    return b"".join(len(word).to_bytes(8, "little") + word for word in words)


def _parts(source: Source) -> Iterator[Input | None]:
    listing = source.inputs()
    while True:
        try:
            part = next(listing)
        except StopIteration as end:
            if end.value.state != "complete":
                yield None
            return
        yield None if isinstance(part, Problem) else part


def _changed_at(project: Project, name: str) -> float:
    try:
        stat = os.stat(project.root / name)
    except OSError:
        return 0.0
    return max(stat.st_mtime, stat.st_ctime)


def is_settled(project: Project, ledger: Ledger, names: Iterable[str], now: datetime) -> Settled | None:
    """What the ledger knows of this very state, if there is certainly nothing to do."""
    known, names = ledger.fact("settled"), tuple(names)
    if known is None:
        return None
    try:
        settled = Settled.model_validate_json(known)
    except ValidationError:  # of another version
        return None
    if now < settled.since or (settled.until is not None and now >= settled.until):
        return None  # also when the clock has been set back
    if not set(names) <= set(settled.channels):
        return None
    if _is_stamped(project, ledger, names, known):
        return settled
    with Draft(stamp_file(project)) as draft:
        found = _look(project, settled.media, draft.add)
        if found is None or found.digest != settled.fingerprint:
            return None
        if any(_absent(project, ledger, name) for name in names):
            return None
        _stamp(draft, project, ledger, settled, known, found)
    return settled


def stamp_file(project: Project) -> str:
    """In the project's own folder where there is one, else beside the cache."""
    own = project.root / FOLDER
    return str((own if own.is_dir() else cache_file(project).parent) / FILE)


def _is_stamped(project: Project, ledger: Ledger, names: Iterable[str], known: str) -> bool:
    """Does the stamp of that very state still hold?"""
    try:
        with Stamp(stamp_file(project)) as stamp:
            header = stamp.header
            of = [header[name] for name in ("root", "settled", "project", "interpreter")]
            if of != [str(project.root), known, project.fingerprint(), INTERPRETER]:
                return False
            if not secrets_hold(header["secrets"], os.environ) or not stamp.holds():
                return False
    except (OSError, ValueError, KeyError):
        return False
    rest = _rest(project, _told_apart(project)[1])
    if rest is None or rest[0] != header["rest"]:
        return False
    asked = header["asked"].split()
    return not any(_absent(project, ledger, name) for name in names if name in asked)


def _absent(project: Project, ledger: Ledger, name: str) -> bool:
    return any(True for _ in survey.gone(project.channels[name], ledger))


def settle(
    project: Project, ledger: Ledger, content: Content, names: Iterable[str], now: datetime, began: float
) -> None:
    """Remember that there is nothing left to do, if the next run could recognise this state."""
    media = tuple(sorted({*content.files(), *content.links}))
    whole = all(outcome.state == "complete" for outcome in content.outcomes.values())
    with Draft(stamp_file(project)) as draft:
        found = _look(project, media, draft.add) if whole else None
        if found is None or found.youngest > began - RACY - draft.lag:
            ledger.set_fact("settled", None)
            return
        settled = Settled(
            fingerprint=found.digest,
            since=now,
            until=content.cards.next_turn(now),
            media=media,
            channels=tuple(sorted(names)),
            warnings=len(content.findings.problems),
        )
        known = canonical.dump(settled.model_dump(mode="json")).decode()
        ledger.set_fact("settled", known)
        _stamp(draft, project, ledger, settled, known, found)


def _stamp(
    draft: Draft, project: Project, ledger: Ledger, settled: Settled, known: str, found: Found
) -> None:
    make.finish(
        draft,
        project,
        ledger,
        known=known,
        since=settled.since,
        until=settled.until,
        channels=settled.channels,
        rest=found.rest,
        is_silent=not settled.warnings,
    )
