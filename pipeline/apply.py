"""Carry out a channel's changes, several at once, and remember each one the moment it is done."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field

from exporters.base import Document, Exporter, Remote
from pipeline import links
from pipeline.ledger import Deed, Entry, Ledger
from pipeline.pace import Pace
from pipeline.plan import Action, Change, ChannelPlan, Rules, decide
from pipeline.prepare import Progress, silent
from pipeline.write import Writer
from schemas.errors import Ambiguous, ChannelDown, LeopardError, Rejected, StaleWrite, Transient
from schemas.problems import Problem

UNFINISHED = "unfinished"
"""The digest of a page whose references were not all known; it equals no other, so it is written again."""


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


class Applier:
    """Applies the plan of one channel."""

    def __init__(
        self,
        exporter: Exporter,
        ledger: Ledger,
        run: str,
        rules: Rules,
        progress: Progress = silent,
        stop: threading.Event | None = None,
    ) -> None:
        self.exporter, self.ledger, self.run, self.rules, self.progress = (
            exporter,
            ledger,
            run,
            rules,
            progress,
        )
        self.channel = exporter.context.name
        self.result = Applied(self.channel)
        self.stop = stop or threading.Event()
        self.pace = Pace(exporter.options.rate, stop=self.stop)
        self.ids: dict[str, str | None] = {}
        self.unfinished: dict[str, Change] = {}
        self._lock = threading.Lock()
        self._local = threading.local()
        self._open = ExitStack()

    def apply(self, planned: ChannelPlan) -> Applied:
        """All changes in their order. Raises nothing for what one record or this channel does wrong."""
        self.ledger.journal.clear_doubt(self.channel)
        try:
            with self._open:
                if self.exporter.capabilities.document:
                    self._as_documents(planned)
                else:
                    for wave in waves(planned.changes):
                        self._together(wave)
                    self._together(list(self.unfinished.values()))
        except LeopardError as error:
            self._give_up(error)
        conflicts = [change for change in planned.changes if change.action == "conflict"]
        for change in conflicts:
            self._conflict(change)
        self._tidy(planned)
        return self.result

    def _together(self, wave: Sequence[Change]) -> None:
        """Changes that do not need one another, by as many workers as the channel is to have."""
        workers = min(self.exporter.options.workers, len(wave))
        if workers <= 1:
            for change in wave:
                self._one(change)
            return
        with ThreadPoolExecutor(workers, thread_name_prefix=self.channel) as pool:
            for _ in pool.map(self._one, wave):
                pass

    def _one(self, change: Change) -> None:
        """One write: its intent before, its receipt right after."""
        if self.stop.is_set() or self.result.down:
            with self._lock:
                self.result.left += 1
            return
        if self._waits(change):
            return
        sent, complete = self._sent(change)
        (number,) = self.ledger.journal.intend(self.run, self.channel, [_deed(change)])
        try:
            remote = self._writer().write(sent)
        except StaleWrite as error:
            self.ledger.journal.refuse(number, error.message)
            self._edited(change, error)
        except Ambiguous as error:  # the intent stays open, and the next run looks what became of it
            self._fail(change, error)
        except ChannelDown as error:
            self.ledger.journal.refuse(number, error.message)
            self._give_up(error)
        except LeopardError as error:
            self.ledger.journal.refuse(number, error.message)
            self._fail(change, error)
        else:
            self._receive(change, number, remote, complete=complete)

    def _receive(self, change: Change, number: int, remote: Remote | None, *, complete: bool) -> None:
        after = _entry(change, remote)
        if after is not None and not complete:
            after = after.model_copy(update={"digest": UNFINISHED})
        deed = Deed(change.ident, change.action, change.before, after)
        self.ledger.journal.receive(self.run, self.channel, [(number, deed)])
        with self._lock:
            self.ids[change.ident] = remote.id if remote else None
            if not complete:
                again = {"action": "update", "before": after, "remote": remote}
                self.unfinished[change.ident] = change.model_copy(update=again)
            elif change.ident not in self.unfinished or change.action != "update":
                self.result.done[change.action] = self.result.done.get(change.action, 0) + 1
        self.progress(self.channel, 1)

    def _edited(self, change: Change, error: LeopardError) -> None:
        """Somebody wrote to the page since we last looked: look again, and go by the policy."""
        if not self.exporter.capabilities.lookup:
            self._fail(change, error)
            return
        live = next(iter(self._writer().exporter.find([change.ident])), None)
        seen = {live.ident: live} if live else {}
        again = decide(change.desired, change.before, self.rules.seeing(seen))
        if again is None:
            return
        if again.action == "conflict":
            self._conflict(again)
        else:
            self._one(again)

    def _writer(self) -> Writer:
        """This thread's own exporter, so that no session serves two."""
        if not hasattr(self._local, "writer"):
            own = type(self.exporter)(self.exporter.options, self.exporter.context)
            with self._lock:
                self._open.enter_context(own.session())
            self._local.writer = Writer(own, self.pace)
        writer: Writer = self._local.writer
        return writer

    def _sent(self, change: Change) -> tuple[Change, bool]:
        """The change as it is sent, with ids for references, and whether all of them were known."""
        if change.desired is None:
            return change, True
        fields, complete = links.resolved(change.desired.fields, self._id)
        desired = change.desired.model_copy(update={"fields": fields})
        return change.model_copy(update={"desired": desired}), complete

    def _id(self, ident: str) -> str | None:
        if ident not in self.ids:
            entry = self.ledger.pages.get(self.channel, ident)
            self.ids[ident] = entry.remote_id if entry else None
        return self.ids[ident]

    def _as_documents(self, planned: ChannelPlan) -> None:
        """Files first, then the documents that list them, then removals; remembered all at once.

        Killed anywhere in between, the ledger knows of nothing, and the next run writes the same bytes.
        """
        deeds: list[Deed] = []
        removals = []
        for change in planned.changes:
            if self.stop.is_set():
                self.result.left += 1
            elif change.action == "conflict":
                continue
            elif change.desired is None:
                removals.append(change)
            elif not self._waits(change):
                self._file(change, deeds)
        deeds += [_deed(change) for change in removals]
        written = list(self._publish(deeds))
        for change in removals:
            self._writer().write(change)
        self.ledger.journal.receive_all(self.run, self.channel, deeds, written)
        for deed in deeds:
            action: Action = deed.action  # type: ignore[assignment]
            self.result.done[action] = self.result.done.get(action, 0) + 1

    def _file(self, change: Change, deeds: list[Deed]) -> None:
        try:
            remote = self._writer().write(change)
        except ChannelDown:
            raise
        except LeopardError as error:
            self._fail(change, error)
        else:
            deeds.append(Deed(change.ident, change.action, change.before, _entry(change, remote)))
            self.progress(self.channel, 1)

    def _publish(self, deeds: Iterable[Deed]) -> Iterator[Document]:
        after = {deed.ident: deed.after for deed in deeds}
        held = newest_first(self.ledger.pages.all(self.channel, newest_first=True), after)
        documents = self.ledger.pages.documents(self.channel)
        return self._writer().exporter.publish((entry.remote for entry in held), documents)

    def _waits(self, change: Change) -> bool:
        """Is something that this change refers to missing because it failed?"""
        missing = self.result.failed.intersection(change.desired.references if change.desired else ())
        if missing:
            first = min(missing)
            message = f"{change.ident} waits, because {first}, which it refers to, could not be written"
            self._fail(change, Transient(message))
        return bool(missing)

    def _fail(self, change: Change, error: LeopardError) -> None:
        problem = self._problem(error.problem, change)
        if isinstance(error, Rejected):
            digest = change.desired.digest if change.desired else None
            self.ledger.quarantine.put_off(self.channel, change.ident, digest, problem)

    def _conflict(self, change: Change) -> None:
        self._problem(
            Problem(
                code="channel.conflict",
                message=f"{change.reason}; {change.ident} is left as it is",
                hint=f"take the change over into the content, or: leopard sync --overwrite {change.key}",
            ),
            change,
        )

    def _problem(self, problem: Problem, change: Change) -> Problem:
        key, _, locale = change.ident.rpartition("@")
        known = problem.model_copy(update={"channel": self.channel, "key": key, "locale": locale})
        with self._lock:
            self.result.failed.add(change.ident)
            self.result.problems.append(known)
        return known

    def _give_up(self, error: LeopardError) -> None:
        with self._lock:
            if not self.result.down:
                self.result.problems.append(error.problem.model_copy(update={"channel": self.channel}))
            self.result.down = True

    def _tidy(self, planned: ChannelPlan) -> None:
        """Let those out of the quarantine that the channel took."""
        done = {change.ident for change in planned.changes} - self.result.failed
        held = [one.ident for one in self.ledger.quarantine.all() if one.channel == self.channel]
        if not (self.result.down or self.stop.is_set()):
            self.ledger.quarantine.release(self.channel, [ident for ident in held if ident in done])


def _deed(change: Change) -> Deed:
    return Deed(change.ident, change.action, change.before)


def _entry(change: Change, remote: Remote | None) -> Entry | None:
    """What is to be remembered of a page after a change."""
    if change.desired is not None and remote is not None:
        return Entry.of(change.desired, remote)
    if change.before is not None and remote is not None:
        return change.before.model_copy(update={"state": remote.state, "version": remote.version})
    return None


def waves(changes: Iterable[Change]) -> Iterator[list[Change]]:
    """Changes in groups: what a group refers to stands in earlier ones. Removals come last, one by one.

    References backwards in a circle do not count; they are put in by a second write.
    """
    level: dict[str, int] = {}
    groups: dict[int, list[Change]] = {}
    removals = []
    for change in changes:
        if change.action == "conflict":
            continue
        if change.desired is None:
            removals.append(change)
            continue
        needs = [level[to] for to in change.desired.references if to in level]
        level[change.ident] = max(needs, default=-1) + 1
        groups.setdefault(level[change.ident], []).append(change)
    yield from (groups[at] for at in sorted(groups))
    yield from ([change] for change in removals)


def newest_first(held: Iterator[Entry], changed: dict[str, Entry | None]) -> Iterator[Entry]:
    """What a channel will hold: old entries and new ones, merged; `held` must be in that order already."""
    new = sorted((e for e in changed.values() if e is not None), key=lambda e: e.ident)
    new.sort(key=lambda e: e.sort_key, reverse=True)
    waiting = iter(new)
    following = next(waiting, None)
    for old in held:
        if old.ident in changed:
            continue
        while following is not None and _before(following, old):
            yield following
            following = next(waiting, None)
        yield old
    while following is not None:
        yield following
        following = next(waiting, None)


def _before(one: Entry, other: Entry) -> bool:
    """Does `one` come first, when the newest come first and equals go by ident?"""
    if one.sort_key != other.sort_key:
        return one.sort_key > other.sort_key
    return one.ident < other.ident
