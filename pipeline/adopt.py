"""Take over a page that people made before Leopard came."""

from exporters.base import Exporter
from pipeline.ledger import Deed, Entry, Ledger, now
from pipeline.ledger.entry import TAKEN_OVER
from pipeline.ledger.lock import locked
from pipeline.run import new_run_id
from schemas.errors import ConfigError


def take_over(exporter: Exporter, ledger: Ledger, key: str, locale: str, page: str) -> str | None:
    """Remember the page with the channel's id `page` as that of `key`; returns its address.

    Its fields as they are become the pre-image, so that a rollback restores them. Raises ConfigError.
    """
    name = exporter.context.name
    if not exporter.capabilities.adopt:
        raise ConfigError(f"{name} cannot take over pages that people made")
    run = new_run_id(now())
    with locked(ledger, run):
        known = ledger.pages.get(name, f"{key}@{locale}")
        if known is not None:
            raise ConfigError(f"{key} has a page on {name} already: {known.url or known.remote_id}")
        owner = next((entry for entry in ledger.pages.all(name) if entry.remote_id == page), None)
        if owner is not None:
            raise ConfigError(f"the page {page} on {name} is that of {owner.ident} already")
        with exporter.session():
            remote = exporter.get(page, key, locale)
        if remote is None:
            raise ConfigError(f"there is no page {page} on {name}", hint="give the id that the channel uses")
        entry = Entry.found(remote, TAKEN_OVER)
        ledger.history.begin(run)
        deed = Deed(entry.ident, "adopt", entry, entry)
        (number,) = ledger.journal.intend(run, name, [deed])
        ledger.journal.receive(run, name, [(number, deed)])
        ledger.history.end(run, "clean", {"run": run, "adopted": entry.ident}, [])
        ledger.set_fact("settled", None)
    return remote.url
