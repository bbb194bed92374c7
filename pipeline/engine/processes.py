"""Work in processes of this machine. One that dies is replaced, and what it was doing is done again."""

import os
import signal
import threading
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from queue import SimpleQueue
from time import monotonic

from pipeline.engine.base import DIED, Engine, EngineError, Item, Job, Outcomes
from pipeline.engine.workshop import Setting, packed, perform, unpacked

AHEAD = 2
"""Parts that a worker holds: the one that it does, and the next."""
LIVES = 2
"""How many workers may die of one part. Of what has several items, each is then tried alone."""
DEATHS = 8
"""So many in a row, and it is not for one item that they die."""
PATIENCE = 5.0
"""Seconds that a worker has to end when it is told to."""
PRELOADED = ("pipeline.engine.work",)


class Processes(Engine):
    """Begun with the first part, ended with the `with` block, or when this process ends in whatever way."""

    writes = True
    part = 20

    def __init__(self, setting: Setting, workers: int | None) -> None:
        self.setting = setting
        self.count = workers or processors()
        self.window = self.count * (AHEAD + 1) + 1
        self._waiting = deque[_Part]()
        self._turn = threading.Condition()
        self._hands: list[threading.Thread] = []
        self._deaths = 0
        self._failure: EngineError | None = None
        self._closed = False
        self.processes: dict[int, ForkServerProcess] = {}
        """Those that live, by their numbers."""

    def submit(self, job: Job, items: Sequence[Item], *, urgent: bool = False) -> "_Part":
        part = _Part(self, job, items, packed(self.setting, job, items))
        with self._turn:
            if not (self._hands or self._closed):
                self._begin()
            if urgent:
                self._waiting.appendleft(part)
            else:
                self._waiting.append(part)
            self._turn.notify()
        return part

    def _begin(self) -> None:
        self._context: ForkServerContext = get_context("forkserver")
        self._context.set_forkserver_preload(list(PRELOADED))
        for number in range(self.count):
            hand = threading.Thread(target=self._serve, args=(number,), name=f"worker-{number}", daemon=True)
            self._hands.append(hand)
            hand.start()

    def close(self) -> None:
        with self._turn:
            self._closed = True
            self._turn.notify_all()
        ends = monotonic() + PATIENCE
        for hand in self._hands:
            hand.join(max(0.0, ends - monotonic()))
        for process in list(self.processes.values()):  # it still does what nobody waits for
            process.kill()
        for hand in self._hands:
            hand.join()
        self._hands = []

    def _serve(self, number: int) -> None:
        """One worker after the other, each for as long as it lives."""
        while not self._closed:
            try:
                self._one(number)
            except Exception as error:  # noqa: BLE001  # whatever it is, nobody may wait for ever
                self._fail(f"no worker can be started: {error}")
                return

    def _one(self, number: int) -> None:
        """One worker, until it dies or all is done."""
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=_work, args=(theirs,), name=f"leopard-worker-{number}", daemon=True
        )
        with _starting:
            process.start()
        theirs.close()
        self.processes[number] = process
        held = deque[_Part]()
        try:
            while (part := self._next(wait=not held)) is not None or held:
                if part is not None:
                    held.append(part)
                    ours.send_bytes(part.data)
                    if len(held) < AHEAD:
                        continue
                held[0].done(ours.recv_bytes())
                held.popleft()
                self._deaths = 0
        except (EOFError, OSError):
            process.join(PATIENCE)
            self._died(held, process.exitcode)
        finally:
            ours.close()
            process.join(PATIENCE)
            if process.is_alive():
                process.kill()
                process.join()
            self.processes.pop(number, None)

    def _next(self, *, wait: bool) -> "_Part | None":
        with self._turn:
            while wait and not (self._waiting or self._closed):
                self._turn.wait()
            return self._waiting.popleft() if self._waiting and not self._closed else None

    def _died(self, held: "deque[_Part]", code: int | None) -> None:
        """What a worker held goes to another one; what it died of has one life less."""
        if self._closed:
            return
        self._deaths += 1
        if self._deaths >= DEATHS:
            self._fail(f"worker processes end again and again ({_ended(code)})")
        elif held:
            held[0].lives -= 1
            with self._turn:
                self._waiting.extendleft(reversed([one for part in held for one in part.rest()]))
                self._turn.notify_all()

    def _fail(self, message: str) -> None:
        """Nothing more will come out; whoever waits is told."""
        with self._turn:
            self._failure = EngineError(message, hint="`engine: local` does without; the next run goes on")
            self._closed = True
            self._turn.notify_all()

    def wait(self, event: threading.Event) -> None:
        """Until the event. Raises EngineError if it will never come."""
        while not event.wait(0.5):
            if self._failure is not None and not event.is_set():
                raise self._failure


class _Part:
    """Some items on their way, for as long as their lives last."""

    def __init__(self, engine: Processes, job: Job, items: Sequence[Item], data: bytes) -> None:
        self.engine, self.job, self.items, self.data = engine, job, items, data
        self.lives = LIVES
        self._answer: bytes | None = None
        self._alone: list[_Part] = []
        self._is_done = threading.Event()

    def done(self, answer: bytes | None) -> None:
        self._answer = answer
        self._is_done.set()

    def rest(self) -> "list[_Part]":
        """What is to be tried again of it."""
        if self.lives > 0:
            return [self]
        if len(self.items) > 1:
            setting = self.engine.setting
            self._alone = [
                _Part(self.engine, self.job, [item], packed(setting, self.job, [item])) for item in self.items
            ]
        self.done(None)
        return self._alone

    def result(self) -> Outcomes:
        self.engine.wait(self._is_done)
        if self._answer is not None:
            return unpacked(self._answer)
        if self._alone:
            return [outcome for part in self._alone for outcome in part.result()]
        return [DIED]


_starting = threading.Lock()


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _ended(code: int | None) -> str:
    if code is not None and code < 0:
        with suppress(ValueError):
            return f"killed by {signal.Signals(-code).name}"
    return f"with the status {code}"


def _work(pipe: Connection) -> None:
    """A worker: it ends when whoever began it closes the pipe, or is no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; whoever began us tells us
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    parts: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_listen, args=(pipe, parts), daemon=True).start()
    while True:
        answer = perform(parts.get())
        try:
            pipe.send_bytes(answer)
        except OSError:
            os._exit(0)


def _listen(pipe: Connection, parts: "SimpleQueue[bytes]") -> None:
    """Takes parts in while others are done, so that nobody waits for room in the pipe."""
    with suppress(EOFError, OSError):
        while True:
            parts.put(pipe.recv_bytes())
    os._exit(0)
