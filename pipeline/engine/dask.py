"""Work on a Dask cluster: one that runs already, or one of this machine for the run."""

import logging
from collections.abc import Sequence
from concurrent.futures import CancelledError
from contextlib import ExitStack
from importlib import import_module
from threading import Lock
from time import monotonic
from typing import Any

from pipeline.engine.base import DIED, Engine, EngineError, Item, Job, Outcomes
from pipeline.engine.processes import processors
from pipeline.engine.versions import versions
from pipeline.engine.workshop import Setting, packed, perform, unpacked
from schemas.errors import ConfigError

AHEAD = 3
"""Parts under way for each thread of the workers."""
LIVES = 2
"""How often Dask may give a single item up before we do."""
GLANCE = 2.0
"""Seconds after which it is seen whether anybody still works."""
PATIENCE = 60.0
"""Seconds without any worker after which a run ends."""
ANSWER = 30
"""Seconds that a scheduler has to answer at first."""
AGAIN = "what was done is remembered; the next run goes on"


class Dask(Engine):
    """Begun with the first part; a cluster of our own ends with the `with` block."""

    def __init__(self, setting: Setting, workers: int | None, scheduler: str | None) -> None:
        try:
            self.dask: Any = import_module("distributed")
        except ImportError:
            hint = "pip install 'leopard-pipeline[dask]', or choose another `engine:`"
            raise ConfigError("the engine dask needs the package distributed", hint=hint) from None
        self.setting = setting._replace(versions=versions())
        self.count, self.scheduler = workers or processors(), scheduler
        self.writes = scheduler is None
        self._open = ExitStack()
        self._turn = Lock()
        self._client: Any = None
        self._submitted = 0

    @property
    def shown(self) -> str:
        return f"Dask's scheduler at {self.scheduler}" if self.scheduler else "the Dask cluster of this run"

    def submit(self, job: Job, items: Sequence[Item], *, urgent: bool = False) -> "_Part":
        with self._turn:
            if self._client is None:
                self._begin()
            self._submitted += 1
            if self._submitted % self.window == 0:
                self._look()
        return _Part(self, job, items, urgent=urgent)

    def send(self, data: bytes, *, urgent: bool) -> Any:
        """A future of the answer to one part."""
        return self._client.submit(perform, data, pure=False, priority=int(urgent))

    def _begin(self) -> None:
        try:
            where = self.scheduler or self._open.enter_context(self._own())
            client = self.dask.Client(where, timeout=ANSWER, set_as_default=False)
            self._client = self._open.enter_context(client)
        except (OSError, TimeoutError, ValueError) as error:
            self.close()
            hint = "start it, or see `engine:` in leopard.yaml"
            raise EngineError(f"{self.shown} does not answer: {error}", hint=hint) from error
        self._look()

    def _own(self) -> Any:
        few = {"distributed.scheduler.allowed-failures": 1}
        self._open.enter_context(import_module("dask").config.set(few))
        return self.dask.LocalCluster(
            n_workers=self.count,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
        )

    def _look(self) -> None:
        """Workers come and go."""
        self.window = AHEAD * max(1, self.hands()) + 1

    def hands(self) -> int:
        """How many parts can be done at once. Raises EngineError if nobody answers."""
        try:
            return sum(self._client.nthreads().values())
        except (OSError, TimeoutError, CancelledError, ValueError) as error:
            raise self.lost() from error

    def lost(self) -> EngineError:
        return EngineError(f"{self.shown} is lost", hint=AGAIN)

    def close(self) -> None:
        self._client = None
        self._open.close()
        self._open = ExitStack()


class _Part:
    """Some items on their way. Dask does them again where a worker is lost, as often as it is told to."""

    def __init__(self, engine: Dask, job: Job, items: Sequence[Item], *, urgent: bool = False) -> None:
        self.engine, self.job, self.items, self.urgent = engine, job, items, urgent
        self.future = self._sent(items)

    def _sent(self, items: Sequence[Item]) -> Any:
        return self.engine.send(packed(self.engine.setting, self.job, items), urgent=self.urgent)

    def result(self) -> Outcomes:
        answer = self._answer(self.future)
        if answer is not None:
            return unpacked(answer)
        return [self._alone(item) for item in self.items]

    def _alone(self, item: Item) -> Any:
        """One item by itself, as workers died while they had it among others."""
        for _ in range(LIVES):
            answer = self._answer(self._sent([item]))
            if answer is not None:
                return unpacked(answer)[0]
        return DIED

    def _answer(self, future: Any) -> bytes | None:
        """None if workers died of it, one after the other. Raises EngineError."""
        last_seen = monotonic()
        while True:
            try:
                answer: bytes = future.result(timeout=GLANCE)
            except self.engine.dask.KilledWorker:
                return None
            except TimeoutError:
                if self.engine.hands():
                    last_seen = monotonic()
                elif monotonic() - last_seen > PATIENCE:
                    message = f"{self.engine.shown} has had no worker for {PATIENCE:.0f} seconds"
                    raise EngineError(message, hint=AGAIN) from None
            except (CancelledError, OSError) as error:
                raise self.engine.lost() from error
            except Exception as error:
                message = f"the workers of {self.engine.shown} cannot do it: {error}"
                raise EngineError(message, hint="install the same leopard-pipeline there as here") from error
            else:
                return answer
