"""A plan, what the ledger notes of its writes, and what is remembered afterwards, as a sync does it."""

import sys
import time
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.scaling.figures import measured
from exporters.base import Remote
from pipeline import prepare as preparing
from pipeline.change import Change
from pipeline.config import load
from pipeline.ledger import Deed, Entry, Ledger
from pipeline.planner import Planner

CHANNEL = "registry"
AT_ONCE = 200
"""Writes whose intents are noted in one transaction."""


def entry(change: Change) -> Entry:
    """What is remembered of a page when its channel has taken it."""
    assert change.desired is not None
    known = {"id": change.ident, "key": change.desired.key, "locale": change.desired.locale}
    return Entry.of(change.desired, Remote(**known, version=change.desired.digest))


def planned_and_done(root: Path, count: int, step: str, expected: int) -> None:
    """A plan, what the ledger notes of its writes, and what is remembered afterwards."""
    phases: dict[str, float] = {}

    def watched(owner: Any, name: str, phase: str) -> None:
        inner = getattr(owner, name)

        def around(*args: Any, **named: Any) -> Any:
            began = time.process_time()
            try:
                return inner(*args, **named)
            finally:
                phases[phase] = phases.get(phase, 0.0) + time.process_time() - began

        setattr(owner, name, around)

    watched(preparing.Reader, "read", "cpu_read")
    watched(preparing, "attach", "cpu_attach")
    watched(preparing.ReferenceCheck, "run", "cpu_references")
    watched(preparing.Transformer, "transform", "cpu_transform")
    watched(preparing.Preparation, "prepare", "cpu_prepare")
    project = load(root)
    with Ledger(project.written.ledger, root) as ledger:
        planner = Planner(project, ledger)
        with measured(f"{step}: plan", records=count) as figures:
            planned = planner.plan()
            changes = planned.plan.channels[0].changes
            figures |= {"changes": len(changes), **phases}
        if len(changes) != expected or planner.preparation.afresh:
            sys.exit(f"{len(changes)} changes were found, and not {expected}: the simulation is wrong")
        if changes:
            with measured(f"{step}: ledger", records=count, changes=len(changes)):
                applied(ledger, step, changes)
        with measured(f"{step}: keep", records=count):
            planner.remember(planned)
        planned.prepared.content.store.close()


def applied(ledger: Ledger, run: str, changes: Any) -> None:
    """The ledger's part of writing pages to a channel on the web: receipts with the intents of the next."""
    ledger.history.begin(run)
    done: list[tuple[int, Deed]] = []
    stream = iter(changes)
    while some := list(islice(stream, AT_ONCE)):
        deeds = [Deed(one.ident, one.action, one.before, entry(one)) for one in some]
        begun = ledger.journal.go_on(run, CHANNEL, done=done, next_=deeds)
        done = list(zip(begun.numbers, deeds, strict=True))
    ledger.journal.go_on(run, CHANNEL, done=done)
    ledger.history.end(run, "clean", {}, [])
