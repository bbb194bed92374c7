"""Undo a run: its pre-images become a plan, which is shown and applied like any other."""

from exporters.base import Desired
from pipeline import links
from pipeline.change import Action, Change, ChannelPlan, Plan
from pipeline.config import Project
from pipeline.drift import drift
from pipeline.ledger import Deed, Entry, Ledger
from pipeline.order import in_order
from schemas import canonical
from schemas.errors import ConfigError
from schemas.problems import Problem
from transport.files import file_digest


def plan_rollback(project: Project, ledger: Ledger, run: str) -> tuple[Plan, list[Problem]]:
    """What takes back all that `run` did, and a problem for each record that was changed since.

    Asks each channel what it holds, because what people wrote since must not be lost.
    """
    if ledger.history.get(run) is None:
        raise ConfigError(f"there is no run {run}", hint="see: leopard runs")
    plans, problems = [], []
    deeds = _netto(ledger.journal.of_run(run))
    for name in sorted({channel for channel, _ in deeds}):
        exporter = project.channel(name)
        edited = {one.ident for one in drift(exporter, ledger) if one.what == "edited"}
        doubts = {doubt.ident for doubt in ledger.journal.in_doubt(name)}
        changes = []
        for (channel, ident), deed in deeds.items():
            if channel != name:
                continue
            now = ledger.pages.get(channel, ident)
            refusal = _refusal(now, deed, ident in edited)
            refusal = refusal or _lost_bytes(project, deed)
            if deed.ident in doubts:
                refusal = "nobody knows yet what became of its last write; sync first"
            if refusal:
                problems.append(_problem(channel, ident, refusal))
            elif (change := _undo(channel, deed, now)) is not None:
                changes.append(change)
        held = ledger.pages.counts().get(name, 0)
        plans.append(ChannelPlan(channel=name, held=held, changes=in_order(changes)))
    return Plan(channels=tuple(plans)), problems


def _netto(done: list[tuple[str, Deed]]) -> dict[tuple[str, str], Deed]:
    """Per channel and ident, from what was before the first write to what was after the last."""
    netto: dict[tuple[str, str], Deed] = {}
    for channel, deed in done:
        first = netto.get((channel, deed.ident))
        before = first.before if first else deed.before
        netto[channel, deed.ident] = Deed(deed.ident, deed.action, before, deed.after)
    return netto


def _refusal(now: Entry | None, deed: Deed, edited: bool) -> str | None:
    if _state(now) != _state(deed.after):
        return "a later run has changed it"
    return "somebody changed it on the channel since" if edited else None


def _state(entry: Entry | None) -> tuple[str, str, str | None] | None:
    return (entry.digest, entry.state, entry.version) if entry else None


def _lost_bytes(project: Project, deed: Deed) -> str | None:
    """An asset can only be put back while its bytes are still in the project."""
    before = deed.before
    if before is None or before.kind != "asset" or not before.file:
        return None
    wanted = before.fields.get("digest")
    try:
        found, _ = file_digest(project.root / before.file)
    except OSError:
        found = ""
    return None if wanted in (None, found) else f"the bytes it had are no longer at {before.file}"


def _undo(channel: str, deed: Deed, now: Entry | None) -> Change | None:
    """What takes it back; what the ledger holds `now` is what the deed left."""
    before = deed.before
    if before is None:
        return _change(channel, "delete", now, None) if now else None
    if now is None:
        return _change(channel, "create", None, before)
    if _state(before) == _state(now):
        return None
    return _change(channel, "update", now, before)


def _change(channel: str, action: Action, now: Entry | None, wanted: Entry | None) -> Change:
    known = wanted or now
    return Change(
        channel=channel,
        ident=known.ident if known else "",
        action=action,
        reason="taken back",
        desired=_desired(wanted) if wanted else None,
        before=now,
    )


def _desired(entry: Entry) -> Desired:
    return Desired(
        key=entry.key,
        locale=entry.locale,
        kind=entry.kind,
        title=entry.title,
        fields=entry.fields,
        digest=canonical.digest(entry.fields),  # the entry's own also tells ids, which are put to it again
        state=entry.state,
        sort_key=entry.sort_key,
        references=tuple(links.symbols(entry.fields)),
        file=entry.file,
        kept=entry.kept,
    )


def _problem(channel: str, ident: str, reason: str) -> Problem:
    key, _, locale = ident.rpartition("@")
    return Problem(
        code="rollback.refused",
        message=f"{ident} is not taken back, because {reason}",
        hint="change its content instead, and sync",
        key=key,
        locale=locale,
        channel=channel,
    )
