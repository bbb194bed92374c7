"""A lost ledger, made anew from the marks that our pages carry on the channels."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import make_url

from exporters.base import Desired, Exporter, Remote
from pipeline import guards, links
from pipeline.config import Project
from pipeline.desire import desires
from pipeline.ledger import Deed, Entry, Ledger
from pipeline.ledger.care import set_aside, set_aside_tables
from pipeline.ledger.lock import locked
from pipeline.planner import as_held
from pipeline.prepare import Preparation
from schemas.errors import LedgerError


def ledger_file(project: Project) -> Path | None:
    """The file of a project's ledger; None if it is no file."""
    url = make_url(project.written.ledger)
    return project.root / url.database if url.get_backend_name() == "sqlite" and url.database else None


def rebuild(project: Project, run: str, at: datetime) -> Iterator[tuple[str, int]]:
    """Set the old ledger aside and begin a new one; per channel, how many of our pages were found."""
    path = ledger_file(project)
    if path is None:
        with Ledger(project.written.ledger, project.root) as old, locked(old, run):
            set_aside_tables(old)
    elif path.exists():
        _check_alone(project, run)
        set_aside(path)
    preparation = Preparation(project)
    prepared = preparation.prepare(at)
    with Ledger(project.written.ledger, project.root) as ledger:
        if all(outcome.state == "complete" for outcome in prepared.content.outcomes.values()):
            guards.remember(ledger, prepared.content)
        for name, exporter in project.channels.items():
            with exporter.session():
                held = list(exporter.read())
            public = prepared.transformed.public
            wanted = {d.ident: d for d in desires(exporter, public, prepared.findings, preparation.place)}
            _remember(ledger, exporter, run, held, wanted)
            ledger.set_fact(f"known:{name}", "yes")
            yield name, len(held)


def _check_alone(project: Project, run: str) -> None:
    """Raises GuardStop if another run is at work. A ledger that cannot be opened has none."""
    with suppress(LedgerError), Ledger(project.written.ledger, project.root) as old, locked(old, run):
        pass


def _remember(
    ledger: Ledger, exporter: Exporter, run: str, held: list[Remote], wanted: dict[str, Desired]
) -> None:
    """Twice: references can only be compared when all ids are known."""
    name = exporter.context.name
    ids = {remote.ident: remote.id for remote in held}
    for _ in range(2):
        spelt = as_held(exporter, ledger)
        deeds = []
        for remote in held:
            desired = wanted.get(remote.ident)
            fields = spelt(desired.fields) if desired else None
            same = fields is not None and all(remote.fields.get(n) == v for n, v in fields.items())
            entry = Entry.found(remote)
            if desired and same:
                linked = links.linked(desired.digest, desired.fields, ids.get)
                entry = Entry.of(desired, remote).model_copy(update={"digest": linked})
            deeds.append(Deed(remote.ident, "rebuild", None, entry))
        ledger.journal.receive_all(run, name, deeds, ledger.pages.documents(name))
