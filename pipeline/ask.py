"""Ask a channel what it holds before anything is planned: patiently, but not for ever."""

import threading
from collections.abc import Callable
from typing import TypeVar

from exporters.base import Exporter
from pipeline.apply import write
from pipeline.apply.pace import Pace
from schemas.errors import Transient

T = TypeVar("T")

TRIES = 3
"""How often a channel is asked in one run."""


def asked(exporter: Exporter, question: Callable[[], T], stop: threading.Event | None = None) -> T:
    """The answer to a question in a session of the channel's; asked again while the channel is busy.

    Raises what the channel raises, at the latest after `TRIES`, and at once where `stop` is set.
    """
    pace = Pace(stop=stop)
    for attempt in range(1, TRIES + 1):
        pace.wait()
        try:
            with exporter.session():
                return question()
        except Transient as error:
            if attempt == TRIES or pace.stop.is_set():
                raise
            exporter.problems.clear()
            pace.pause(write.seconds_until(error, attempt), error.message)
    raise Transient(f"{exporter.context.name} gave no answer in {TRIES} tries")
