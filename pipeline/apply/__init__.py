"""Carry out a channel's changes, and remember each one the moment it is done."""

import threading

from exporters.base import Exporter
from pipeline.apply.channel import Channel
from pipeline.apply.documents import Documents
from pipeline.apply.pages import Pages
from pipeline.apply.sheet import Applied
from pipeline.apply.workers import Workers
from pipeline.change import ChannelPlan
from pipeline.engine.base import LOCAL, Engine
from pipeline.ledger import Ledger
from pipeline.observe.spans import span
from pipeline.plan import Rules
from pipeline.prepare import Progress, silent
from schemas.errors import GuardStop, LeopardError

__all__ = ["Applied", "apply"]


def apply(
    exporter: Exporter,
    ledger: Ledger,
    run: str,
    planned: ChannelPlan,
    rules: Rules,
    progress: Progress = silent,
    stop: threading.Event | None = None,
    engine: Engine = LOCAL,
) -> Applied:
    """All changes of one channel, in their order.

    Raises nothing for what one record or this channel does wrong, but Superseded if another run took over.
    When `stop` is set, the writes that are under way end, and no other begins.
    """
    halt = stop or threading.Event()
    kind: type[Channel] = Documents if exporter.capabilities.document else Pages
    opened = Workers(exporter, halt, ledger.database.assure)
    with span("apply", run=run, channel=exporter.context.name), opened as workers:
        channel = kind(exporter, ledger, run, rules, workers, progress, halt, engine)
        sure = planned.without(channel.sheet.conflict)
        try:
            channel.carry_out(sure)
        except GuardStop:
            raise
        except LeopardError as error:
            channel.sheet.give_up(error)
        for writer in workers.writers:
            channel.sheet.noticed(writer.exporter.problems)
        channel.sheet.tidy(sure.changes)
    return channel.sheet.applied
