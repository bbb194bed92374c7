"""Live progress: server-sent events, of which all who watch share one look at the ledger."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from pipeline.ledger.lock import holder
from pipeline.web.dash import Dash
from pipeline.web.view import fragment
from schemas.errors import LedgerError

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
    _shown: bytes | None = None
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _watching: int = 0
    _poller: asyncio.Task[None] | None = None

    def routes(self) -> list[Route]:
        return [Route("/live", self.events)]

    async def events(self, _request: Request) -> Response:
        """A stream of `progress` events (HTML, Server-sent events)."""
        if self._watching >= AT_ONCE:
            return Response("Too many are watching already.\n", 503, {"Retry-After": "30"})
        return StreamingResponse(self._stream(), media_type="text/event-stream")

    async def _stream(self) -> AsyncIterator[bytes]:
        self._watching += 1
        self._poll_for_all()
        seen = None
        try:
            while not self.stopping:
                changed, shown = self._changed, self._shown
                if shown is not None and shown != seen:
                    seen = shown
                    yield shown
                    continue
                try:
                    async with asyncio.timeout(HEARTBEAT):
                        await changed.wait()
                except TimeoutError:
                    yield b": still here\n\n"
        finally:
            self._watching -= 1

    def _poll_for_all(self) -> None:
        """One task looks for all who watch, as long as somebody does."""
        poller = self._poller
        if poller is None or poller.done() or poller.get_loop() is not asyncio.get_running_loop():
            self._shown, self._changed = None, asyncio.Event()
            self._poller = asyncio.create_task(self._poll())

    async def _poll(self) -> None:
        while self._watching and not self.stopping:
            with suppress(LedgerError):  # it is tried again, and every page says what is wrong
                shown = await run_in_threadpool(self.look)
                if shown != self._shown:
                    self._shown = shown
                    self._ring()
            await asyncio.sleep(PAUSE)
        self._ring()

    def _ring(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    def look(self) -> bytes:
        """One look at the ledger and at the desk, as the event that is sent to all."""
        shown = fragment("_progress.html", progress(self.dash))
        lines = "".join(f"data: {line}\n" for line in shown.splitlines())
        return f"event: progress\n{lines}\n".encode()


def progress(dash: Dash) -> dict[str, Any]:
    """What is under way, how far it is, and what was asked for last."""
    running = holder(dash.ledger)
    counts = dash.ledger.journal.counts(running.run) if running else []
    return {"running": running, "counts": counts, "doing": dash.desk.doing, "last": dash.desk.last}
