"""What people changed on the channels since we last wrote: field by field, three ways."""

from collections.abc import Iterator
from typing import Any

from exporters.base import Exporter, Remote
from pipeline.ledger import Entry, Ledger
from pipeline.plan import STATE
from pipeline.planner import as_held
from schemas.base import Model


class FieldDrift(Model):
    """One field that is not as we left it."""

    field: str
    applied: Any
    live: Any
    policy: str


class Drift(Model):
    """One page that is not as we left it."""

    channel: str
    ident: str
    what: str
    """`edited`, `removed`, or `unknown`: it carries our key, but we do not remember it."""
    url: str | None = None
    fields: tuple[FieldDrift, ...] = ()


def drift(exporter: Exporter, ledger: Ledger) -> Iterator[Drift]:
    """Every page of one channel that differs from what we last applied. Asks the channel."""
    name, held = exporter.context.name, as_held(exporter, ledger)
    with exporter.session():
        live = {remote.ident: remote for remote in exporter.read()}
    shows_all = exporter.capabilities.reads and not exporter.capabilities.document
    detached, gone = ledger.pages.detached(name), _gone(exporter, ledger)
    for entry in ledger.pages.all(name):
        remote = live.pop(entry.ident, None)
        if entry.key in detached:
            continue
        if remote is None and not shows_all and entry.ident not in gone:
            continue
        if remote is None:
            yield Drift(channel=name, ident=entry.ident, what="removed", url=entry.url)
            continue
        fields = tuple(_fields(entry, remote, held(entry.fields), exporter))
        if fields:
            yield Drift(channel=name, ident=entry.ident, what="edited", url=remote.url, fields=fields)
    for ident, remote in sorted(live.items()):
        if remote.key not in detached:
            yield Drift(channel=name, ident=ident, what="unknown", url=remote.url)


def _gone(exporter: Exporter, ledger: Ledger) -> set[str]:
    """Of a channel of documents: what can be seen to be gone, even if not all of it can be read back."""
    name = exporter.context.name
    remotes = (entry.remote for entry in ledger.pages.all(name))
    return set(exporter.absent(remotes, ledger.pages.documents(name)))


def _fields(entry: Entry, remote: Remote, base: dict[str, Any], exporter: Exporter) -> Iterator[FieldDrift]:
    options = exporter.options
    for name in sorted(base):
        if remote.fields.get(name) != base[name]:
            policy = options.hand_edits_in.get(name, options.hand_edits)
            if name in entry.kept:
                policy = "keep"
            yield FieldDrift(field=name, applied=base[name], live=remote.fields.get(name), policy=policy)
    if remote.state != entry.state and (entry.state, remote.state) != ("scheduled", "published"):
        policy = "keep" if STATE in entry.kept else options.hand_edits_in.get(STATE, options.hand_edits)
        yield FieldDrift(field=STATE, applied=entry.state, live=remote.state, policy=policy)
