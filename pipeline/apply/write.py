"""One write, brought to a certain end: done, refused or put off; in doubt no longer than it must be."""

import random
import threading
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from time import perf_counter

from exporters.base import Exporter, Remote
from pipeline.apply.pace import Pace
from pipeline.change import Change
from pipeline.observe.spans import span
from schemas.errors import (
    Ambiguous,
    ContentError,
    GuardStop,
    LedgerError,
    LeopardError,
    NotFound,
    StaleWrite,
    Transient,
)

TRIES = 5
"""How often one write is tried in one run."""


@dataclass(frozen=True)
class Writer:
    """Calls the verbs of one exporter for one worker, at the channel's pace."""

    exporter: Exporter
    pace: Pace

    @property
    def stop(self) -> threading.Event:
        return self.pace.stop

    def write(self, change: Change) -> Remote | None:
        """Carry out one change; the page as it is now, None if there is none.

        Raises Rejected and its kind for what the channel certainly refused, Transient if it has to wait
        for the next run, Ambiguous if nobody can tell what was done of it, ChannelDown.
        """
        doubts: list[Ambiguous] = []
        try:
            with span("write", key=change.ident, action=change.action):
                return self._tried(change, doubts)
        except (GuardStop, LedgerError):
            raise  # it is not about the write
        except LeopardError as error:
            if doubts and not isinstance(error, Ambiguous | StaleWrite):
                raise Ambiguous(error.message, hint=error.hint) from error
            raise

    def _tried(self, change: Change, doubts: list[Ambiguous]) -> Remote | None:
        for attempt in range(1, TRIES + 1):
            seconds = None
            try:
                with self.pace.limit if attempt > 1 else nullcontext():
                    self.pace.wait()
                    began = perf_counter()
                    done = self._call(change)
                    seconds = perf_counter() - began
            except NotFound:
                if change.action not in ("update", "adopt"):
                    raise
                change = change.model_copy(update={"action": "create"})
                continue
            except StaleWrite as stale:
                done = self._written_before(change, stale, attempt)
            except Ambiguous as doubt:
                doubts.append(doubt)
                self.pace.failed(doubt.message)
                found = self._look(change, doubt)
                if found is None or not self.is_done(change, found):
                    change = _onto(change, found)
                    continue
                done = found
            except Transient as error:
                if attempt == TRIES or self.stop.is_set():
                    self.pace.failed(error.message)
                    raise
                self.rest(error, attempt)
                continue
            self.pace.succeeded(seconds)
            return done
        raise Transient(f"{change.ident} could not be written in {TRIES} tries")

    def _call(self, change: Change) -> Remote | None:
        desired, remote = change.desired, change.page
        match change.action:
            case "create" if desired is not None:
                return self.exporter.create(desired)
            case "update" | "adopt" if desired is not None and remote is not None:
                return self.exporter.update(remote, desired)
            case "delete" if remote is not None:
                with suppress(NotFound):
                    self.exporter.delete(remote)
                return None
            case "unpublish" if remote is not None:
                with suppress(NotFound):
                    return self.exporter.unpublish(remote)
                return None
            case "forget":
                return None
        raise ContentError(f"{change.action} of {change.ident} cannot be carried out", code="plan.impossible")

    def _look(self, change: Change, doubt: LeopardError) -> Remote | None:
        """After a lost answer: the page that a create has made, if it has.

        Any other write says the same however often it arrives, so it is simply repeated.
        """
        if change.action != "create":
            return None
        if not self.exporter.capabilities.lookup:
            raise doubt
        try:
            return self.find(change)
        except LeopardError:
            raise doubt from None

    def _written_before(self, change: Change, stale: StaleWrite, attempt: int) -> Remote:
        """The page, if an earlier try of this very change has made it what it is. Else raises `stale`."""
        if attempt == 1:
            raise stale
        if not self.exporter.capabilities.lookup:
            raise Ambiguous(stale.message)
        found = self.find(change)
        if found is None or not self.is_done(change, found):
            raise stale
        return found

    def find(self, change: Change) -> Remote | None:
        """The page as it is on the channel now."""
        with self.pace.limit:
            self.pace.wait()
            return next(iter(self.exporter.find([change.ident])), None)

    def is_done(self, change: Change, found: Remote) -> bool:
        """Is the page as this change leaves it? Of an asset nobody can tell: its bytes are not seen."""
        if change.action == "unpublish":
            return found.state != "published"
        if change.desired is None or change.desired.file:
            return False
        held = self.exporter.normalise(change.desired.fields)
        same = all(found.fields.get(name) == value for name, value in held.items())
        return same and found.state == change.desired.state

    def rest(self, error: Transient, attempt: int = 1) -> None:
        """Leave the channel alone before the next try. Raises ChannelDown where there will be none."""
        self.pace.failed(error.message)
        self.pace.pause(seconds_until(error, attempt), error.message)


def _onto(change: Change, found: Remote | None) -> Change:
    """The change as an update of the page that was found."""
    return change.model_copy(update={"action": "update", "remote": found}) if found else change


def seconds_until(error: Transient, attempt: int) -> float:
    """How long to wait: what the channel asks for, else longer from try to try, never two workers in step."""
    if error.retry_after is not None:
        return error.retry_after
    return float(min(30.0, 0.5 * 2**attempt) * random.uniform(0.5, 1.0))  # noqa: S311  # no secret
