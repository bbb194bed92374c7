"""What a channel lacks: asked for before the first write, and by `leopard channel check`."""

from collections.abc import Iterator
from pathlib import Path

from exporters.base import Exporter
from pipeline.config import configuration_of
from pipeline.ledger import Ledger
from schemas.errors import LeopardError
from schemas.problems import Problem


def lacking(exporter: Exporter) -> list[Problem]:
    """Everything that is missing; a channel that cannot be asked lacks an answer."""
    found: list[Problem] = []
    try:
        with exporter.session():
            found.extend(exporter.check())
    except LeopardError as error:
        found.append(error.problem)
    exporter.problems.clear()  # those of asking stand among the answers, or concern nobody yet
    name = exporter.context.name
    return [one.model_copy(update={"channel": name}) for one in found]


def made_ready(exporter: Exporter, folder: Path) -> Iterator[str]:
    """Make what is missing, a sentence for each thing. Raises what the channel says against it."""
    with exporter.session():
        yield from exporter.setup(folder)


def lacking_at_first(exporter: Exporter, ledger: Ledger) -> list[Problem]:
    """The same, once: a channel that lacked nothing is not asked again until it is configured anew.

    Without what is only good to know: that is for whoever asks for a check.
    """
    if type(exporter).check is Exporter.check:
        return []
    fact, configured = f"checked:{exporter.context.name}", configuration_of(exporter)
    if ledger.fact(fact) == configured:
        return []
    found = lacking(exporter)
    if not any(one.severity == "error" for one in found):
        ledger.set_fact(fact, configured)
    return [one for one in found if one.severity != "info"]
