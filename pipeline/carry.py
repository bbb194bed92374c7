"""Where the work of a long-lived process is carried out: here, or apart, in a process of its own.

Apart, nothing that this process does beside it holds a run up, and the memory that it took is given back.
What the other process observes, logs and counts is told here as if it had happened here.
"""

import logging
import multiprocessing
import pickle
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

from pipeline.config import Project, load
from pipeline.ledger import Ledger
from pipeline.observe.spans import OBSERVERS, Observer, Span, came_due, observing
from pipeline.prepare import Progress
from pipeline.run import RunReport
from schemas.errors import LeopardError

Work = Callable[[Project, Ledger, Progress, threading.Event], RunReport]
"""Does what was asked for with a ledger of its own. Raises what a run raises."""
Carry = Callable[[Project, Work, Progress, threading.Event], RunReport]
"""Carries work out. The event asks it to end."""

GLANCE = 0.1
"""Seconds after which it is seen that the work is to end."""
PRELOADED = (__name__, "pipeline.schedule.work")


class Died(LeopardError):
    code = "run.died"


def here(project: Project, work: Work, progress: Progress, stop: threading.Event) -> RunReport:
    """In this process."""
    with Ledger(project.written.ledger, project.root) as ledger:
        return work(project, ledger, progress, stop)


class Apart:
    """In a process of its own for each piece of work, which must be picklable. Others may go on beside it."""

    def __init__(self) -> None:
        self.context: ForkServerContext = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload(list(PRELOADED))
        forkserver.ensure_running()  # now, so that no run waits for it, and as a child of this very thread

    def __call__(self, project: Project, work: Work, progress: Progress, stop: threading.Event) -> RunReport:
        """Raises what the work raises, and Died if its process ended without a word."""
        ours, theirs = self.context.Pipe()
        process = self.context.Process(target=_there, args=(theirs, project.root, work), name="leopard-run")
        process.start()
        theirs.close()
        try:
            return _attend(ours, _Replay(progress), stop)
        except EOFError:
            raise Died(
                "the process that carried it out has died", hint="the next run makes good what it left"
            ) from None
        finally:
            ours.close()
            process.join()


def _attend(pipe: Connection, replay: "_Replay", stop: threading.Event) -> RunReport:
    asked = False
    while True:
        if stop.is_set() and not asked:
            asked = True
            with suppress(OSError):
                pipe.send("stop")
        if not pipe.poll(GLANCE):
            continue
        what, *told = pipe.recv()
        if what == "report":
            (report,) = told
            assert isinstance(report, RunReport)
            return report
        if what == "failed":
            raise told[0]
        getattr(replay, what)(*told)


class _Replay:
    """Tells here what is told from there."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.spans: dict[int, Span] = {}

    def begin(self, number: int, parent: int | None, name: Any, facts: dict[str, Any], began: float) -> None:
        span = Span(name, self.spans.get(parent) if parent else None, facts, began)
        self.spans[number] = span
        for one in list(OBSERVERS):
            one.begin(span)

    def end(self, number: int, facts: dict[str, Any], error: BaseException | None) -> None:
        span = self.spans.pop(number)
        span.facts, span.error = facts, error
        for one in reversed(OBSERVERS):
            one.end(span)

    def done(self, number: int, ident: str, action: str) -> None:
        for one in list(OBSERVERS):
            one.done(self.spans[number], ident, action)

    def came_due(self, channel: str, seconds: float) -> None:
        came_due(channel, seconds)

    def log(self, record: logging.LogRecord) -> None:
        logging.getLogger(record.name).handle(record)


class _Told(Observer, logging.Handler):
    """Tells the other end of a pipe what happens here."""

    def __init__(self, pipe: Connection) -> None:
        super().__init__()
        self.pipe, self.turn = pipe, threading.Lock()

    def tell(self, *words: Any) -> None:
        with self.turn, suppress(OSError):  # nobody listens any more: the work is ended by _listen
            self.pipe.send(words)

    def begin(self, span: Span) -> None:
        parent = id(span.parent) if span.parent else None
        self.tell("begin", id(span), parent, span.name, dict(span.facts), span.began)

    def end(self, span: Span) -> None:
        self.tell("end", id(span), span.facts, _portable(span.error))

    def done(self, within: Span, ident: str, action: str) -> None:
        self.tell("done", id(within), ident, action)

    def came_due(self, channel: str, seconds: float) -> None:
        self.tell("came_due", channel, seconds)

    def emit(self, record: logging.LogRecord) -> None:
        record.msg, record.args, record.exc_info = record.getMessage(), None, None
        self.tell("log", record)


def _there(pipe: Connection, root: Path, work: Work) -> None:
    """The other process: it ends when it is told to, or when whoever began it is no more."""
    stop = threading.Event()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; whoever began us tells us
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=stop.set).start())
    told = _Told(pipe)
    logging.getLogger().addHandler(told)
    logging.captureWarnings(True)
    threading.Thread(target=_listen, args=(pipe, stop), daemon=True, name="leopard-stop").start()

    def progress(what: str, done: int) -> None:
        told.tell("progress", what, done)

    try:
        with observing(told):
            report = here(load(root), work, progress, stop)
    except Exception as error:  # noqa: BLE001  # it is raised again where the work was asked for
        told.tell("failed", _portable(error))
    else:
        told.tell("report", report)


def _listen(pipe: Connection, stop: threading.Event) -> None:
    with suppress(EOFError, OSError):
        pipe.recv()
    stop.set()


def _portable(error: BaseException | None) -> BaseException | None:
    """The error, or if it cannot be sent, one that says the same."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301  # it is our own
    except Exception:  # noqa: BLE001  # whatever errors of others do
        if not isinstance(error, LeopardError):
            return LeopardError(f"something unforeseen happened ({type(error).__name__})")
        made = LeopardError(error.message, hint=error.hint)
        made.code = error.code
        return made
    return error
