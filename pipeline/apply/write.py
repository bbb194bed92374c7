"""One write, brought to a certain end: done, refused or put off; in doubt no longer than it must be."""

import random
import threading
from contextlib import suppress
from dataclasses import dataclass

from exporters.base import Exporter, Remote
from pipeline.apply.pace import Pace
from pipeline.plan import Change
from schemas.errors import Ambiguous, ContentError, LeopardError, NotFound, Transient

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
            return self._tried(change, doubts)
        except LeopardError as error:
            if doubts and not isinstance(error, Ambiguous):
                raise Ambiguous(error.message, hint=error.hint) from error
            raise

    def _tried(self, change: Change, doubts: list[Ambiguous]) -> Remote | None:
        for attempt in range(1, TRIES + 1):
            self.pace.wait()
            try:
                done = self._call(change)
            except NotFound:
                if change.action not in ("update", "adopt"):
                    raise
                change = change.model_copy(update={"action": "create"})
                continue
            except Ambiguous as doubt:
                doubts.append(doubt)
                self.pace.failed(doubt.message)
                found = self._look(change, doubt)
                if found is not None:
                    change = change.model_copy(update={"action": "update", "remote": found})
                continue
            except Transient as error:
                self.pace.failed(error.message)
                if attempt == TRIES or self.stop.is_set():
                    raise
                self.pace.pause(_wait(error, attempt), error.message)
                continue
            self.pace.succeeded()
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
            self.pace.wait()
            return next(iter(self.exporter.find([change.ident])), None)
        except LeopardError:
            raise doubt from None


def _wait(error: Transient, attempt: int) -> float:
    """Seconds: what the channel asks for, else longer from try to try, never two workers in step."""
    if error.retry_after is not None:
        return error.retry_after
    return float(min(30.0, 0.5 * 2**attempt) * random.uniform(0.5, 1.0))  # noqa: S311  # no secret
