"""Several writes at once: as many exporters as there are workers, so that no session serves two."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import TypeVar

from exporters.base import Exporter
from pipeline.apply.line import Line
from pipeline.apply.pace import Pace
from pipeline.apply.write import Writer

U = TypeVar("U")
R = TypeVar("R")


class Workers:
    """The writers of one channel, one a thread, open until the end of the `with` block."""

    def __init__(self, exporter: Exporter, stop: threading.Event, assure: Callable[[], None]) -> None:
        self.exporter = exporter
        self.pace = Pace(exporter.options.rate, exporter.options.workers, stop=stop, assure=assure)
        self._lock = threading.Lock()
        self._local = threading.local()
        self._open = ExitStack()
        self.writers: list[Writer] = []

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def writer(self) -> Writer:
        """This thread's own."""
        if not hasattr(self._local, "writer"):
            own = type(self.exporter)(self.exporter.options, self.exporter.context)
            with self._lock:
                self._open.enter_context(own.session())
            self._local.writer = Writer(own, self.pace)
            self.writers.append(self._local.writer)
        writer: Writer = self._local.writer
        return writer

    def line(self, work: Callable[[U], R]) -> Line[U, R]:
        """Units of work for the threads, as many at once as the channel is to have now."""
        return Line(self.exporter.context.name, work, self.pace.limit)
