"""From content and memory to a plan: gathers what `plan.changes` compares."""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from exporters.base import Exporter
from pipeline import links
from pipeline.cache.body import BrokenCache
from pipeline.cache.standing import Standings
from pipeline.change import Change, ChannelPlan, Plan, Tally
from pipeline.compare import Comparison, Hidden
from pipeline.config import Project, configuration_of
from pipeline.desire import Wanted, desired_of
from pipeline.early import ahead_of_time
from pipeline.engine.base import LOCAL, Engine
from pipeline.ledger import Held, Ledger
from pipeline.ledger import now as clock
from pipeline.observe.spans import span
from pipeline.observed import observe
from pipeline.order import in_order
from pipeline.plan import ANYTHING, Rules, changes
from pipeline.planned import Compared, Planned, Wishes
from pipeline.prepare import Preparation, Prepared, Progress, silent
from pipeline.read import Content
from pipeline.spool import Gathering, gathered
from pipeline.stamp import survey
from schemas.errors import Ambiguous, ChannelDown, LeopardError, Rejected, Transient

NOT_NOW = (Transient, Ambiguous, Rejected, ChannelDown)
"""Why a channel cannot be planned while the others can."""
AT_ONCE = 25
"""Changes of one channel that are looked for before the next channel's turn."""


class Planner:
    """Compares what is desired with what is remembered and, where asked, with what is there."""

    def __init__(
        self,
        project: Project,
        ledger: Ledger,
        progress: Progress = silent,
        wishes: Wishes | None = None,
        stop: threading.Event | None = None,
        engine: Engine = LOCAL,
    ) -> None:
        self.project, self.ledger, self.progress = project, ledger, progress
        self.wishes, self.stop, self.engine = wishes or Wishes(), stop, engine
        self.preparation = Preparation(project, progress, afresh=self.wishes.afresh, engine=engine)
        self.comparison = Comparison(ledger, afresh=self.wishes.afresh)

    def plan(self, names: Iterable[str] | None = None, now: datetime | None = None) -> Planned:
        """The plan for some channels, or for all. One that cannot be asked what it holds has none."""
        try:
            return self._plan(names, now or clock())
        except BrokenCache:
            if self.preparation.afresh:
                raise
            self.preparation = self.preparation.again()
            return self._plan(names, now or clock())

    def _plan(self, names: Iterable[str] | None, now: datetime) -> Planned:
        prepared = self.preparation.prepare(now)
        planned = Planned(prepared, Plan())
        kept = self._unproven(prepared)
        exporters = [self.project.channel(name) for name in names or self.project.channels]
        drafts = [self._begun(exporter, planned, kept) for exporter in exporters]
        whole = self._gathered([draft for draft in drafts if draft is not None], planned)
        planned.plan = Plan(channels=tuple(self._ended(draft, planned) for draft in whole))
        return planned

    def _gathered(self, drafts: "list[_Draft]", planned: Planned) -> "list[_Draft]":
        """Those whose changes are all found: side by side, so that a record which was looked at for one
        channel is at hand for the next.
        """
        while left := [draft for draft in drafts if not draft.changes.is_whole]:
            draft = min(left, key=lambda one: one.changes.last.ident if one.changes.last else "")
            try:
                draft.changes.go_on(AT_ONCE)
            except NOT_NOW as error:
                drafts = [one for one in drafts if one is not draft]
                self._down(draft.exporter, planned, error)
        return drafts

    def _begun(self, exporter: Exporter, planned: Planned, kept: dict[str, str]) -> "_Draft | None":
        """The plan for one channel, before its first change is looked for; None, with a problem, if it cannot
        be asked what it holds.
        """
        try:
            return self._draft(exporter, planned, kept)
        except NOT_NOW as error:
            self._down(exporter, planned, error)
            return None

    def _down(self, exporter: Exporter, planned: Planned, error: LeopardError) -> None:
        name = exporter.context.name
        exporter.problems.clear()
        planned.down.append(name)
        words = {"channel": name, "message": f"nothing is planned for {name}: {error.message}"}
        planned.prepared.findings.add(error.problem.model_copy(update=words))

    def _draft(self, exporter: Exporter, planned: Planned, kept: dict[str, str]) -> "_Draft":
        name, pages = exporter.context.name, self.ledger.pages
        gone = frozenset(survey.gone(exporter, self.ledger))
        seen = observe(
            exporter, self.ledger, planned.prepared.at, refresh=self.wishes.refresh, stop=self.stop
        )
        known = seen.ids(pages, name)
        rules = Rules.of(
            name,
            exporter.options,
            now=planned.prepared.at,
            gone=gone,
            kept=kept,
            hidden=Hidden(planned.prepared),
            detached=pages.detached(name),
            overwrite=self.wishes.overwrite,
            observed=seen.pages,
            looked=seen.come_due,
            sees_all=not exporter.capabilities.document,
            doubted=seen.doubted,
            meant=seen.meant,
            as_held=as_held(exporter, self.ledger),
            linked=lambda digest, fields: links.linked(digest, fields, known),
        )
        planned.rules[name] = rules
        waiting = {} if self.wishes.retry else self.ledger.quarantine.waiting(name, planned.prepared.at)
        refused = {ident: one.digest for ident, one in waiting.items() if pages.get(name, ident) is None}
        changes = self._changes(exporter, planned, rules, refused)
        tally = Tally()
        return _Draft(exporter, rules, tally, Gathering(tally.noting(self._due(changes, waiting, planned))))

    def _ended(self, draft: "_Draft", planned: Planned) -> ChannelPlan:
        """The plan for one channel, once all its changes are known."""
        exporter, rules, found = draft.exporter, draft.rules, draft.changes.items
        name, pages = rules.channel, self.ledger.pages
        with span("plan", channel=name) as told:
            seen = rules.looked if rules.observed is None else rules.observed
            changed = {change.ident for change in found if change.ident in seen} if seen else set[str]()
            live = (seen[one.ident] for one in pages.scheduled(name) if one.ident in seen.keys() - changed)
            planned.came_out[name] = [one for one in live if one.state == "published"]
            for problem in exporter.problems:  # of looking at what is there
                planned.prepared.findings.add(problem.model_copy(update={"channel": name}))
            exporter.problems.clear()
            sendable = self._sendable(name, found, planned)
            told.facts["changes"] = len(sendable)
            lost = any(pages.get(name, ident) is None for ident in rules.gone) or self._is_new(exporter)
            held_now = pages.counts().get(name, 0)
            if sendable is found and draft.tally.is_plain:
                plan = ChannelPlan(channel=name, held=held_now, changes=found, rewrite=lost)
                return plan.counted(draft.tally)
            return ChannelPlan(channel=name, held=held_now, changes=in_order(sendable), rewrite=lost)

    def _due(
        self, changes: Iterable[Change], waiting: Mapping[str, Held], planned: Planned
    ) -> Iterator[Change]:
        """Changes but of what the channel has refused just so, and of what is held back."""
        for change in changes:
            held = waiting.get(change.ident)
            if held is not None and held.digest == (change.desired.digest if change.desired else None):
                planned.waiting.setdefault(change.channel, []).append(change.ident)
            elif change.meant or not planned.prepared.findings.holds(change.ident):
                yield change

    def _is_new(self, exporter: Exporter) -> bool:
        """Was a channel of documents configured otherwise when it last wrote them?"""
        known = self.ledger.fact(f"configuration:{exporter.context.name}")
        return exporter.capabilities.document and known not in (None, configuration_of(exporter))

    def _sendable(self, name: str, found: Sequence[Change], planned: Planned) -> Sequence[Change]:
        """Changes whose references are on the channel or will be; the others wait for those they refer to."""
        waiting = planned.waiting.get(name, [])
        absent = {ident for ident in waiting if self.ledger.pages.get(name, ident) is None}
        while absent:
            late = {c.ident for c in found if c.desired and absent.intersection(c.desired.references)}
            found = gathered(change for change in found if change.ident not in late)
            waiting.extend(sorted(late))
            absent = {ident for ident in late if self.ledger.pages.get(name, ident) is None}
        return found

    def _changes(
        self, exporter: Exporter, planned: Planned, rules: Rules, refused: Mapping[str, str | None]
    ) -> Iterator[Change]:
        prepared = planned.prepared
        ahead = ahead_of_time(exporter, prepared.transformed.hidden, prepared.at)
        channel = Wanted(exporter, prepared.transformed.public, ahead, refused)
        standings = Standings(prepared.content.store, rules.channel, self.comparison.state_of(channel))
        if rules.observed is None and not self.wishes.afresh:
            planned.standing[rules.channel] = Compared(channel, standings)
        pairs = desired_of(
            channel,
            self.comparison.in_question(channel, rules, standings),
            prepared.findings,
            self.preparation.place,
            planned.renewed.setdefault(rules.channel, []).append,
            afresh=self.wishes.afresh,
            engine=self.engine,
            read=prepared.content.cards,
        )
        return changes(pairs, rules)

    def remember(self, planned: Planned) -> None:
        """After the plan was carried out: what its entries were made of, and which channels hold nothing of
        ours that is not remembered.
        """
        for name, renewed in planned.renewed.items():
            self.ledger.pages.renew(name, renewed)
        for name, pages_now in planned.came_out.items():
            self.ledger.pages.came_out(name, pages_now)
        for name, rules in planned.rules.items():
            pages = self.ledger.pages
            if rules.observed is not None and all(pages.get(name, ident) for ident in rules.observed):
                self.ledger.set_fact(f"known:{name}", "yes")
        with suppress(BrokenCache), planned.prepared.content.store.anew() as kept:
            for name, compared in planned.standing.items() if kept else ():
                self.comparison.keep(name, compared)

    def _unproven(self, prepared: Prepared) -> dict[str, str]:
        """Idents and kinds whose absence proves nothing, with the reason."""
        kept = dict.fromkeys(prepared.findings.held, "it is held back")
        for name, outcome in prepared.content.outcomes.items():
            if outcome.state != "complete":
                for kind in self._kinds(name, prepared.content):
                    kept[f"{kind}:*"] = outcome.reason or f"{name} is {outcome.state}"
                if self.ledger.fact(f"kinds:{name}") is None:
                    kept[ANYTHING] = f"nobody knows what {name} would give"
        if kept:  # an asset is wanted because of records that show it, and not all of them are known
            kept["asset:*"] = "records that may show it are missing"
        return kept

    def _kinds(self, name: str, content: Content) -> set[str]:
        """Kinds that a source gives, now or ever before."""
        source = self.project.sources[name]
        known = {source.options.kind, source.default_kind, *(self.ledger.fact(f"kinds:{name}") or "").split()}
        return {kind for kind in known if kind} | content.kinds[name]


@dataclass(frozen=True)
class _Draft:
    """The plan for one channel that is being made."""

    exporter: Exporter
    rules: Rules
    tally: Tally
    changes: Gathering[Change]


def as_held(exporter: Exporter, ledger: Ledger) -> "links.Held":
    """What a channel makes of fields: its own ids in place of references, in its own spelling."""
    name = exporter.context.name

    def held(fields: dict[str, object]) -> dict[str, object]:
        def known(ident: str) -> str | None:
            entry = ledger.pages.get(name, ident)
            return entry.remote_id if entry else None

        return exporter.normalise(links.resolved(fields, known)[0])

    return held
