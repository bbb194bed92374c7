"""What became of one channel's changes, noted by whoever carries them out."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from pipeline.change import Action, Change
from pipeline.ledger import Ledger
from pipeline.observe import spans
from schemas.errors import LeopardError, Rejected, Transient
from schemas.problems import Problem


@dataclass
class Applied:
    """What became of one channel's changes."""

    channel: str
    done: dict[Action, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    failed: set[str] = field(default_factory=set)
    left: int = 0
    """Changes that were not begun, because the channel was given up or the run was stopped."""
    down: bool = False
    moved: bool = False
    """Has a page another id now, so that those that refer to it may have to be written again?"""


class Sheet:
    """Takes notes for all workers of a channel."""

    def __init__(self, channel: str, ledger: Ledger) -> None:
        self.channel, self.ledger = channel, ledger
        self.applied = Applied(channel)
        self._lock = threading.Lock()

    def done(self, ident: str, action: Action) -> None:
        with self._lock:
            self.applied.done[action] = self.applied.done.get(action, 0) + 1
        spans.done(ident, action)

    def left(self, number: int = 1) -> None:
        """So many changes were not begun."""
        with self._lock:
            self.applied.left += number

    def waits(self, change: Change) -> bool:
        """Is something that this change refers to missing because it failed?"""
        if not self.applied.failed:
            return False
        desired = change.desired
        needed = set(desired.references).difference(desired.optional) if desired else set()
        missing = self.applied.failed.intersection(needed) - {change.ident}
        if missing:
            first = min(missing)
            message = f"{change.ident} waits, because {first}, which it refers to, could not be written"
            self.failed(change, Transient(message))
        return bool(missing)

    def failed(self, change: Change, error: LeopardError) -> None:
        """One change could not be made. What the channel refuses is put off for longer and longer."""
        problem = self._note(error.problem, change)
        if isinstance(error, Rejected):
            digest = change.desired.digest if change.desired else None
            self.ledger.quarantine.put_off(self.channel, change.ident, digest, problem)

    def conflict(self, change: Change) -> None:
        """Somebody wrote to the page, and the policy says ask."""
        problem = Problem(
            code="channel.conflict",
            message=f"{change.reason}; {change.ident} is left as it is",
            hint=f"take the change over into the content, or: leopard sync --overwrite {change.key}",
        )
        self._note(problem, change)

    def altered(self, change: Change, names: list[str]) -> None:
        """The channel did not keep some fields as they were sent."""
        problem = Problem(
            code="channel.altered",
            severity="warning",
            message=f"the channel did not keep {', '.join(names)} of {change.ident} as it was sent",
            hint="check the channel's fields and their limits",
            field=names[0],
        )
        self._note(problem, change, failed=False)

    def noticed(self, problems: Iterable[Problem]) -> None:
        """What went wrong beside the writes."""
        with self._lock:
            told = [problem.model_copy(update={"channel": self.channel}) for problem in problems]
            self.applied.problems.extend(told)

    def give_up(self, error: LeopardError) -> None:
        """Stop this channel; what is left is done by the next run."""
        with self._lock:
            if not self.applied.down:
                self.applied.problems.append(error.problem.model_copy(update={"channel": self.channel}))
            self.applied.down = True

    def tidy(self, changes: Iterable[Change]) -> None:
        """Let those out of the quarantine that the channel took."""
        held = {one.ident for one in self.ledger.quarantine.all() if one.channel == self.channel}
        held -= self.applied.failed
        if held and not self.applied.left:
            taken = [change.ident for change in changes if change.ident in held]
            self.ledger.quarantine.release(self.channel, taken)

    def _note(self, problem: Problem, change: Change, *, failed: bool = True) -> Problem:
        key, _, locale = change.ident.rpartition("@")
        known = problem.model_copy(update={"channel": self.channel, "key": key, "locale": locale})
        with self._lock:
            if failed:
                self.applied.failed.add(change.ident)
            self.applied.problems.append(known)
        return known
