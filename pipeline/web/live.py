"""Live progress: server-sent events, of which all who watch share one look at the ledger."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from pipeline.ledger.lock import holder
from pipeline.web.dash import Dash
from pipeline.web.view import fragment

PAUSE = 0.5
"""Seconds between two looks."""
HEARTBEAT = 15.0
"""Seconds of silence after which a line is sent that says nothing, so that nobody hangs up."""
AT_ONCE = 500
"""So many may watch at the same time."""


@dataclass
class Live:
    """How far the run under way is, as a fragment of a page that is sent whenever it changes."""

    dash: Dash
    stopping: bool = False
    _shown: str = ""
    _looked: float = 0.0
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _watching: int = 0

    def routes(self) -> list[Route]:
        return [Route("/live", self.events)]

    async def events(self, _request: Request) -> Response:
        """A stream of `progress` events (HTML, Server-sent events)."""
        if self._watching >= AT_ONCE:
            return Response("Too many are watching already.\n", 503, {"Retry-After": "30"})
        return StreamingResponse(self._stream(), media_type="text/event-stream")

    async def _stream(self) -> AsyncIterator[str]:
        self._watching += 1
        try:
            seen, spoken = None, time.monotonic()
            while not self.stopping:
                shown = await self.now()
                if shown != seen:
                    seen, spoken = shown, time.monotonic()
                    lines = "".join(f"data: {line}\n" for line in shown.splitlines())
                    yield f"event: progress\n{lines}\n"
                elif time.monotonic() - spoken > HEARTBEAT:
                    spoken = time.monotonic()
                    yield ": still here\n\n"
                await asyncio.sleep(PAUSE)
        finally:
            self._watching -= 1

    async def now(self) -> str:
        """The fragment as it is now; one look serves all who ask within a moment."""
        async with self._lock:
            if time.monotonic() - self._looked >= PAUSE:
                self._shown = await run_in_threadpool(self.look)
                self._looked = time.monotonic()
            return self._shown

    def look(self) -> str:
        """One look at the ledger and at the desk."""
        return fragment("_progress.html", progress(self.dash))


def progress(dash: Dash) -> dict[str, Any]:
    """What is under way, how far it is, and what was asked for last."""
    running = holder(dash.ledger)
    counts = dash.ledger.journal.counts(running.run) if running else []
    return {"running": running, "counts": counts, "doing": dash.desk.doing, "last": dash.desk.last}
