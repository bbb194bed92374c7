"""Make the stamp of a project that has just been found to be settled."""

import json
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline.alerts.credentials import AHEAD, expiry
from pipeline.change import ChannelPlan, Plan
from pipeline.cli.plan_words import as_json, counted
from pipeline.config import FILE as CONFIGURATION
from pipeline.config import Project, Written
from pipeline.forecast import forecast
from pipeline.ledger import Ledger
from pipeline.stamp import survey
from pipeline.stamp.form import INTERPRETER, NAMED, RACY, STARTED, Draft, Piece, pieces, way
from pipeline.stamp.quick import digest_of
from schemas.errors import LeopardError
from sources.common import yaml_text
from transport.files import read_text

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_SECRET = re.compile(r"env:(?P<variable>\w+)|file:(?P<file>.+)", re.ASCII)


class Unsure(Exception):
    """This state cannot be told from every other one."""


def finish(
    draft: Draft,
    project: Project,
    ledger: Ledger,
    *,
    known: str,
    since: datetime,
    until: datetime | None,
    channels: tuple[str, ...],
    rest: str,
    is_silent: bool,
) -> None:
    """Add to a draft, in which content is, all other things, and let it be the stamp if nothing is in doubt.

    `known` is what the ledger remembers of this state, `rest` a digest of what no file tells.
    """
    try:
        secrets = _beside(project, draft.add)
        asked = [name for name in channels if not _output(project, ledger, name, draft.add)]
        turns = [until or NEVER, *(at - AHEAD for one in project.channels.values() if (at := expiry(one)))]
        plain = not (rest or asked)
        engine = ledger.database.engine
        header = {
            "root": str(project.root),
            "interpreter": INTERPRETER,
            "project": project.fingerprint(),
            "ledger": str(engine.url.database) if engine.dialect.name == "sqlite" else "",
            "settled": known,
            **{name: ledger.fact(name) or "" for name in ("version", "lineage")},
            "since": _micro(since),
            "until": _micro(min(turns)),
            "known": " ".join(project.channels),
            "channels": " ".join(channels),
            "asked": " ".join(asked),
            "rest": rest,
            "secrets": secrets,
            "sync": "yes" if plain and not (project.written.schedule or project.written.freeze) else "",
            **(_plan(project, ledger, channels) if plain and is_silent else {"plan": ""}),
        }
        draft.finish(header)
    except (Unsure, OSError, OverflowError, ValueError, ImportError, LeopardError):
        return  # there is no stamp of this state, and the next run has to look for itself


def _micro(at: datetime) -> str:
    return str((at - EPOCH) // timedelta(microseconds=1))


def _beside(project: Project, add: Callable[[Piece], None]) -> str:
    """Note code, then configuration; digests of the variables that it names. Raises Unsure, OSError."""
    for piece in survey.of_code(project):
        if piece.youngest > STARTED - RACY:  # this process may not be what stands there now
            raise Unsure
        add(piece)
    path = os.path.join(project.root, CONFIGURATION)
    seen = [*pieces(NAMED, str(project.root), [CONFIGURATION]), way(path)]
    at = time.time()
    data = yaml_text.load(read_text(Path(path), CONFIGURATION), CONFIGURATION)
    if Written.model_validate(data) != project.written:
        raise Unsure
    found = [one for text in _texts(data) if (one := _SECRET.fullmatch(text))]
    files = {os.path.join(project.root, one["file"]) for one in found if one["file"]}
    seen += map(way, sorted(files))
    for piece in seen:
        if piece.youngest > at - RACY:
            raise Unsure
        add(piece)
    salt = os.urandom(16).hex()
    names = sorted({one["variable"] for one in found if one["variable"]})
    return "\n".join(f"{name} {salt} {digest_of(os.environ.get(name, ''), salt)}" for name in names)


def _texts(value: Any) -> Iterator[str]:
    """Every text in plain values."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _output(project: Project, ledger: Ledger, name: str, add: Callable[[Piece], None]) -> bool:
    """Note the files of a channel. False if they do not tell all. Raises Unsure if one is not as it was."""
    exporter = project.channels[name]
    if not survey.is_told_by_output(exporter):
        return False
    for piece in survey.of_output(exporter, ledger):
        add(piece)
    if any(True for _ in exporter.absent((), ledger.pages.documents(name))):
        raise Unsure
    return True


def _plan(project: Project, ledger: Ledger, channels: tuple[str, ...]) -> dict[str, str]:
    """What `leopard plan` says, if it would say that there is nothing to do without asking any channel."""
    if set(channels) != set(project.channels) or not all(
        _is_known(project, ledger, name) for name in channels
    ):
        return {"plan": ""}
    counts = ledger.pages.counts()
    plan = Plan(
        channels=tuple(ChannelPlan(channel=name, held=counts.get(name, 0)) for name in project.channels)
    )
    costs = {one.channel: forecast(one, project.channels[one.channel], ledger) for one in plan.channels}
    told = json.dumps(as_json(plan, costs) | {"problems": []}, ensure_ascii=False, indent=2)
    text = "".join(f"{one.channel}: {counted(one)}\n" for one in plan.channels)
    return {"plan": "yes", "plan text": text, "plan json": f"{told}\n"}


def _is_known(project: Project, ledger: Ledger, name: str) -> bool:
    """Is it known what a channel holds, and of no write in doubt whether it was done?"""
    capable = project.channels[name].capabilities
    never_asked = not capable.reads or capable.document or ledger.fact(f"known:{name}") is not None
    return never_asked and not any(True for _ in ledger.journal.in_doubt(name))
